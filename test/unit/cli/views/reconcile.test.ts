import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { reconcileView } from '../../../../src/cli/views/reconcile.ts';
import { reconcileHtml } from '../../../../src/cli/views/reconcile-html.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import type { ErrorCode } from '../../../../src/errors/registry.ts';
import { reconcileExit } from '../../../../src/reconcile/exit.ts';
import { notDeleted } from '../../../../src/reconcile/repair/statements.ts';
import type { ReconcileReport, RepairReport, TableReport, Verdict } from '../../../../src/reconcile/report.ts';
import { maskValues, noCounts } from '../../../../src/reconcile/report.ts';
import { report, table } from '../../../helpers/reconcile-report.ts';

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
    ['extra rows that may not be deleted', repaired({ after: 'different', reason: notDeleted() }), 10],
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

  it('shows every kind of difference on one line, with any values', () => {
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
    expect(shown).toContain('… and 1,200 more, counted but not listed: raise --limit to see them.');
    expect(shown).toContain('Different: 4 rows.');
    expect(shown).not.toContain('\u001b');
  });

  it('shows long values where they differ, one under the other', () => {
    const head = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
    const columns = [
      { column: 'qty', source: '1', target: '2' },
      { column: 'body', source: `${head}yes`, target: `${head}no` },
    ];
    const differences = [{ kind: 'different' as const, key: { id: '7' }, rows: 1, columns }];
    const lines = text(report([table({ verdict: 'different', different: 1, differences })])).split('\n');
    const at = lines.findIndex((line) => line.includes('id=7'));
    expect(lines.slice(at, at + 3)).toEqual([
      '  different  id=7  qty: 1 → 2, body (of 903 and 902 characters, from 889 on)',
      '             body  source "…e lazy dog. yes"',
      '                   target "…e lazy dog. no"',
    ]);
  });

  it.each<[ReconcileReport['mode'], Partial<TableReport>, RegExp]>([
    ['counts', { rows: { source: 3, target: 3 } }, /public\.orders +equal +3 +3 +- +- +- /],
    ['schema', { rows: { source: null, target: null } }, /public\.orders +equal +- +- +- +- +- /],
  ])('mode %s shows no zero for what it does not count', (mode, rows, line) => {
    const uncounted = { ...rows, missing: null, extra: null, different: null };
    const result = report([table(uncounted)], { mode });
    expect(text(result)).toMatch(line);
    expect(reconcileHtml(result)).toContain('data-label="missing">-</td>');
  });

  it('lists what was skipped, and mentions it in the verdict', () => {
    const skipped = [
      { table: 'public.v\u001b[31m', kind: 'view' as const, reason: 'views are compared by name only' },
      { table: 'a.b', kind: 'topic' as const, reason: 'no table' },
    ];
    const result = report([table()], { skipped });
    expect(text(result)).toContain(
      'Not compared\n  public.v\\u001b[31m (view): views are compared by name only\n  a.b (topic): no table',
    );
    expect(text(result)).toContain('Equal: every row and column compared. Not compared: 2, listed above.');
    expect(reconcileHtml(result)).toContain('<li>a.b (topic): no table</li>');
    expect(reconcileView.document?.(result)).toMatchObject({ skipped });
  });

  it('escapes terminal control characters in names, notes and errors', () => {
    const evil = '\u001b]0;title\u0007\u202e';
    const shown = text(
      report([
        table({
          source: `public.${evil}`,
          notes: [`note ${evil}`],
          oneSided: [{ side: 'source', column: evil }],
          error: new SluiceError('DATABASE_REJECTED', `message ${evil}`),
        }),
      ]),
    );
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('reports what was compared and what was not', () => {
    expect(text(report([table()]))).toContain('Equal: every row and column compared.');
    expect(text(report([table({ checksum: undefined as never })], { mode: 'counts' }))).toContain(
      'the rows themselves were not compared',
    );
    expect(
      text(report([table({ verdict: 'incomplete', uncompared: [{ column: 'at', reason: 'no common form' }] })])),
    ).toContain('column at: not compared: no common form');
    expect(text(report([failed('TABLE_NOT_FOUND')]))).toMatch(/why \[TABLE_NOT_FOUND\]\n {2}what next/);
  });

  it('claims equality only for what was compared', () => {
    const narrowed = { where: 'id < 10', leftOut: ['note', 'weight'] };
    const some = report([table({ narrowed })]);
    expect(text(some)).toContain('only rows that meet the condition (--where): id < 10');
    expect(text(some)).toContain('columns ignored: note, weight');
    expect(text(some)).toContain('Equal: some rows and columns compared; what was ignored is listed above.');
    expect(text(some)).not.toContain('every row');
    expect(reconcileHtml(some)).toContain('<li>columns ignored: note, weight</li>');
    const shard = report([table()], { shard: { index: 1, of: 2 }, mode: 'checksums' });
    expect(text(shard)).toContain('Equal: checksums of every row and column of shard 1/2 compared.');
    expect(text(maskValues(some))).not.toContain('id < 10');
    expect(text(maskValues(some))).toContain('columns ignored: note, weight');
  });

  it('distinguishes a fence from a wait', () => {
    const live = {
      inFlight: { missing: 1, extra: 0, different: 2 },
      undetermined: 2,
      undeterminedAs: { missing: 0, extra: 0, different: 2 },
      rounds: 1,
    };
    expect(text(report([table({ live: { fence: 'connector', ...live } })]))).toContain(
      'waited for the pipeline; 3 in flight, arrived since; 2 undetermined',
    );
    expect(text(report([table({ live: { fence: 'time', ...live } })]))).toContain('no fence, only a wait');
    const none = { ...live, inFlight: { missing: 0, extra: 0, different: 0 }, undetermined: 0 };
    expect(text(report([table({ live: { fence: 'connector', ...none } })]))).toContain(
      'the pipeline had caught up; no row arrived since',
    );
  });

  it('reports what a repair did to each table, what it skipped, and what ended it', () => {
    const none = { inserted: 0, updated: 0, deleted: 0, settled: 0 };
    const repair: RepairReport = {
      mode: 'apply',
      ...none,
      inserted: 3,
      updated: 1,
      settled: 2,
      tables: [
        {
          source: 'public.a',
          table: 'public.a',
          ...none,
          inserted: 3,
          left: 0,
          after: { verdict: 'equal', missing: 0, extra: 0, different: 0, undetermined: 0 },
        },
        {
          source: 'public.b',
          table: 'public.b',
          ...none,
          updated: 1,
          left: 7,
          error: new SluiceError('DATABASE_REJECTED', 'no \u001b[31m'),
          after: { verdict: 'different', missing: 0, extra: 2, different: 1, undetermined: 0 },
        },
      ],
      left: [
        {
          table: 'public.b',
          rows: 7,
          reason: 'the server refused it',
          keys: Array.from({ length: 6 }, (_, id) => ({ id: String(id), name: null })),
        },
      ],
      error: new SluiceError('DATABASE_UNREACHABLE', 'gone'),
    };
    const result = report([different], { repair });
    expect(text(result)).toContain(
      [
        'Repaired: 3 inserted, 1 updated, 0 deleted.',
        '2 no longer differed when read again.',
        'public.a: 3 inserted, 0 updated, 0 deleted; compared again afterwards: equal.',
        'public.b: 0 inserted, 1 updated, 0 deleted; compared again afterwards: different, 2 extra, 1 different.',
        'The repair of public.b was aborted: no \\u001b[31m [DATABASE_REJECTED]',
        'Skipped in public.b: 7 (the server refused it): id=0 name=NULL, id=1 name=NULL, id=2 name=NULL, id=3 name=NULL, id=4 name=NULL, ….',
        'The repair was aborted: gone [DATABASE_UNREACHABLE]',
      ].join('\n'),
    );
    expect(reconcileHtml(result)).toContain('<li>Repaired: 3 inserted, 1 updated, 0 deleted.</li>');
    // An error has no message as JSON has it by itself.
    const document = JSON.parse(JSON.stringify(reconcileView.document?.(result)));
    expect(document.repair.error).toEqual({ code: 'DATABASE_UNREACHABLE', message: 'gone' });
    expect(document.repair.tables[1].error).toMatchObject({ code: 'DATABASE_REJECTED' });
  });

  it('says "before the repair" only if the repair may have written', () => {
    const counts = { inserted: 0, updated: 0, deleted: 0, settled: 0 };
    const repair: RepairReport = { mode: 'apply', ...counts, tables: [], left: [] };
    expect(text(report([different], { repair }))).toMatch(/^Different: \d+ rows?\./m);
    const table = { source: 'public.a', table: 'public.a', ...counts, left: 0 };
    const after = { verdict: 'equal', missing: 0, extra: 0, different: 0, undetermined: 0 } as const;
    const error = new SluiceError('INTERRUPTED', 'interrupted');
    for (const one of [{ after }, { error }]) {
      const result = report([different], { repair: { ...repair, tables: [{ ...table, ...one }] } });
      expect(text(result)).toMatch(/^Different before the repair: \d+ rows?\./m);
    }
  });

  it('shows a contradiction with its numbers, and is undetermined', () => {
    const contradictions = ['rows do not add up: 5 and 4'];
    const result = report([table({ verdict: 'undetermined', contradictions })]);
    expect(text(result)).toContain('contradiction: rows do not add up: 5 and 4');
    expect(text(result)).toContain('Undetermined: the comparison contradicts itself');
    expect(text(report([table({ verdict: 'undetermined' })]))).toContain(
      'Undetermined: some rows have no final verdict; the reason is above.',
    );
    expect(reconcileHtml(result)).toContain('<li>contradiction: rows do not add up: 5 and 4</li>');
  });

  it('says what was read: rows, counted rows, or definitions', () => {
    const { checksum: _, ...unhashed } = table();
    expect(text(report([table()]))).toContain('rows read in 1.6 s');
    expect(text(report([unhashed], { mode: 'counts' }))).toContain('rows counted in 1.6 s.');
    expect(text(report([unhashed], { mode: 'schema' }))).toContain('; definitions read in 1.6 s.');
  });

  it('prints a script that was not written to a file', () => {
    const repair: RepairReport = { ...EMPTY_REPAIR, mode: 'sql', inserted: 1, script: ['BEGIN;', 'COMMIT;'] };
    expect(text(report([different], { repair }))).toContain(
      'Repair script: 1 to insert, 0 to update, 0 to delete.\nBEGIN;\nCOMMIT;',
    );
  });

  it('gives programs the error as a document', () => {
    expect(reconcileView.document?.(report([failed('TIMED_OUT')]))).toMatchObject({
      tables: [{ error: { code: 'TIMED_OUT', message: 'why', hint: 'what next' } }],
    });
  });
});
