import { string as stringArg } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { fileFlag, resultFlags } from '../../src/cli/flags.ts';

export default class TemplateRender extends SluiceCommand {
  static override summary = 'Create a connector file from a template.';
  static override description =
    `The file is YAML with each setting explained in a comment, or JSON. Secrets stay references such as \${SOURCE_PASSWORD}, which are resolved when the file is deployed. A missing, unknown or invalid placeholder is an error that names it, and nothing is written.`;
  static override examples = [
    {
      description: 'A PostgreSQL source',
      command: `<%= config.bin %> template render debezium-postgres-source --set name=shop-source --set prefix=shop --set host=db --set database=shop --set user=debezium --set 'tables=public\\.(customers|orders)' --to connectors/shop-source.yaml`,
    },
  ];
  static override args = {
    name: stringArg({ description: 'Name of the template.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    set: string({
      description: 'Value of a placeholder; can be repeated.',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
    }),
    output: option({
      char: 'o',
      description: 'Format of the connector file (default: yaml, or json if FILE ends in .json).',
      options: ['yaml', 'json'] as const,
      helpGroup: 'OUTPUT',
    })(),
    json: resultFlags.json,
    to: fileFlag({
      description: 'Write the connector file here instead of to stdout, unless it exists.',
      helpGroup: 'OUTPUT',
    }),
    force: boolean({ description: 'Replace an existing file.', dependsOn: ['to'], helpGroup: 'OUTPUT' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(TemplateRender);
    const [{ loadTemplate }, { parseAssignments }, { renderTemplate }, { templateRenderView }] = await Promise.all([
      import('../../src/connectors/templates/load.ts'),
      import('../../src/connectors/templates/values.ts'),
      import('../../src/connectors/templates/render.ts'),
      import('../../src/cli/views/template-render.ts'),
    ]);
    const values = parseAssignments(flags.set);
    const connector = renderTemplate(await loadTemplate(args.name), values);
    const form = flags.json ? 'json' : (flags.output ?? (flags.to?.endsWith('.json') ? 'json' : 'yaml'));
    const asDocument = form === 'json' && flags.to === undefined;
    await this.present(connector, templateRenderView(form), {
      output: asDocument ? 'json' : 'table',
      to: flags.to,
      force: flags.force,
    });
  }
}
