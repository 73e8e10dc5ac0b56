import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { postgresOf, usePostgres } from '../helpers/databases.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  verdict: string;
  tables: {
    source: string;
    target: string;
    verdict: string;
    rows: object;
    differences: { kind: string; key: object }[];
    live?: { inFlight: { missing: number; extra: number; different: number }; undetermined: number };
  }[];
  repair?: object;
}

describe('reconcile --connector, on a pipeline that never rests', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  // A connector made again under an old name would go on at its old offsets: each run has names of its own.
  const id = Date.now().toString(36);
  const names = { source: `rec-live-${id}`, sink: `rec-live-sink-${id}` };
  const slot = `rec_live_${id}`;
  const prefix = `recflow${id}`;

  const put = async (template: string, name: string, values: Record<string, string | number>) => {
    const set = Object.entries({ name, ...values }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const rendered = await sluiceOnSandbox(['template', 'render', template, ...set]);
    const document = parse(rendered.stdout) as { config?: Record<string, unknown> };
    const config = document.config ?? (document as Record<string, unknown>);
    const text = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        String(value).replaceAll(/\$\{(SOURCE|TARGET)_PASSWORD\}/g, 'sluice'),
      ]),
    );
    const answer = await fetch(`${sandbox.connectUrl}/connectors/${name}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(text),
    });
    expect(answer.status, await answer.text()).toBeLessThan(300);
  };

  const until = async (what: string, check: () => Promise<boolean>) => {
    for (const deadline = Date.now() + 90_000; Date.now() < deadline; ) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${what}: not within 90 s`);
  };

  beforeAll(async () => {
    await source.run(`CREATE SCHEMA rec_flow; CREATE TABLE rec_flow.rec_items (id bigint PRIMARY KEY, qty int, note text, at timestamptz);
      INSERT INTO rec_flow.rec_items SELECT g, 0, 'note ' || g, now() FROM generate_series(1, 5000) g; ANALYZE rec_flow.rec_items`);
    const of = ({ host, port, database, user }: typeof sandbox.source) => ({ host, port, database, user });
    await put('debezium-postgres-source', names.source, {
      ...of(sandbox.source),
      prefix,
      tables: 'rec_flow\\.rec_items',
      'heartbeat-ms': 500,
    });
    await put('debezium-jdbc-sink-postgres', names.sink, { ...of(sandbox.target), prefix });
    await until('the snapshot', async () => {
      const rows = await target.run("SELECT to_regclass('public.rec_items') IS NOT NULL");
      return Boolean(rows[0]?.[0]) && Number((await target.run('SELECT count(*) FROM rec_items'))[0]?.[0]) === 5000;
    });
  });

  afterAll(async () => {
    for (const name of [names.sink, names.source])
      await fetch(`${sandbox.connectUrl}/connectors/${name}`, { method: 'DELETE' });
    await until('the slot is free', async () => {
      await source.run(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}' AND NOT active`,
      );
      return (await source.run(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot}'`)).length === 0;
    });
    await source.run(`DROP PUBLICATION IF EXISTS ${slot}; DROP SCHEMA IF EXISTS rec_flow CASCADE`);
    await target.run('DROP TABLE IF EXISTS rec_items');
  });

  /** Each does its work over and over: one row at a time, to and fro, the same key anew, and many rows at once. */
  const WORK: ((n: number) => string)[] = [
    (n) =>
      `UPDATE rec_flow.rec_items SET qty = qty + 1, at = now() WHERE id = ${1 + ((n * 7919) % 4900)};
       INSERT INTO rec_flow.rec_items VALUES (${100_000 + n}, ${n}, NULL, now());
       ${n % 3 === 0 ? `DELETE FROM rec_flow.rec_items WHERE id = ${100_000 + n - 30}` : ''}`,
    (n) =>
      `UPDATE rec_flow.rec_items SET qty = -qty, note = CASE WHEN qty < 0 THEN 'fro' ELSE 'to' END WHERE id = ${1 + (n % 5)}`,
    (n) =>
      `DELETE FROM rec_flow.rec_items WHERE id = ${10 + (n % 3)}; INSERT INTO rec_flow.rec_items VALUES (${10 + (n % 3)}, ${n}, 'anew', now())`,
    (n) =>
      `UPDATE rec_flow.rec_items SET at = clock_timestamp() WHERE id % 997 = ${n % 997} AND id <= ${QUIET_FROM - 1}`,
  ];
  /** Rows from here to the 5000th are left alone by the writers: damage is planted among them. */
  const QUIET_FROM = 4901;

  const write = (): { stop(): Promise<number> } => {
    let running = true;
    const done = WORK.map(async (work) => {
      const writer = await postgresOf('source');
      let n = 0;
      for (; running; n++) {
        await writer.run(`BEGIN; ${work(n)}; COMMIT`);
        // Some hundred rows a second in all: a pipeline that falls behind for ever is never passed.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await writer.close();
      return n;
    });
    return {
      async stop() {
        running = false;
        return (await Promise.all(done)).reduce((sum, one) => sum + one, 0);
      },
    };
  };

  const reconcile = async (args: string[] = []) => {
    const result = await sluiceOnSandbox([
      'reconcile',
      '--connector',
      names.sink,
      '--fence-timeout',
      '60s',
      '--json',
      ...args,
    ]);
    return { code: result.code, document: parseDocument<Document>(result.stdout, 'reconcile'), stderr: result.stderr };
  };

  /** Longer with SLUICE_SOAK_SECONDS=600. */
  const SOAK_MS = Number(process.env.SLUICE_SOAK_SECONDS ?? 25) * 1000;

  it('a soak: no false difference while rows keep moving, and every planted one is found and repaired', {
    timeout: SOAK_MS + 120_000,
  }, async () => {
    const writing = write();
    let rounds = 0;
    let settled = 0;
    try {
      for (const end = Date.now() + SOAK_MS; Date.now() < end || rounds < 2; rounds++) {
        const { document, stderr } = await reconcile();
        expect(document.tables[0], stderr).toMatchObject({ source: 'rec_flow.rec_items', target: 'public.rec_items' });
        expect(document.tables[0]?.differences).toEqual([]);
        expect(document.verdict).not.toBe('different');
        settled += Object.values(document.tables[0]?.live?.inFlight ?? {}).reduce((sum, one) => sum + one, 0);
        const [changed, gone, extra] = [QUIET_FROM + (rounds % 40), QUIET_FROM + 50 + (rounds % 40), 900_000 + rounds];
        await target.run(
          `UPDATE rec_items SET note = 'damaged' WHERE id = ${changed}; DELETE FROM rec_items WHERE id = ${gone};
           INSERT INTO rec_items VALUES (${extra}, 1, 'extra', now())`,
        );
        const found = await reconcile(['--repair', 'apply', '--allow-delete', '--yes']);
        expect(
          found.document.tables[0]?.differences.map(({ kind, key }) => [kind, key]),
          found.stderr,
        ).toEqual([
          ['different', { id: String(changed) }],
          ['missing', { id: String(gone) }],
          ['extra', { id: String(extra) }],
        ]);
        expect(found.document.repair).toMatchObject({ inserted: 1, updated: 1, deleted: 1, left: [] });
      }
    } finally {
      expect(await writing.stop()).toBeGreaterThan(200);
    }
    // Rows were caught on their way, or the soak would have proved nothing.
    expect(settled).toBeGreaterThan(0);
    const { code, document } = await reconcile();
    expect(document.tables[0]).toMatchObject({ verdict: 'equal', differences: [] });
    expect(code).toBe(0);
  });

  it('a stopped source: the fence is given up, and nothing is called different', async () => {
    // Connect only accepts a stop; a source that still runs would carry the change over. `sluice stop` waits.
    const stopped = await sluiceOnSandbox(['stop', names.source]);
    expect(stopped.code, stopped.stderr).toBe(0);
    await source.run('UPDATE rec_flow.rec_items SET qty = -1 WHERE id = 17');
    const result = await sluiceOnSandbox([
      'reconcile',
      'rec_items',
      '--connector',
      names.sink,
      '--fence-timeout',
      '3s',
    ]);
    expect(result.stdout).toContain(`${names.source} has not committed position`);
    expect(result.stdout).toContain('1 undetermined');
    expect(result.code).toBe(16);
  });
});
