import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { DlqExportReport } from '../../src/dlq/export.ts';
import type { DlqListReport } from '../../src/dlq/list.ts';
import type { ReplayReport } from '../../src/dlq/replay.ts';
import type { ShownRecord, ShowReport } from '../../src/dlq/show.ts';
import type { ErrorDocument } from '../../src/errors/error.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { deadLetter, TestTopics } from '../helpers/dead-letters.ts';
import type { RunOptions } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('dlq');
const topics = new TestTopics();
const [SINK, QUIET, STRICT, SOURCE] = ['dlq-sink', 'dlq-quiet', 'dlq-strict', 'dlq-source'];
const [ORDERS, QUEUE] = ['dlq-orders', 'dlq-orders-dead'];

function sluice(args: readonly string[], options: RunOptions = {}) {
  return sluiceOnSandbox(['dlq', ...args], options);
}

async function json<T>(args: readonly string[], schema: string, code = 0): Promise<T> {
  const { stdout, stderr, code: ended } = await sluice([...args, '--json']);
  expect(ended, stderr).toBe(code);
  return parseDocument<T>(stdout, schema);
}

async function failure(args: readonly string[], code: number): Promise<ErrorDocument> {
  const { stdout, code: ended } = await sluice([...args, '--json']);
  expect(ended).toBe(code);
  return parseDocument<{ error: ErrorDocument }>(stdout, 'error').error;
}

const JSON_SINK = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': QUEUE,
  'errors.deadletterqueue.topic.replication.factor': '1',
  'errors.deadletterqueue.context.headers.enable': 'true',
};

/** Refused by the converter: text, half of a document, bytes; with a key that is null, and headers of any kind. */
const REFUSED = [
  { partition: 1, key: Buffer.from('k1'), value: Buffer.from('not json') },
  { partition: 2, value: Buffer.from('{"a":') },
  {
    partition: 0,
    key: Buffer.from([0xff, 0]),
    value: Buffer.from([0xc3, 0x28]),
    headers: [
      [Buffer.from('h'), Buffer.from('1')],
      [Buffer.from('h'), Buffer.from([0xff, 0x1b])],
      [Buffer.from([0xfe]), null],
      [Buffer.from('empty'), Buffer.alloc(0)],
    ] as const,
  },
];

beforeAll(async () => {
  await topics.create(ORDERS, 3);
  topics.adopt(QUEUE);
  await client.putConfig(SINK, fileSink(folder.path('out.txt'), ORDERS, JSON_SINK));
  await client.putConfig(QUIET, fileSink(folder.path('quiet.txt'), 'dlq-nothing', { 'errors.tolerance': 'all' }));
  await client.putConfig(
    STRICT,
    fileSink(folder.path('strict.txt'), 'dlq-nothing', { 'errors.deadletterqueue.topic.name': 'dlq-missing' }),
  );
  await client.putConfig(SOURCE, fileSource(folder.write('in.txt', 'x\n'), 'dlq-source-lines'));
  topics.adopt('dlq-source-lines');
  topics.adopt('dlq-nothing');
  topics.adopt('dlq-missing');
  await topics.write(
    ORDERS,
    REFUSED.map((record) => ({ timestamp: Date.now() - 60_000, ...record })),
  );
  await eventually(
    () => topics.read(QUEUE),
    (records) => records.length === REFUSED.length,
    60_000,
  );
});

afterAll(async () => {
  for (const name of [SINK, QUIET, STRICT, SOURCE]) await client.delete(name);
  await topics.removeAll();
  folder.remove();
});

describe('dlq list', () => {
  it('has every sink with what its queue holds, and what is wrong with it', async () => {
    const { sinks } = await json<DlqListReport>(['list'], 'dlq-list');
    const of = (name: string) => sinks.find(({ sink }) => sink === name);
    expect(of(SINK)).toMatchObject({
      queue: QUEUE,
      problems: [],
      facts: { records: 3, upTo: false, lastHour: 3, timesOf: 'original record' },
    });
    expect(of(QUIET)).toMatchObject({ queue: null, facts: null, problems: [{ kind: 'dropped' }] });
    expect(of(STRICT)?.problems.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['not tolerated', 'no headers']),
    );
    expect(of(SOURCE)).toBeUndefined();
    const { stdout } = await sluice(['list', SINK]);
    expect(stdout).toMatch(new RegExp(`^SINK +QUEUE +RECORDS +LAST HOUR.*\\n${SINK} +${QUEUE} +3 +3 `));
  });

  it('names a connector that does not exist, and one that is a source', async () => {
    expect(await failure(['list', 'dlq-sinc'], 13)).toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      hint: expect.stringContaining(SINK),
    });
    expect((await failure(['list', SOURCE], 2)).code).toBe('REQUEST_INVALID');
  });
});

