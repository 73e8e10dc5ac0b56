import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/reconcile/dialects/dialect.ts';
import { sqlserver } from '../../../src/reconcile/dialects/sqlserver.ts';
import type { Cells, Statement } from '../../../src/reconcile/model.ts';
import {
  binlogPosition,
  commitPosition,
  gtidPosition,
  lsnPosition,
  notePosition,
} from '../../../src/reconcile/positions.ts';

const at = (offset: Record<string, unknown>, partition: Record<string, unknown> = {}) => ({ partition, offset });

describe('positions', () => {
  it('PostgreSQL: an LSN as one number', () => {
    const position = lsnPosition('1/10');
    expect(
      [{ lsn: 4_294_967_312 }, { lsn: 4_294_967_311 }, { lsn: '4294967313' }, {}].map((offset) =>
        position.reachedBy(at(offset)),
      ),
    ).toEqual([true, false, true, false]);
  });

  it('MariaDB: every domain', () => {
    const position = gtidPosition('0-1-10,1-2-5');
    const reached = (gtids: string) => [position.reachedBy(at({ gtids })), position.almostReachedBy?.(at({ gtids }))];
    expect(reached('0-1-10,1-2-5')).toEqual([true, true]);
    expect(reached('0-9-11,1-2-7')).toEqual([true, true]);
    expect(reached('0-1-9,1-2-5')).toEqual([false, true]);
    expect(reached('0-1-8,1-2-5')).toEqual([false, false]);
    expect(reached('0-1-10')).toEqual([false, false]);
  });

  it('MySQL: file, then offset', () => {
    const position = binlogPosition('binlog.000009', 500);
    const reached = (file: string, pos: number) => position.reachedBy(at({ file, pos }));
    expect([
      reached('binlog.000009', 500),
      reached('binlog.000009', 499),
      reached('binlog.000010', 4),
      reached('binlog.000008', 900),
    ]).toEqual([true, false, true, false]);
  });

  it("SQL Server: the commit's LSN, of this database's partition only", () => {
    const position = commitPosition('0000002700000AC00002', 'shop');
    const reached = (commit: unknown, database = 'shop') =>
      position.reachedBy(at({ commit_lsn: commit, change_lsn: 'NULL' }, { server: 'p', database }));
    expect(reached('00000027:00000ac0:0002')).toBe(true);
    expect(reached('00000027:00000ac0:0003')).toBe(true);
    expect(reached('00000028:00000000:0001')).toBe(true);
    expect(reached('00000027:00000ac0:0001')).toBe(false);
    expect(reached('00000026:ffffffff:ffff')).toBe(false);
    expect(reached('00000028:00000000:0001', 'other')).toBe(false);
    expect(reached('00000028:00000000:0001', 'SHOP')).toBe(true);
    expect(reached('NULL')).toBe(false);
    expect(reached(undefined)).toBe(false);
  });
});

/** A session that gives these answers, one a query, and notes what it was asked. */
function scripted(answers: Cells[][]): { session: Session; asked: (string | Statement)[] } {
  const asked: (string | Statement)[] = [];
  const session = {
    dialect: sqlserver,
    server: { product: 'SQL Server', database: 'shop' },
    async query(statement: string | Statement) {
      asked.push(statement);
      return answers.shift() ?? [];
    },
    async snapshot() {
      asked.push('snapshot');
    },
  } as unknown as Session;
  return { session, asked };
}

describe('the position of SQL Server', () => {
  it('is the first commit that capture has from behind the moment, looked for in a new snapshot each time', async () => {
    const { session, asked } = scripted([[['2026-03-01T10:00:00.050', '1']], [[null]], [['0000002700000AC00002']]]);
    const noted = await notePosition(session);
    if ('reason' in noted) throw new Error(noted.reason);
    expect(noted.text).toBe('a change after 2026-03-01T10:00:00.050');
    expect(await noted.find()).toBeUndefined();
    expect((await noted.find())?.text).toBe('LSN 0000002700000AC00002');
    const find = {
      sql: "SELECT CONVERT(varchar(22), sys.fn_cdc_map_time_to_lsn('smallest greater than', CONVERT(datetime, @p1, 126)), 2)",
      parameters: ['2026-03-01T10:00:00.050'],
    };
    expect(asked).toEqual([
      'SELECT CONVERT(varchar(23), DATEADD(millisecond, 50, GETDATE()), 126), (SELECT CAST(is_cdc_enabled AS int) FROM sys.databases WHERE database_id = DB_ID())',
      'snapshot',
      find,
      'snapshot',
      find,
    ]);
  });

  it('is none where the database captures no changes', async () => {
    const { session } = scripted([[['2026-03-01T10:00:00.050', '0']]]);
    expect(await notePosition(session)).toEqual({ reason: 'shop has no change data capture: nothing is confirmed' });
  });
});
