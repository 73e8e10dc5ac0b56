import { string as argument } from '@oclif/core/args';
import { option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, resultFlags } from '../src/cli/flags.ts';

export default class Render extends SluiceCommand {
  static override summary = "Show connectors with a context's overlays applied.";
  static override description =
    'The YAML can be read back as connector files, and has a comment on each value that comes from an overlay. JSON is one document; its connectors can be read back too. References stay as written; secrets written in a file are masked.';
  static override examples = [
    '<%= config.bin %> render --context production',
    '<%= config.bin %> render orders-sink --context staging -o json',
    '<%= config.bin %> render --file connectors/ --context production --to production.yaml',
  ];
  static override args = {
    names: argument({ description: 'Connectors (default: all).', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    output: option({
      char: 'o',
      description: 'Output format.',
      options: ['yaml', 'json'] as const,
      default: 'yaml' as const,
      helpGroup: 'OUTPUT',
    })(),
    ...resultFlags,
    ...contextFlags,
    file: string({
      description: "Files, folders, globs or - for stdin (default: the project's connectors).",
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Render);
    const [{ renderConnectors }, { renderView }, { readStdin }] = await Promise.all([
      import('../src/project/render.ts'),
      import('../src/cli/views/render.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    const report = await renderConnectors({
      names: args.names ?? [],
      paths: flags.file ?? [],
      targets: await this.targets(flags),
      stdin: readStdin,
      logger: this.logger,
    });
    // YAML here means connector files, not this program's own document.
    const form = flags.json || flags.output === 'json' ? 'json' : 'table';
    await this.present(report, renderView, { output: form, to: flags.to });
  }
}
