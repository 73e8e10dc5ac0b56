import { describe, expect, it } from 'vitest';
import type { Cells, Statement } from '../../../../src/databases/model.ts';
import type { Session } from '../../../../src/databases/session.ts';
import { dialectFor } from '../../../../src/reconcile/dialects/index.ts';
import { binlogPosition, gtidPosition, gtidSetPosition } from '../../../../src/reconcile/dialects/mysql/log.ts';
import { lsnPosition } from '../../../../src/reconcile/dialects/postgres/log.ts';
import { commitPosition } from '../../../../src/reconcile/dialects/sqlserver/log.ts';
import { snapshotIsRunning } from '../../../../src/reconcile/live/log-position.ts';

const at = (offset: Record<string, unknown>, partition: Record<string, unknown> = {}) => ({ partition, offset });

describe('positions', () => {
  it('PostgreSQL: an LSN as one number', () => {
    const position = lsnPosition('1/10');
    expect(
      [{ lsn: 4_294_967_312 }, { lsn: 4_294_967_311 }, { lsn: '4294967313' }, {}, { lsn: null }].map((offset) =>
        position.reachedBy(at(offset)),
      ),
    ).toEqual([true, false, true, false, false]);
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

  it('MySQL: files of another name are another server’s', () => {
    const position = binlogPosition('binlog.000009', 500);
    expect(position.reachedBy(at({ file: 'mysql-bin.000120', pos: 4 }))).toBe(false);
  });

  const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
  const B = '2eef88cd-ebaa-11f1-b9a3-02fc00000001';

  it('MySQL with GTIDs: every transaction, however the intervals are written', () => {
    const position = gtidSetPosition(`${A}:1-5:8-9,\n${B}:1-3`);
    const reached = (gtids: unknown) => [position.reachedBy(at({ gtids })), position.almostReachedBy?.(at({ gtids }))];
    expect(reached(`${B}:1-3,${A}:1-9`)).toEqual([true, true]);
    expect(reached(`${A.toUpperCase()}:1-3:4-9,${B}:1:2:3-4`)).toEqual([true, true]);
    expect(reached(`${A}:1-5:8,${B}:1-3`)).toEqual([false, true]);
    expect(reached(`${A}:1-5:8-9,${B}:1-2`)).toEqual([false, true]);
    expect(reached(`${A}:1-5:8-9,${B}:1`)).toEqual([false, false]);
    expect(reached(`${A}:1-5:8-9`)).toEqual([false, false]);
    expect(reached(`${A}:2-5:8,${B}:1-3`)).toEqual([false, false]);
  });

  it('MySQL with GTIDs: an offset without them has reached nothing, even if its file says otherwise', () => {
    const position = gtidSetPosition(`${A}:1`);
    const offset = at({ file: 'binlog.000999', pos: 999 });
    expect([position.reachedBy(offset), position.almostReachedBy?.(offset)]).toEqual([false, false]);
  });

  it('MySQL with GTIDs: those with a tag are others', () => {
    const position = gtidSetPosition(`${A}:1-2:backup:1-4`);
    expect(position.reachedBy(at({ gtids: `${A}:1-6` }))).toBe(false);
    expect(position.reachedBy(at({ gtids: `${A}:1-2:backup:1-4` }))).toBe(true);
    expect(position.reachedBy(at({ gtids: `${A}:1-4:other:1-4,${A}:backup:1-3` }))).toBe(false);
  });

  it('MySQL with GTIDs: a transaction that is being committed counts, since its rows may be seen', () => {
    const position = gtidSetPosition(`${A}:1-5`, `${A}:6#17:7#18`);
    expect(position.reachedBy(at({ gtids: `${A}:1-6` }))).toBe(false);
    expect(position.reachedBy(at({ gtids: `${A}:1-7` }))).toBe(true);
  });

  it('a connector that is in its first snapshot has passed nothing, wherever its offset is', () => {
    const running = (offset: Record<string, unknown>) => snapshotIsRunning(at(offset));
    // As Debezium 3.5 commits them: MySQL, PostgreSQL midway, PostgreSQL at the end; then those of 2.x.
    expect(running({ file: 'binlog.000001', pos: 2813086, gtids: `${A}:1-4`, snapshot: 'INITIAL' })).toBe(true);
    expect(running({ last_snapshot_record: false, lsn: 5, snapshot: 'INITIAL', snapshot_completed: false })).toBe(true);
    expect(running({ last_snapshot_record: true, lsn: 5, snapshot: 'INITIAL', snapshot_completed: true })).toBe(false);
    expect(running({ snapshot: true, snapshot_completed: false, commit_lsn: '0:0:1' })).toBe(true);
    expect(running({ snapshot: true, last_snapshot_record: true, lsn: 5 })).toBe(false);
    expect(running({ file: 'binlog.000001', pos: 4 })).toBe(false);
    expect(running({ snapshot: 'false' })).toBe(false);
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
    engine: 'sqlserver',
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
    const noted = await dialectFor(session).logPosition(session);
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

  it('is unknown where the database captures no changes', async () => {
    const { session } = scripted([[['2026-03-01T10:00:00.050', '0']]]);
    expect(await dialectFor(session).logPosition(session)).toEqual({
      reason: 'change data capture is off in shop: nothing is confirmed',
    });
  });
});