describe('dlq show', () => {
  it('groups by cause, and decodes single records', async () => {
    const report = await json<ShowReport>(['show', SINK, '--limit', '5'], 'dlq-show');
    expect(report).toMatchObject({ queue: QUEUE, matching: 3, otherCauses: 0 });
    expect(report.groups).toMatchObject([
      { count: 2, topic: ORDERS, connector: SINK, cause: expect.stringMatching(/^JsonParseException: /) },
      { count: 1, cause: expect.stringMatching(/^JsonEOFException: /) },
    ]);
    const bytes = report.records.find(({ error }) => error.partition === 0) as ShownRecord;
    expect(bytes).toMatchObject({
      key: { format: 'bytes', value: '/wA=' },
      value: { format: 'bytes', value: 'wyg=' },
      headers: [
        { name: 'h', value: '1' },
        { name: 'h', value: '0xff1b' },
        // Connect reads names as UTF-8.
        { name: '\ufffd', value: null },
        { name: 'empty', value: '' },
      ],
      error: { topic: ORDERS, offset: 0, stage: 'VALUE_CONVERTER' },
      attempts: 0,
    });
    const { stdout } = await sluice(['show', '--queue', QUEUE]);
    expect(stdout).toContain('JsonEOFException');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the value could not be read with value.converter');
  });

  it('filters, and shows one record by its offset', async () => {
    const matching = async (...args: string[]) =>
      (await json<ShowReport>(['show', SINK, ...args], 'dlq-show')).matching;
    expect(await matching('--cause', 'EOF')).toBe(1);
    expect(await matching('--key', 'k1')).toBe(1);
    expect(await matching('--topic', 'dlq-*')).toBe(3);
    expect(await matching('--topic', 'other')).toBe(0);
    expect(await matching('--since', '1h')).toBe(3);
    expect(await matching('--until', '1h')).toBe(0);
    expect((await failure(['show', SINK, '--partition', '7'], 2)).hint).toBe('Its only partition is 0.');
    expect((await failure(['show', SINK, '--offset', '3'], 2)).hint).toBe('Its offsets are 0 to 2.');
    const { records } = await json<ShowReport>(['show', SINK, '--offset', '1'], 'dlq-show');
    expect(records.map(({ offset }) => offset)).toEqual([1]);
  });

  it('follows the queue until it is interrupted', async () => {
    const queue = 'dlq-followed';
    await topics.create(queue, 2);
    const child = spawn(
      process.execPath,
      ['--', packagePath('bin', 'run.js'), 'dlq', 'show', '--queue', queue, '--follow', '--json'],
      {
        env: { ...process.env, ...sandbox.env, SLUICE_CONTEXT: sandbox.context },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      // Only what arrives after it has begun is shown.
      let number = 0;
      await eventually(
        async () => {
          await topics.write(queue, [deadLetter(ORDERS, 0, number, { value: Buffer.from(`{"n":${number}}`) })]);
          number += 1;
          return stdout;
        },
        (seen) => seen.includes('\n'),
      );
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toBe(130);
    const [first = ''] = stdout.split('\n');
    expect(parseDocument<ShownRecord>(first, 'dlq-follow')).toMatchObject({ queue, value: { format: 'json' } });
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads records that are compressed with %s', async (type) => {
    const queue = `dlq-compressed-${type}`;
    await topics.create(queue, 1, { 'compression.type': type });
    const value = `${'the same text '.repeat(200)}of ${type}`;
    await topics.write(queue, [{ value: Buffer.from(value) }]);
    const { records } = await json<ShowReport>(['show', '--queue', queue, '--limit', '1'], 'dlq-show');
    expect(records[0]?.value).toMatchObject({ value });
  });

  it('says what is missing', async () => {
    expect(await failure(['show', QUIET], 2)).toMatchObject({ code: 'QUEUE_MISSING' });
    expect(await failure(['show', SOURCE], 2)).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await failure(['show', '--queue', 'dlq-orders-daed'], 13)).toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      hint: `Did you mean ${QUEUE}?`,
    });
    expect((await failure(['show'], 2)).hint).toContain('--queue TOPIC');
    // By a name that no context has.
    const url = sandbox.connectUrl.replace('127.0.0.1', 'localhost');
    expect(await failure(['show', SINK, '--connect-url', url], 2)).toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringContaining('has no kafka.bootstrapServers'),
    });
  });

  it('shows bytes, and warns once, if the schema registry is away', async () => {
    const queue = 'dlq-away';
    await topics.create(queue);
    await topics.write(
      queue,
      [1, 2].map((id) => deadLetter(ORDERS, 0, id, { value: Buffer.from([0, 0, 0, 0, id, 2, 65]) })),
    );
    const project = folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  away:\n    connect: ${sandbox.connectUrl}\n    kafka:\n      bootstrapServers: ${sandbox.bootstrapServers}\n    schemaRegistry:\n      url: http://127.0.0.1:1\n      username: reader\n      password: \${DLQ_REGISTRY_PASSWORD:-none}\n`,
    );
    const { stdout, code } = await sluice([
      'show',
      '--queue',
      queue,
      '--limit',
      '5',
      '--json',
      '--project',
      project,
      '--context',
      'away',
    ]);
    expect(code).toBe(0);
    const report = parseDocument<ShowReport & { warnings: string[] }>(stdout, 'dlq-show');
    expect(report.records.map(({ value }) => [value.format, value.schemaId])).toEqual([
      ['bytes', 1],
      ['bytes', 2],
    ]);
    expect(report.warnings).toEqual([expect.stringContaining('http://127.0.0.1:1 is not reachable')]);
  });
});

