import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, operationFlags, outputFlags, stableFlag, taskFlag, waitFlags } from '../src/cli/flags.ts';
import { assertOneConnector } from '../src/cli/operate-args.ts';
import { operateView } from '../src/cli/views/operate.ts';

export default class Restart extends SluiceCommand {
  static override summary = 'Restart connectors with their tasks, or only what has failed.';
  static override description =
    'Waits until every task runs again, and fails (exit 13) if one has FAILED. Name the connectors, or pass --all.';
  static override examples = [
    '<%= config.bin %> restart orders-sink --failed',
    '<%= config.bin %> restart orders-source orders-sink --tasks',
    '<%= config.bin %> restart orders-sink --task 0',
    '<%= config.bin %> restart --all --failed --timeout 5m --yes',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(),
    ...operationFlags,
    ...waitFlags(),
    ...stableFlag,
    failed: boolean({ description: 'Only what has FAILED.' }),
    tasks: boolean({ description: 'Only the tasks, not the connector itself.', exclusive: ['task'] }),
    task: taskFlag('Only this task of one connector; can be repeated.'),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Restart);
    if (flags.task !== undefined) assertOneConnector(args.names ?? [], flags);
    const { restartConnectors, withFailures } = await import('../src/operate/restart.ts');
    const { cluster, names, undecided } = await this.connectAndSelect('restart', args, flags);
    const touched = flags.failed && names.length > 1 ? await withFailures(names, cluster.client) : names;
    await this.approve(cluster.context, flags, { verb: 'restart', names: touched });
    const which = { undecided, onlyFailed: flags.failed, onlyTasks: flags.tasks, taskIds: flags.task ?? [] };
    const report = await this.operate({ verb: 'restart', context: cluster.name, names }, flags, (options) =>
      restartConnectors(names, cluster.name, cluster.client, { ...options, ...which }),
    );
    await this.present(report, operateView, flags);
  }
}
