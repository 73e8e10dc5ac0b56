import { describe, expect, it } from 'vitest';
import { postgresDialect } from '../../../src/reconcile/dialects/postgres.ts';
import { sqlserver } from '../../../src/reconcile/dialects/sqlserver.ts';
import { keysAtOnce } from '../../../src/reconcile/rows.ts';

describe('keys in one statement', () => {
  const side = (dialect: unknown) => ({ session: { dialect } });
  const pair = (columns: number) =>
    ({
      plan: { key: Array.from({ length: columns }) },
      source: side(sqlserver),
      target: side(postgresDialect({ major: 18 })),
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
