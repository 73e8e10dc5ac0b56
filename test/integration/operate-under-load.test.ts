import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReplayReport } from '../../src/dlq/replay.ts';
import type { ShowReport } from '../../src/dlq/show.ts';
import type { OffsetsReport } from '../../src/operate/offsets/change.ts';
import { workFolder } from '../helpers/connectors.ts';
import { TestTopics } from '../helpers/dead-letters.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const PREFIX = 'undl';
const SINK = `${PREFIX}-sink`;
const folder = workFolder(PREFIX);
const pipeline = new Pipeline(sandbox, PREFIX);

async function json<T>(args: readonly string[], schema: string): Promise<T> {
  const { code, stdout, stderr } = await sluiceOnSandbox([...args, '--json']);
  expect(code, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return parseDocument<T>(stdout, schema);
}

const QUICK = ['--yes', '--stable', '500ms'];
const changeOffsets = async (...args: string[]) => {
  const { results } = await json<OffsetsReport>(['offsets', ...args, ...QUICK], 'offsets-change');
  expect(results).toMatchObject([{ name: SINK, error: null }]);
  return results[0];
};
const patch = async (...args: string[]) => {
  const { code, stdout, stderr } = await sluiceOnSandbox(['patch', SINK, ...args, ...QUICK]);
  expect(code, stderr + stdout).toBe(0);
};
const backup = async (name: string) => {
  const file = folder.path(name);
  const { code, stderr } = await sluiceOnSandbox(['offsets', 'backup', SINK, '--save', file]);
  expect(code, stderr).toBe(0);
  expect(existsSync(file)).toBe(true);
  return file;
};

/** Inserts rows until it is stopped, some hundred a second. */
function insertRows(): { stop(): Promise<number> } {
  let running = true;
  const done = (async () => {
    let rows = 0;
    for (; running; rows += 20) {
      await pipeline.source.query(
        `INSERT INTO ${PREFIX}.items (note) SELECT md5(random()::text) FROM generate_series(1, 20)`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return rows;
  })();
  done.catch(() => {});
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}

const lowestMissing = async (): Promise<number> => {
  const { rows } = await pipeline.target.query<{ id: string | null }>(
    `SELECT min(a.id + 1) AS id FROM ${PREFIX}.items a WHERE NOT EXISTS (SELECT FROM ${PREFIX}.items b WHERE b.id = a.id + 1)`,
  );
  return Number(rows[0]?.id ?? 1);
};
const highest = async (pool: Pipeline['source']): Promise<number> => {
  const { rows } = await pool.query<{ id: string | null }>(`SELECT max(id) AS id FROM ${PREFIX}.items`);
  return Number(rows[0]?.id ?? 0);
};

beforeAll(async () => {
  await pipeline.schema(pipeline.source);
  await pipeline.schema(pipeline.target);
  await pipeline.source.query(`CREATE TABLE ${PREFIX}.items (id bigserial PRIMARY KEY, note text)`);
  await pipeline.source.query(`INSERT INTO ${PREFIX}.items (note) SELECT 'n' || g FROM generate_series(1, 100) g`);
  await pipeline.deploy('debezium-postgres-source', {
    name: `${PREFIX}-source`,
    ...pipeline.connection('source'),
    slot: PREFIX,
    tables: `${PREFIX}\\.items`,
    'heartbeat-ms': '500',
  });
  await pipeline.itemsArrive(100);
});

afterAll(async () => {
  await pipeline.remove();
  folder.remove();
});

it('loses and doubles nothing when offsets are moved and dead letters replayed while rows are inserted', async () => {
  const load = insertRows();
  let inserted = 0;
  try {
    // Back to the first record, and forward again to where it was.
    const before = await backup('before.json');
    await changeOffsets('set', SINK, '--to-earliest');
    await changeOffsets('restore', SINK, '--backup', before);

    // Every record is refused for a while.
    const key = 'value.converter';
    const readable = 'org.apache.kafka.connect.json.JsonConverter';
    await patch('--set', `${key}=org.apache.kafka.connect.converters.IntegerConverter`);
    const queued = () =>
      eventually(
        async () => {
          const { code, stdout } = await sluiceOnSandbox(['dlq', 'show', SINK, '--json']);
          const { matching } = code === 0 ? parseDocument<ShowReport>(stdout, 'dlq-show') : { matching: 0 };
          return matching >= 300 ? matching : undefined;
        },
        () => 'no 300 dead letters',
      );
    expect(await queued()).toBeGreaterThanOrEqual(300);
    await patch('--set', `${key}=${readable}`);
    const end = await highest(pipeline.source);
    await pipeline.until(
      async () => (await highest(pipeline.target)) > end,
      async () => 'rows do not arrive again',
    );
    // What only the queue has by now: the sink is past it.
    const lost = await lowestMissing();
    expect(lost).toBeLessThan(end);
    const after = await backup('after.json');

    // At the same time, and in the middle of the inserts.
    const [replayed] = await Promise.all([
      json<ReplayReport>(['dlq', 'replay', SINK, '--rate', '400', '--yes'], 'dlq-replay'),
      changeOffsets('set', SINK, '--shift-by=-50').then(() => changeOffsets('restore', SINK, '--backup', after)),
    ]);
    expect(replayed).toMatchObject({ skipped: { replayedBefore: 0, tooOften: 0, noTopic: 0 } });
    expect(replayed.replayed).toBe(replayed.matching);
    expect(await json<ReplayReport>(['dlq', 'replay', SINK, '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 0,
      skipped: { replayedBefore: replayed.replayed },
    });
  } finally {
    inserted = await load.stop();
  }
  const { tables } = await json<{ tables: { verdict: string; rows: object }[] }>(
    ['reconcile', '--connector', SINK, '--fence-timeout', '60s'],
    'reconcile',
  );
  expect(inserted).toBeGreaterThan(600);
  const rows = inserted + 100;
  expect(tables).toMatchObject([{ verdict: 'equal', rows: { source: rows, target: rows } }]);
});

/** A replay ends its transactions by such markers, and the sink never commits the offset after one. */
it('finds a row that differs although a topic ends with the marker of a transaction', async () => {
  const topic = `${PREFIX}.${PREFIX}.items`;
  const topics = new TestTopics();
  const [record] = await topics.read(topic);
  // A deletion of a row that does not exist.
  const key = String(record?.key).replace(/("payload":\{"id":)\d+/, '$1999999999');
  expect(key).toContain('999999999');
  await topics.write(topic, [{ key: Buffer.from(key), value: null }]);
  await pipeline.target.query(`UPDATE ${PREFIX}.items SET note = 'damaged' WHERE id = 1`);
  const { code, stdout, stderr } = await sluiceOnSandbox([
    'reconcile',
    '--connector',
    SINK,
    '--fence-timeout',
    '30s',
    '--json',
  ]);
  expect(code, stderr + stdout).toBe(10);
  const { tables } = parseDocument<{ tables: { verdict: string; different: number }[] }>(stdout, 'reconcile');
  expect(tables).toMatchObject([{ verdict: 'different', different: 1 }]);
});
