import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { reconcileHistoryView } from '../../../../src/cli/views/reconcile-history.ts';
import type { ReconcileRun, ReconcileRunTable } from '../../../../src/store/comparisons.ts';
import { counted, historyRun } from '../../../helpers/reconcile-runs.ts';

const uncounted: ReconcileRunTable = { ...counted, missing: null, extra: null, different: null, undetermined: null };

const run = (tables: ReconcileRunTable[], more: Partial<ReconcileRun> = {}) => historyRun({ tables, ...more });
const text = (runs: ReconcileRun[], detailed = false) => reconcileHistoryView.table({ runs, detailed }, plainStyle);

describe('reconcileHistoryView', () => {
  it('adds up what was counted, and shows a dash if nothing was', () => {
    expect(text([run([counted, counted])])).toMatch(/shop +different +6 +10 +1\.5 s/);
    expect(text([run([uncounted], { mode: 'counts' })])).toMatch(/shop +different +- +10 +1\.5 s/);
    expect(text([run([], { verdict: null, error: 'TIMED_OUT' })])).toMatch(/shop +TIMED_OUT +- +10 +1\.5 s/);
  });

  it('what a repair did to each table, and what ended it', () => {
    const counts = { inserted: 1, updated: 2, deleted: 0, left: 3 };
    const repair: ReconcileRun['repair'] = {
      mode: 'apply',
      ...counts,
      error: 'DATABASE_UNREACHABLE',
      tables: [
        { table: 'public.a', ...counts, error: null, after: 'equal' },
        { table: 'public.b', ...counts, error: 'TIMED_OUT', after: null },
      ],
    };
    expect(text([run([counted], { repair })], true)).toContain(
      [
        'repair apply: 1 inserted, 2 updated, 0 deleted, 3 skipped; aborted: DATABASE_UNREACHABLE',
        '  public.a: 1 inserted, 2 updated, 0 deleted, 3 skipped; then equal',
        '  public.b: 1 inserted, 2 updated, 0 deleted, 3 skipped; aborted: TIMED_OUT',
      ].join('\n'),
    );
    // As older versions have written it.
    expect(text([run([counted], { repair: { mode: 'sql', ...counts } })], true)).toContain(
      'repair sql: 1 to insert, 2 to update, 0 to delete, 3 skipped\n',
    );
  });

  it('the same for each table of one run', () => {
    expect(text([run([counted])], true)).toMatch(/public\.a +different +500 +499 +1 +0 +2 +0$/m);
    expect(text([run([uncounted])], true)).toMatch(/public\.a +different +500 +499 +- +- +- +-$/m);
  });
});
