import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { reconcileView } from '../../../src/cli/views/reconcile.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import type { ErrorCode } from '../../../src/errors/registry.ts';
import { reconcileExit } from '../../../src/reconcile/exit.ts';
import { NOT_DELETED } from '../../../src/reconcile/repair.ts';
import type { ReconcileReport, RepairReport, TableReport, Verdict } from '../../../src/reconcile/report.ts';
import { maskValues, noCounts, overallVerdict } from '../../../src/reconcile/report.ts';

function table(more: Partial<TableReport> = {}): TableReport {
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

function report(tables: TableReport[], more: Partial<ReconcileReport> = {}): ReconcileReport {
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

const failed = (code: 'TABLE_NOT_FOUND' | 'TIMED_OUT') =>
  table({ verdict: 'failed', error: new SluiceError(code, 'why', { hint: 'what next' }) });
const different = table({ verdict: 'different', different: 1 });

const EMPTY_REPAIR: RepairReport = { mode: 'apply', ...noCounts(), tables: [], left: [] };
const interrupted = new SluiceError('INTERRUPTED', 'interrupted');

/** Of the one table that differs. */
function repaired(what: { after?: Verdict; updated?: number; reason?: string; error?: ErrorCode }): ReconcileReport {
  const { after, updated = 0, reason, error } = what;
  const { source, target } = different;
  return report([different], {
    repair: {
      ...EMPTY_REPAIR,
      updated,
      tables: [
        {
          source,
          table: target,
          ...noCounts(),
          updated,
          left: reason === undefined ? 0 : 1,
          ...(error === undefined ? {} : { error: new SluiceError(error, 'why') }),
          ...(after === undefined
            ? {}
            : { after: { verdict: after, missing: 0, extra: 0, different: 0, undetermined: 0 } }),
        },
      ],
      left: reason === undefined ? [] : [{ table: target, rows: 1, reason, keys: [] }],
    },
  });
}

describe('reconcileExit', () => {
  it.each<[string, ReconcileReport, number]>([
    ['all equal', report([table(), table()]), 0],
    ['one different', report([table(), different]), 10],
    [
      'a column of one side',
      report([table({ verdict: 'different', oneSided: [{ side: 'target', column: 'x' }] })]),
      10,
    ],
    ['one undetermined', report([table(), table({ verdict: 'undetermined' })]), 16],
    ['different outweighs undetermined', report([different, table({ verdict: 'undetermined' })]), 10],
    ['a column not compared', report([table({ verdict: 'incomplete' })]), 14],
    ['all failed alike', report([failed('TABLE_NOT_FOUND'), failed('TABLE_NOT_FOUND')]), 13],
    ['a statement too long', report([failed('TIMED_OUT')]), 15],
    ['failed in two ways', report([failed('TABLE_NOT_FOUND'), failed('TIMED_OUT')]), 14],
    ['a failure beside findings', report([failed('TABLE_NOT_FOUND'), different]), 14],
    ['repaired', repaired({ after: 'equal', updated: 1 }), 0],
    ['repaired, and different again', repaired({ after: 'different', updated: 1 }), 10],
    ['repaired, and changing since', repaired({ after: 'undetermined', updated: 1 }), 16],
    ['a row that could not be repaired', repaired({ after: 'different', updated: 1, reason: 'no' }), 14],
    ['extra rows that may not be deleted', repaired({ after: 'different', reason: NOT_DELETED }), 10],
    ['a repair that broke off', repaired({ updated: 1, error: 'TIMED_OUT' }), 14],
    ['a repair that wrote nothing', repaired({ error: 'TIMED_OUT' }), 15],
    ['an interrupted repair', report([different], { repair: { ...EMPTY_REPAIR, error: interrupted } }), 130],
    ['a script is no repair', report([different], { repair: { ...EMPTY_REPAIR, mode: 'sql', updated: 1 } }), 10],
    ['a contradiction', report([table({ verdict: 'undetermined', contradictions: ['1 is 2'] })]), 16],
  ])('%s', (_name, result, code) => {
    expect(reconcileExit(result)).toBe(code);
  });
});

describe('reconcileView', () => {
  const text = (result: ReconcileReport) => reconcileView.table(result, plainStyle);

  it('shows every kind of difference on one line, whatever the values', () => {
    const shown = text(
      report([
        table({
          verdict: 'different',
          missing: 1,
          extra: 2,
          different: 1,
          differences: [
            {
              kind: 'different',
              key: { id: '7' },
              rows: 1,
              columns: [{ column: 'note', source: null, target: 'a\nb\u001b[31m' }],
            },
            { kind: 'missing', key: { id: '8' }, rows: 1, columns: [{ column: 'id', source: '8' }] },
            { kind: 'extra', key: {}, rows: 2, columns: [{ column: 'note', target: 'x'.repeat(100) }] },
          ],
          unlisted: 1200,
        }),
      ]),
    );
    expect(shown).toContain('  different  id=7  note: NULL → "a\\nb\\u001b[31m"');
    expect(shown).toContain('  missing    id=8');
    expect(shown).toContain(`  extra     ×2  note="${'x'.repeat(40)}…"`.replace('extra     ×2', 'extra     ×2'));
    expect(shown).toContain('… and 1,200 more that are counted, not listed: raise --limit to see them.');
    expect(shown).toContain('Different: 4 rows.');
    expect(shown).not.toContain('\u001b');
  });

  it('says what was and what was not compared', () => {
    expect(text(report([table()]))).toContain('Equal: every row and column compared.');
    expect(text(report([table({ checksum: undefined as never })], { mode: 'counts' }))).toContain(
      'the rows themselves were not compared',
    );
    expect(
      text(report([table({ verdict: 'incomplete', uncompared: [{ column: 'at', reason: 'no common form' }] })])),
    ).toContain('column at: not compared: no common form');
    expect(text(report([failed('TABLE_NOT_FOUND')]))).toMatch(/why \[TABLE_NOT_FOUND\]\n {2}what next/);
  });

  it('tells a fence from a wait', () => {
    const live = {
      inFlight: { missing: 1, extra: 0, different: 2 },
      undetermined: 2,
      undeterminedAs: { missing: 0, extra: 0, different: 2 },
      rounds: 1,
    };
    expect(text(report([table({ live: { fence: 'connector', ...live } })]))).toContain(
      'fenced by the connector: 3 in flight and arrived since; 2 undetermined',
    );
    expect(text(report([table({ live: { fence: 'time', ...live } })]))).toContain('unfenced, by a wait only');
  });

  it('prints a script that went to no file', () => {
    const repair = {
      mode: 'sql',
      inserted: 1,
      updated: 0,
      deleted: 0,
      settled: 0,
      tables: [],
      left: [],
      script: ['BEGIN;', 'COMMIT;'],
    } as const;
    expect(
      text(report([different], { repair: { ...repair, tables: [], left: [], script: [...repair.script] } })),
    ).toContain('Repair script: 1 inserted, 0 updated, 0 deleted.\nBEGIN;\nCOMMIT;');
  });

  it('gives programs the error as a document', () => {
    expect(reconcileView.document?.(report([failed('TIMED_OUT')]))).toMatchObject({
      tables: [{ error: { code: 'TIMED_OUT', message: 'why', hint: 'what next' } }],
    });
  });
});

describe('the HTML form', () => {
  const damaged = table({
    verdict: 'different',
    different: 1,
    differences: [
      {
        kind: 'different',
        key: { id: '<7>' },
        rows: 1,
        columns: [
          { column: 'note', source: null, target: '<script>alert(1)</script>' },
          { column: 'qty', source: '1', target: '2' },
        ],
      },
    ],
    unlisted: 5,
  });

  it('shows values as text, and counts what it does not list', () => {
    const html = reconcileView.forms?.html?.(report([damaged])) ?? '';
    expect(html).toContain('<code>&lt;script&gt;alert(1)&lt;/script&gt;</code>');
    expect(html).toContain('<td rowspan="2">id=<code>&lt;7&gt;</code></td>');
    expect(html).toContain('<span class="null">NULL</span>');
    expect(html).toContain('and 5 more that are counted');
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/(src|href)="http/);
  });

  it('hides values on request, and not which were NULL', () => {
    const masked = maskValues(report([damaged]));
    expect(masked.tables[0]?.differences[0]).toMatchObject({
      key: { id: '<7>' },
      columns: [
        { column: 'note', source: null, target: '********' },
        { column: 'qty', source: '********', target: '********' },
      ],
    });
  });
});
