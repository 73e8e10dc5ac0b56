import { string } from '@oclif/core/args';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';

export default class TemplateShow extends SluiceCommand {
  static override summary = 'Show one connector template: its placeholders, and every setting explained.';
  static override examples = ['<%= config.bin %> template show debezium-postgres-source'];
  static override args = {
    name: string({ description: 'Name of the template.', required: true, ignoreStdin: true }),
  };
  static override flags = outputFlags();

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(TemplateShow);
    const { loadTemplate } = await import('../../src/connectors/templates/load.ts');
    const { templateShowView } = await import('../../src/cli/views/template-show.ts');
    await this.present(await loadTemplate(args.name), templateShowView, flags);
  }
}
