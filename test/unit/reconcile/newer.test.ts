import { describe, expect, it } from 'vitest';
import { postgresDialect } from '../../../src/reconcile/dialects/postgres/dialect.ts';

describe('what came into a table of PostgreSQL since a snapshot', () => {
  const { newer } = postgresDialect({ major: 18 });
  const since = (moment: string, now: string, block?: string) => newer?.since(moment, now, block);

  it('is newer than the oldest transaction that ran then, in blocks that were read', () => {
    expect(since('700', '900', '12')).toBe("ctid < '(12,0)'::tid AND age(xmin) <= age('700'::xid)");
    expect(since('700', '700')).toBe("age(xmin) <= age('700'::xid)");
    // A row has the lower 32 bits.
    expect(since('4294968000', '4294969000')).toBe("age(xmin) <= age('704'::xid)");
  });

  it.each([
    ['so many transactions later that the older cannot be told', '700', String(700 + 2 ** 30)],
    ['where numbers have gone back: another server', '700', '699'],
  ])('cannot be told %s', (_what, moment, now) => {
    expect(since(moment, now, '12')).toBeUndefined();
  });
});