describe('dlq export and replay', () => {
  it('bring the same bytes back to where they came from, once', async () => {
    const [queue, target, file] = ['dlq-exact-dead', 'dlq-exact', folder.path('exact.jsonl')];
    await topics.create(queue, 2);
    await topics.create(target, 3);
    const big = Buffer.alloc(900_000, 0xfa);
    await topics.write(queue, [
      deadLetter(target, 2, 0, { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 1_600_000_000_123 }),
      deadLetter(target, 1, 1, {
        key: null,
        value: null,
        headers: [
          [Buffer.from([0xff]), null],
          [Buffer.from('a'), Buffer.from([0xc3])],
        ],
      }),
      deadLetter(target, 0, 2, { key: Buffer.alloc(0), value: Buffer.alloc(0) }),
      deadLetter(target, 0, 3, { key: Buffer.from('big'), value: big }),
      deadLetter(target, 9, 4, { key: Buffer.from('moved'), value: Buffer.from('m') }),
    ]);
    await topics.abort(queue, [deadLetter(target, 0, 5, { value: Buffer.from('aborted') })]);
    const report = await json<DlqExportReport>(['export', '--queue', queue, '--to', file], 'dlq-export');
    expect(report).toMatchObject({ queue, records: 5, deleted: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) parseDocument(line, 'dlq-record');

    const replayed = await json<ReplayReport>(['replay', '--from', file, '--yes'], 'dlq-replay');
    expect(replayed).toMatchObject({ queue, replayed: 5, repartitioned: 1, targets: [{ topic: target, records: 5 }] });
    const arrived = await topics.read(target);
    const own = ({ headers }: { headers: readonly (readonly [Buffer, Buffer | null])[] }) =>
      headers.filter(([name]) => name.toString() !== 'sluice.replayed');
    const find = (key: string) => arrived.find((one) => one.key?.toString() === key);
    expect(arrived).toHaveLength(5);
    expect(find('k')).toMatchObject({ partition: 2, timestamp: 1_600_000_000_123, value: Buffer.from('v') });
    expect(find('')).toMatchObject({ partition: 0, value: Buffer.alloc(0) });
    expect(find('big')?.value?.equals(big)).toBe(true);
    const tombstone = arrived.find(({ key }) => key === null);
    expect(tombstone).toMatchObject({ partition: 1, value: null });
    expect(own(tombstone as never)).toEqual([
      [Buffer.from([0xff]), null],
      [Buffer.from('a'), Buffer.from([0xc3])],
    ]);
    const mark =
      arrived
        .find(({ key }) => key?.toString() === 'k')
        ?.headers.at(-1)?.[1]
        ?.toString() ?? '';
    expect(Object.fromEntries(new URLSearchParams(mark))).toEqual({
      queue,
      partition: '0',
      offset: '0',
      run: replayed.run,
      attempt: '1',
    });

    // From the queue itself it is the same records.
    expect(await json<ReplayReport>(['replay', '--queue', queue, '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 0,
      skipped: { replayedBefore: 5 },
    });
    expect(await topics.read(target)).toHaveLength(5);
  });

  it('the sink writes what it can read by now', async () => {
    const dry = await json<ReplayReport>(['replay', SINK, '--cause', 'EOF', '--dry-run'], 'dlq-replay');
    expect(dry).toMatchObject({ dryRun: true, matching: 1, replayed: 1 });
    const lines = () => readFileSync(folder.path('out.txt'), 'utf8').split('\n');
    // The sink can read text now.
    const { 'value.converter': _json, ...text } = JSON_SINK;
    await client.putConfig(SINK, fileSink(folder.path('out.txt'), ORDERS, text));
    await eventually(
      () => client.status(SINK),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
    expect(await json<ReplayReport>(['replay', SINK, '--key', 'k1', '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 1,
    });
    await eventually(
      async () => lines(),
      (seen) => seen.includes('not json'),
      60_000,
    );
    expect(await json<ReplayReport>(['replay', SINK, '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 2,
      skipped: { replayedBefore: 1 },
    });
    await eventually(
      async () => lines(),
      (seen) => seen.includes('{"a":'),
      60_000,
    );
    expect(lines().filter((line) => line === 'not json')).toHaveLength(1);
    const { stdout } = await sluiceOnSandbox(['history', '--connector', SINK, '--verb', 'replay', '--json']);
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    expect(changes[0]).toMatchObject({
      verb: 'replay',
      exitCode: 0,
      connectors: [{ name: SINK, outcome: `replayed 2 to ${ORDERS}` }],
    });
  });

  it('leave what has no topic, and say so', async () => {
    const [queue, target] = ['dlq-lost-dead', 'dlq-lost'];
    await topics.create(queue);
    await topics.create(target);
    await topics.write(queue, [
      deadLetter(target, 0, 0, { value: Buffer.from('a') }),
      deadLetter('dlq-no-such-topic', 0, 0, { value: Buffer.from('b') }),
      { value: Buffer.from('c') },
    ]);
    const partial = await json<ReplayReport>(['replay', '--queue', queue, '--yes'], 'dlq-replay', 14);
    expect(partial).toMatchObject({
      replayed: 1,
      skipped: { noTopic: 1, missing: [{ topic: 'dlq-no-such-topic', records: 1 }] },
    });
    expect(await failure(['replay', '--queue', queue, '--to-topic', 'dlq-no-such-topic', '--yes'], 13)).toMatchObject({
      code: 'TOPIC_NOT_FOUND',
    });
    expect(
      await json<ReplayReport>(['replay', '--queue', queue, '--to-topic', target, '--yes'], 'dlq-replay'),
    ).toMatchObject({
      replayed: 2,
      skipped: { replayedBefore: 1 },
    });
    expect((await topics.read(target)).map(({ value }) => value?.toString())).toEqual(['a', 'b', 'c']);
  });

  it('keep the times of records that were queued months apart', async () => {
    const [queue, target] = ['dlq-old-dead', 'dlq-old'];
    await topics.create(queue);
    await topics.create(target, 1, { 'retention.ms': '-1' });
    const times = [Date.now(), Date.now() - 90 * 86_400_000, Date.now() - 10];
    await topics.write(
      queue,
      times.map((timestamp, n) => deadLetter(target, 0, n, { timestamp })),
    );
    expect(await json<ReplayReport>(['replay', '--queue', queue, '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 3,
    });
    for (const topic of [queue, target])
      expect((await topics.read(topic)).map(({ timestamp }) => timestamp)).toEqual(times);
  });

  it('do nothing without an answer, and refuse other files', async () => {
    expect(await failure(['replay', SINK], 2)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      hint: 'To confirm, pass --yes.',
    });
    const broken = folder.write('broken.jsonl', '{"schemaVersion":1}\n');
    expect(await failure(['replay', '--from', broken, '--yes'], 2)).toMatchObject({
      code: 'EXPORT_INVALID',
      message: expect.stringContaining('broken.jsonl, line 1 is not a record'),
    });
    const lines = readFileSync(folder.path('exact.jsonl'), 'utf8');
    const two = folder.path('two.jsonl');
    writeFileSync(two, `${lines}${lines.replaceAll(/"queueId":"[^"]+"/g, '"queueId":"other"')}`);
    expect(await failure(['replay', '--from', two, '--yes'], 2)).toMatchObject({
      code: 'EXPORT_INVALID',
      message: expect.stringMatching(/records of two queues named \S+, of two clusters/),
    });
    expect(await failure(['export', SINK, '--to', folder.path('no', 'such', 'folder')], 2)).toMatchObject({
      code: 'FILE_UNWRITABLE',
    });
  });

  it('want the name of a protected context', async () => {
    const [queue, target] = ['dlq-guarded-dead', 'dlq-guarded'];
    await topics.create(queue);
    await topics.create(target);
    await topics.write(queue, [deadLetter(target, 0, 0)]);
    const project = folder.write(
      'protected.yaml',
      `version: 1\ncontexts:\n  prod:\n    connect: ${sandbox.connectUrl}\n    protected: true\n    kafka:\n      bootstrapServers: ${sandbox.bootstrapServers}\n`,
    );
    const guarded = ['--queue', queue, '--project', project, '--context', 'prod'];
    for (const verb of [['replay'], ['purge', '--before', '0s', '--force']])
      expect(await failure([...verb, ...guarded, '--yes'], 2)).toMatchObject({ code: 'CONTEXT_PROTECTED' });
    expect(await topics.read(target)).toHaveLength(0);
    expect(await topics.read(queue)).toHaveLength(1);
    expect(await json<ReplayReport>(['replay', ...guarded, '--confirm', 'prod'], 'dlq-replay')).toMatchObject({
      replayed: 1,
    });
  });

  it('keep their times, however far apart these are', async () => {
    const [queue, target] = ['dlq-times-dead', 'dlq-times'];
    for (const name of [queue, target]) await topics.create(name, 1, { 'retention.ms': '-1' });
    const now = Date.now();
    const times = [0, 25, 30, 0, 60].map((days) => now - days * 86_400_000);
    await topics.write(
      queue,
      times.map((timestamp, n) => deadLetter(target, 0, n, { timestamp })),
    );
    expect(await json<ReplayReport>(['replay', '--queue', queue, '--yes'], 'dlq-replay')).toMatchObject({
      replayed: 5,
    });
    for (const name of [queue, target])
      expect((await topics.read(name)).map(({ timestamp }) => timestamp)).toEqual(times);
  });

  it('go no faster than --rate', async () => {
    const [queue, target] = ['dlq-slow-dead', 'dlq-slow'];
    await topics.create(queue);
    await topics.create(target);
    await topics.write(
      queue,
      Array.from({ length: 30 }, (_, n) => deadLetter(target, 0, n)),
    );
    const began = performance.now();
    expect(await json<ReplayReport>(['replay', '--queue', queue, '--rate', '10', '--yes'], 'dlq-replay')).toMatchObject(
      { replayed: 30 },
    );
    // At least: it never takes less, on any machine.
    expect(performance.now() - began).toBeGreaterThan(2900);
  });
});

describe('dlq purge', () => {
  it('deletes only what was replayed or exported, up to the first record that is new enough', async () => {
    const [queue, target, file] = ['dlq-purge-dead', 'dlq-purge', folder.path('purge.jsonl')];
    await topics.create(queue);
    await topics.create(target);
    const day = 86_400_000;
    await topics.write(
      queue,
      [5, 4, 3, 0].map((days, n) =>
        deadLetter(target, 0, n, { timestamp: Date.now() - days * day, value: Buffer.from(`${n}`) }),
      ),
    );
    expect(await failure(['purge', '--queue', queue, '--before', '2d', '--yes'], 2)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      details: { neither: 3 },
    });
    expect(
      await json<ReplayReport>(['replay', '--queue', queue, '--until', '4d', '--yes'], 'dlq-replay'),
    ).toMatchObject({ replayed: 2 });
    expect(await failure(['purge', '--queue', queue, '--before', '2d', '--yes'], 2)).toMatchObject({
      details: { neither: 1 },
    });
    await json(['export', '--queue', queue, '--to', file], 'dlq-export');
    const args = ['purge', '--queue', queue, '--before', '2d', '--exported', file];
    expect(await failure(args, 2)).toMatchObject({ code: 'CONFIRMATION_REQUIRED', hint: 'To confirm, pass --yes.' });
    expect(await json(['purge', ...args.slice(1), '--dry-run'], 'dlq-purge')).toMatchObject({
      dryRun: true,
      records: 3,
    });
    expect(await topics.read(queue)).toHaveLength(4);
    expect(await json([...args, '--yes'], 'dlq-purge')).toMatchObject({
      records: 3,
      partitions: [{ partition: 0, from: 0, to: 3 }],
    });
    expect((await topics.read(queue)).map(({ value }) => value?.toString())).toEqual(['3']);
    expect(await json(['purge', '--queue', queue, '--before', '0s', '--force', '--yes'], 'dlq-purge')).toMatchObject({
      dryRun: false,
    });
    expect(await topics.read(queue)).toEqual([]);
  });
});
