import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';

export default class TemplateList extends SluiceCommand {
  static override summary = 'List the connector templates.';
  static override description =
    'CHECKED shows how each was tested: run against a real database, validated by a real worker, or written from documentation only.';
  static override examples = ['<%= config.bin %> template list', '<%= config.bin %> template list --json'];
  static override flags = outputFlags();

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(TemplateList);
    const { listTemplates } = await import('../../src/connectors/templates/load.ts');
    const { templateListView } = await import('../../src/cli/views/template-list.ts');
    await this.present({ templates: listTemplates() }, templateListView, flags);
  }
}
