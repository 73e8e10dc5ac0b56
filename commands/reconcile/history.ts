import { integer as argument } from '@oclif/core/args';
import { integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { reconcileHistoryView } from '../../src/cli/views/reconcile-history.ts';

export default class ReconcileHistoryCommand extends SluiceCommand {
  static override summary = 'Show what was compared from this machine: when, with what verdict, and how long it took.';
  static override description =
    'With the number of a RUN, that run with each of its tables. Counts and verdicts are kept, never keys or values.';
  static override examples = [
    '<%= config.bin %> reconcile history',
    '<%= config.bin %> reconcile history --pair shop --limit 5 --json',
    '<%= config.bin %> reconcile history 12',
  ];
  static override args = {
    run: argument({ description: 'Number of one run.', min: 1, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    pair: string({ description: 'Only runs of this pair of sluice.yaml.', helpValue: 'NAME' }),
    limit: integer({ description: 'Runs at most, the latest first.', default: 20, min: 1, helpValue: 'N' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(ReconcileHistoryCommand);
    const [{ reconcileRuns }, { userFolders }] = await Promise.all([
      import('../../src/history/reconcile-history.ts'),
      import('../../src/config/paths.ts'),
    ]);
    const runs = reconcileRuns(userFolders().state, { ...flags, run: args.run });
    await this.present({ runs, detailed: args.run !== undefined }, reconcileHistoryView, flags);
  }
}
