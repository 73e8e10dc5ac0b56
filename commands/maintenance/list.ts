import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { windowsView } from '../../src/cli/views/maintenance.ts';
import type { KeptConnector } from '../../src/store/maintenance.ts';

export default class MaintenanceList extends SluiceCommand {
  static override summary = 'List the open maintenance windows: by whom, why, since when, until when.';
  static override description =
    'Only those that you opened on this machine: nobody else’s are known here. The cluster is not contacted.';
  static override examples = ['<%= config.bin %> maintenance list', '<%= config.bin %> maintenance list --all --json'];
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    all: boolean({ description: 'Of every cluster, not only of the context.' }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(MaintenanceList);
    const { isOverdue } = await import('../../src/operate/windows.ts');
    const context = flags.all ? undefined : await (await this.targets(flags)).context();
    const now = this.clock.now();
    const windows = (await this.store()).maintenance.open(context?.urls).map((window) => ({
      ...window,
      connectors: window.connectors.map(({ fingerprint: _, ...one }: KeptConnector) => one),
      overdue: isOverdue(window, now),
    }));
    await this.present({ context: context?.name ?? null, windows, now }, windowsView, flags);
  }
}
