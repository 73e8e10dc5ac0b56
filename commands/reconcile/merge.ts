import { string as argument } from '@oclif/core/args';
import { integer } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { reconcileView } from '../../src/cli/views/reconcile.ts';
import { DEFAULTS } from '../../src/reconcile/request.ts';

export default class ReconcileMerge extends SluiceCommand {
  static override summary = 'Merge the reports of all shards of a comparison.';
  static override description =
    `REPORT is a file that sluice reconcile --shard I/N --json wrote. Shards of different comparisons are refused, and so is a shard that is missing or given twice.

Exit codes: those of sluice reconcile, for the merged report.`;
  static override examples = [
    '<%= config.bin %> reconcile merge shard-1.json shard-2.json shard-3.json',
    '<%= config.bin %> reconcile merge shard-1.json shard-2.json -o html --to report.html',
  ];
  static override strict = false;
  static override args = {
    report: argument({ description: 'Report of one shard; the others follow.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    limit: integer({ description: 'Differences to list per table; all are counted.', default: DEFAULTS.limit, min: 0 }),
    ...outputFlags(['html']),
  };

  protected async execute(): Promise<void> {
    const { flags, argv } = await this.parse(ReconcileMerge);
    const { mergeFiles } = await import('../../src/reconcile/shards/merge-files.ts');
    await this.present(mergeFiles(argv.map(String), flags.limit), reconcileView, flags);
  }
}
