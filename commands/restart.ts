import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, stableFlag, taskFlag, waitFlags } from '../src/cli/flags.ts';
import { assertOneConnector } from '../src/cli/operate-args.ts';
import { refuseKind } from '../src/cli/refuse-kind.ts';
import { operateView } from '../src/cli/views/operate.ts';

export default class Restart extends SluiceCommand {
  static override summary = 'Restart connectors with their tasks, or only what has failed.';
  static override description =
    'Waits until every task runs again, and fails (exit 13) if one has FAILED. Name the connectors, or pass --all.';
  static override examples = [
    '<%= config.bin %> restart orders-sink --failed',
    '<%= config.bin %> restart orders-source orders-sink --tasks',
    '<%= config.bin %> restart orders-sink --task 0',
    '<%= config.bin %> restart --all --failed --timeout 5m',
  ];
  static override args = {
    names: string({ description: 'Connectors to restart.', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...stableFlag,
    ...dryRunFlag,
    all: boolean({ description: 'Every connector of the context.' }),
    failed: boolean({ description: 'Only what has FAILED.' }),
    tasks: boolean({ description: 'Only the tasks, not the connector itself.', exclusive: ['task'] }),
    task: taskFlag('Only this task of one connector; can be repeated.'),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Restart);
    if (flags.task !== undefined) assertOneConnector(args.names ?? [], flags);
    const [{ restartConnectors }, { namedTargets }] = await Promise.all([
      import('../src/operate/restart.ts'),
      import('../src/operate/targets.ts'),
    ]);
    await using cluster = await this.connect(flags);
    await refuseKind('restart', args.names ?? [], cluster.client);
    const names = await namedTargets(cluster.client, args.names ?? [], { all: flags.all, verb: 'restart' });
    await this.guardOperation(cluster.context, flags, 'restart', names);
    const which = { onlyFailed: flags.failed, onlyTasks: flags.tasks, taskIds: flags.task ?? [] };
    const report = await this.operate({ verb: 'restart', context: cluster.name, names }, flags, (options) =>
      restartConnectors(names, cluster.name, cluster.client, { ...options, ...which }),
    );
    await this.present(report, operateView, flags);
  }
}
