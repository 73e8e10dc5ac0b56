import { integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { countArg, outputFlags } from '../../src/cli/flags.ts';
import { reconcileHistoryView } from '../../src/cli/views/reconcile-history.ts';
import { DEFAULTS } from '../../src/store/request.ts';

export default class ReconcileHistoryCommand extends SluiceCommand {
  static override summary = 'Show what was compared from this machine: when, with what verdict, and how long it took.';
  static override description =
    'With the number of a RUN, shows that run and each of its tables. Counts and verdicts are kept, never keys or values.';
  static override examples = [
    '<%= config.bin %> reconcile history',
    '<%= config.bin %> reconcile history --pair shop --limit 5 --json',
    '<%= config.bin %> reconcile history 12',
    '<%= config.bin %> reconcile history --limit 200 -o html --to history.html',
  ];
  static override args = {
    run: countArg('RUN', 'Number of one run.'),
  };
  static override flags = {
    ...outputFlags(['html']),
    pair: string({ description: 'Only runs of this pair in sluice.yaml.', helpValue: 'NAME' }),
    limit: integer({
      description: 'Show at most this many runs, latest first.',
      default: DEFAULTS.limit,
      min: 1,
      helpValue: 'N',
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(ReconcileHistoryCommand);
    const { comparisons } = await this.store();
    const runs = args.run === undefined ? comparisons.list(flags) : [comparisons.get(args.run)];
    await this.present({ runs, detailed: args.run !== undefined }, reconcileHistoryView, flags);
  }
}
