import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import {
  changeFlags,
  criteriaFlags,
  dryRunFlag,
  outputFlags,
  stableFlag,
  waitFlags,
  yesFlag,
} from '../../src/cli/flags.ts';
import { maintenanceView } from '../../src/cli/views/maintenance.ts';

export default class MaintenanceEnd extends SluiceCommand {
  static override summary = 'End a maintenance window: bring back the state that each connector had before.';
  static override description =
    'What ran is resumed and waited for; what was paused or stopped before stays so. What someone else has deleted or changed since is reported (exit 13, or 14 beside others), and left untouched. Tasks that had FAILED before may fail again. Works after an interrupted start, too, and can be repeated.';
  static override examples = [
    '<%= config.bin %> maintenance end 3',
    "<%= config.bin %> maintenance end 'orders-*' --yes",
    '<%= config.bin %> maintenance end --type sink --yes',
    '<%= config.bin %> maintenance end --all --context staging --yes',
  ];
  static override args = {
    windows: string({
      description: 'Numbers of windows, or connectors in one, by name or glob.',
      multiple: true,
      required: false,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...stableFlag,
    ...dryRunFlag,
    ...yesFlag,
    ...criteriaFlags,
    all: boolean({ description: 'Every open window of the context.', helpGroup: 'SELECT' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(MaintenanceEnd);
    const [{ endMaintenance }, { selectInWindows }] = await Promise.all([
      import('../../src/operate/maintenance.ts'),
      import('../../src/operate/windows.ts'),
    ]);
    const cluster = await this.connect(flags);
    const windows = (await this.store()).maintenance;
    const selection = { ...flags, words: args.windows ?? [] };
    const { chosen, undecided } = await selectInWindows(windows.open(cluster.context.urls), selection, cluster.client);
    const names = [...new Set(chosen.map(({ connector }) => connector.name))];
    await this.approve(cluster.context, flags, { verb: 'restore', names });
    const ports = { context: cluster.context, client: cluster.client, windows };
    const report = await this.operate({ verb: 'maintenance-end', context: cluster.name, names }, flags, (options) =>
      endMaintenance(chosen, ports, { ...options, undecided }),
    );
    await this.present(report, maintenanceView, flags);
  }
}
