import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { contextListView } from '../../src/cli/views/context.ts';

export default class ContextList extends SluiceCommand {
  static override summary = 'List the contexts, and say which one is current and why.';
  static override description =
    "Contexts come from sluice.yaml, from config.yaml in the user's config folder, and from sandboxes that were started. Reads no secrets and contacts nothing. config show has every setting.";
  static override examples = ['<%= config.bin %> context list', '<%= config.bin %> context list --json'];
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(ContextList);
    const { listContexts } = await import('../../src/config/contexts.ts');
    await this.present(await listContexts(await this.targets(flags)), contextListView, flags);
  }
}
