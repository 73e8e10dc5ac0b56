import { overallVerdict, type ReconcileReport, type TableReport } from '../../src/reconcile/report.ts';

/** An equal table, but for what is given. */
export function table(more: Partial<TableReport> = {}): TableReport {
  return {
    source: 'public.orders',
    target: 'public.orders',
    verdict: 'equal',
    key: ['id'],
    rows: { source: 12_345, target: 12_345 },
    missing: 0,
    extra: 0,
    different: 0,
    columns: [{ source: 'id', target: 'id', as: 'integer' }],
    oneSided: [],
    uncompared: [],
    checksum: {
      algorithm: 'fast',
      bits: 64,
      strength: 'fast',
      buckets: 10,
      differentBuckets: 0,
      scan: {
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-01T00:00:01.000Z',
        parts: { source: 1, target: 1 },
        resumed: false,
      },
    },
    differences: [],
    unlisted: 0,
    notes: [],
    durationMs: 1500,
    rowsPerSecond: 1,
    ...more,
  };
}

/** Of tables on two PostgreSQL servers. */
export function report(tables: TableReport[], more: Partial<ReconcileReport> = {}): ReconcileReport {
  const side = { engine: 'postgresql', product: 'PostgreSQL', version: '18.4', snapshot: true } as const;
  return {
    source: { name: 'shop', ...side },
    target: { name: 'copy', ...side },
    mode: 'rows',
    verdict: overallVerdict(tables),
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1600,
    tables,
    ...more,
  };
}
