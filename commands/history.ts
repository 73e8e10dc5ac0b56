import { integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, outputFlags } from '../src/cli/flags.ts';
import { historyView } from '../src/cli/views/history.ts';

export default class History extends SluiceCommand {
  static override summary = 'Show what was deployed from this machine: when, by whom, and what came of it.';
  static override examples = ['<%= config.bin %> history', '<%= config.bin %> history --context production --limit 5'];
  static override flags = {
    ...outputFlags(),
    context: contextFlags.context,
    limit: integer({ description: 'Deploys at most, the latest first.', default: 20, min: 1, helpValue: 'N' }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(History);
    const [{ History: Store, historyFile }, { userFolders }] = await Promise.all([
      import('../src/history/history.ts'),
      import('../src/config/paths.ts'),
    ]);
    using history = new Store(historyFile(userFolders().state));
    const deploys = history.list({ limit: flags.limit, context: flags.context });
    await this.present({ deploys }, historyView, flags);
  }
}
