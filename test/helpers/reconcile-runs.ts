import type { ReconcileRun, ReconcileRunTable } from '../../src/store/comparisons.ts';

/** A table of a run in the history. */
export const counted: ReconcileRunTable = {
  source: 'public.a',
  target: 'public.a',
  verdict: 'different',
  rows: { source: 500, target: 499 },
  missing: 1,
  extra: 0,
  different: 2,
  undetermined: 0,
  durationMs: 5,
  error: null,
};

/** A run in the history that found differences in `counted`. */
export function historyRun(more: Partial<ReconcileRun> = {}): ReconcileRun {
  return {
    id: 7,
    at: '2026-01-01T00:00:00.000Z',
    who: 'ann@build',
    trigger: 'command',
    pair: 'shop',
    connector: null,
    source: 'a',
    target: 'b',
    mode: 'rows',
    verdict: 'different',
    exitCode: 10,
    error: null,
    durationMs: 1500,
    tables: [counted],
    repair: null,
    ...more,
  };
}
