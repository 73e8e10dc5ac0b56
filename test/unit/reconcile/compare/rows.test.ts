import { describe, expect, it } from 'vitest';
import type { Cells, EngineName } from '../../../../src/databases/model.ts';
import type { ReadRow } from '../../../../src/reconcile/compare/queries.ts';
import { hashOfTexts, judgeRows, keysAtOnce } from '../../../../src/reconcile/compare/rows.ts';
import { sqlserver } from '../../../../src/reconcile/dialects/sqlserver/dialect.ts';

describe('keys in one statement', () => {
  const side = (engine: EngineName) => ({ session: { engine, server: { major: 18 } } });
  const pair = (columns: number) =>
    ({
      plan: { key: Array.from({ length: columns }) },
      source: side('sqlserver'),
      target: side('postgresql'),
    }) as unknown as Parameters<typeof keysAtOnce>[0];

  it.each([0, 1, 2, 8, 9, 16, 32])('of %i columns keep below 2,100 parameters of SQL Server', (columns) => {
    const keys = keysAtOnce(pair(columns));
    expect(keys).toBeGreaterThan(0);
    expect(keys * columns).toBeLessThan(2_100);
  });

  it('are as many as the less patient side takes', () => {
    expect(keysAtOnce(pair(1))).toBe(sqlserver.maxKeys);
  });
});

describe('rows whose hashes differ', () => {
  const server = { session: { server: { snapshot: true } }, table: { transactional: true } };
  const column = (nativeType: string) => ({ name: 'c', nativeType, type: { family: 'text' } });
  const pairOf = (kind: 'text' | 'json') =>
    ({
      plan: {
        unique: true,
        key: [{}],
        pairs: [{ source: column('text'), target: column('text'), form: { kind, trim: false } }],
      },
      hash: 'md5',
      source: server,
      target: server,
    }) as unknown as Parameters<typeof judgeRows>[0];
  const row = (canonical: Cells, hash: string): ReadRow => ({
    canonical,
    values: canonical,
    hash,
    version: '',
    address: '',
  });
  const judged = (pair: Parameters<typeof judgeRows>[0], a: ReadRow, b: ReadRow, again = false) => {
    const found = { key: ['1'], missing: 0, extra: 0, different: 1, state: '' };
    const { open, settled, contradictions } = judgeRows(
      pair,
      [found],
      new Map([['["1"]', [a]]]),
      new Map([['["1"]', [b]]]),
      { again },
    );
    return { open: open.length, settled: settled.length, why: contradictions.map(({ reason }) => reason) };
  };
  const contradicted = { open: 0, settled: 0, why: ['hashes differ although all values are the same'] };

  // Such as characters that a driver has lost on the way: 'é😀' and 'é?' arrive as one text.
  it.each([false, true])(
    'though all texts that were fetched are the same contradict themselves (read again: %s)',
    (again) => {
      expect(judged(pairOf('text'), row(['é?'], '1'), row(['é?'], '2'), again)).toEqual(contradicted);
    },
  );

  it('are settled where the texts that mean the same are those that were hashed, and only there', () => {
    const pair = pairOf('json');
    const [a, b] = [['{"a": 1, "b": 2}'], ['{"b": 2, "a": 1}']] as const;
    const hashed = (canonical: readonly string[]) => row([...canonical], hashOfTexts(pair.plan, [...canonical], 'md5'));
    expect(judged(pair, hashed(a), hashed(b))).toEqual({ open: 0, settled: 1, why: [] });
    expect(judged(pair, hashed(a), row([...b], '2'))).toEqual(contradicted);
  });

  it('and whose texts differ are open', () => {
    expect(judged(pairOf('text'), row(['a'], '1'), row(['b'], '2'))).toEqual({ open: 1, settled: 0, why: [] });
  });
});
