import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import type { DoctorReport, StageName } from '../../src/doctor/model.ts';
import { ENGINE_CHECKS } from '../../src/preflight/engines.ts';
import { eventually, sandboxClient } from '../helpers/connectors.ts';
import { WITHOUT_MARIADB } from '../helpers/databases.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const PATIENCE_MS = 120_000;

describe.skipIf(sandbox.mariadb === undefined)(`doctor on MariaDB or MySQL (${WITHOUT_MARIADB})`, () => {
  const prefix = `doctordb${Date.now().toString(36)}`;
  const pipeline = new Pipeline(sandbox, prefix);
  const source = `${prefix}-source`;
  let database: mysql.Connection;
  let session: Session;
  const { live } = ENGINE_CHECKS.mysql;

  beforeAll(async () => {
    database = await pipeline.mariadb();
    await database.query(
      `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v int); INSERT INTO ${prefix}.items VALUES (1, 1)`,
    );
    await pipeline.deployMysqlSource({ name: source, tables: `${prefix}\\.items` });
    const url = sandbox.mariadb?.url ?? '';
    session = await openSession({ name: 'mariadb', url }, { statementTimeout: 10_000, connectTimeout: 10_000 });
  }, 180_000);

  afterAll(async () => {
    await session?.close();
    await pipeline.remove();
  }, 60_000);

  async function doctor() {
    const { code, stdout } = await sluiceOnSandbox(['doctor', source, '--json']);
    const report = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
    return { code, stage: (of: StageName) => report.walk?.stages.find(({ stage }) => stage === of) };
  }

  it('finds where in the binary log the source is', async () => {
    await database.query(`UPDATE ${prefix}.items SET v = v + 1`);
    const { code, stage } = await eventually(
      doctor,
      (one) => /^(?:ok|idle)$/.test(one.stage('log')?.state ?? ''),
      PATIENCE_MS,
    );
    expect(code).toBe(0);
    expect(stage('log')?.details[0]).toMatch(/^[\d.]+ \w+ of log after what it has confirmed$/);
  }, 180_000);

  it('knows a file of the log that was purged, where no GTID leads on', async () => {
    const [offset] = await sandboxClient().offsets(source);
    const { gtids: _gtids, ...plain } = offset?.offset ?? {};
    const config = {};
    const partition = offset?.partition ?? {};
    expect(await live.log(session, config, [{ partition, offset: plain }])).toMatchObject({ broken: null });
    const gone = { ...plain, file: String(plain['file']).replace(/\d+$/, '000000') };
    expect((await live.log(session, config, [{ partition, offset: gone }])).broken).toContain('has purged the file');
  }, 60_000);

  it('finds who has the lock of a row, and of a table', async () => {
    const { host, port, user, password } = sandbox.mariadb ?? { host: '', port: 0, user: '', password: '' };
    const open = () => mysql.createConnection({ host, port, user, password, database: prefix });
    const [holder, waiter] = [await open(), await open()];
    try {
      await holder.query('BEGIN');
      await holder.query('UPDATE items SET v = 7');
      const [[row]] = (await holder.query('SELECT CONNECTION_ID() AS id')) as unknown as [{ id: number }[]];
      const update = waiter.query('UPDATE items SET v = 8');
      const waits = await eventually(
        () => live.lockWaits(session, user),
        (found) => (found ?? []).length > 0,
      );
      expect(waits).toEqual([
        {
          session: expect.stringMatching(/^\d+$/),
          table: expect.stringContaining(`${prefix}.items`),
          since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          blocker: {
            session: String(row?.id),
            user,
            program: null,
            state: 'sleep',
            since: expect.stringMatching(/^\d{4}-/),
          },
          statement: `KILL ${row?.id};`,
        },
      ]);
      // In UTC, like everything else.
      expect(Math.abs(Date.parse(waits?.[0]?.since ?? '') - Date.now())).toBeLessThan(1_800_000);
      await holder.query('COMMIT');
      await update;
      // MariaDB keeps what it says about transactions for a moment.
      await eventually(
        () => live.lockWaits(session, user),
        (found) => found?.length === 0,
      );
      await holder.query('LOCK TABLES items WRITE');
      const blocked = waiter.query('SELECT * FROM items');
      expect(
        await eventually(
          () => live.lockWaits(session, user),
          (found) => (found ?? []).length > 0,
        ),
      ).toMatchObject([{ blocker: null, statement: null, since: expect.stringMatching(/^\d{4}-/) }]);
      await holder.query('UNLOCK TABLES');
      await blocked;
    } finally {
      await holder.end();
      await waiter.end();
    }
    expect(await live.lockWaits(session, user)).toEqual([]);
  }, 60_000);

  it('knows when a table was last written, and the server’s time', async () => {
    const [written, missing] = await live.writes(session, [
      { schema: prefix, name: 'items' },
      { schema: prefix, name: 'none' },
    ]);
    expect(written).toMatchObject({ exists: true, lastWritten: expect.stringMatching(/^\d{4}-/) });
    expect(missing).toMatchObject({ exists: false, lastWritten: null });
    const [[now] = []] = await session.query(live.clock);
    expect(Math.abs(Date.parse(now ?? '') - Date.now())).toBeLessThan(1_800_000);
  });
});
