import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { connectorArgs, forFlag, operationFlags, outputFlags, textFlag, waitFlags } from '../../src/cli/flags.ts';
import { maintenanceView } from '../../src/cli/views/maintenance.ts';

export default class MaintenanceStart extends SluiceCommand {
  static override summary = 'Remember the states of connectors for a maintenance window, and pause or stop them.';
  static override description =
    'The states are kept before anything is sent, so `maintenance end` can always bring them back. Without --pause and --stop, nothing is sent: the window only remembers. A connector that is stopped stays so; --stop stops paused ones, too.';
  static override examples = [
    "<%= config.bin %> maintenance start 'orders-*' --pause --for 2h --reason 'upgrade of the warehouse'",
    '<%= config.bin %> maintenance start --type sink --stop --for 30m --reason "new disks" --yes',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(),
    ...operationFlags,
    ...waitFlags(),
    for: forFlag('How long it should take; after that, `status` says that it is overdue.')({ required: true }),
    reason: textFlag('Why, for those who see the window.'),
    pause: boolean({ description: 'Pause the connectors, and wait until they are.', exclusive: ['stop'] }),
    stop: boolean({ description: 'Stop the connectors, and wait until they are.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(MaintenanceStart);
    const action = (flags.pause && 'pause') || (flags.stop && 'stop') || null;
    const { startMaintenance } = await import('../../src/operate/maintenance.ts');
    const { cluster, names, undecided } = await this.connectAndSelect('maintain', args, flags);
    if (action !== null) await this.approve(cluster.context, flags, { verb: action, names });
    const ports = { context: cluster.context, client: cluster.client, windows: (await this.store()).maintenance };
    const { for: forMs, reason } = flags;
    const report = await this.operate({ verb: 'maintenance-start', context: cluster.name, names }, flags, (options) =>
      startMaintenance({ names, action, forMs, reason }, ports, { ...options, undecided }),
    );
    await this.present(report, maintenanceView, flags);
  }
}
