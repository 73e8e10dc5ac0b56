import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { OffsetsReport } from '../../src/operate/offsets/change.ts';
import type { OffsetsBackupReport, OffsetsDiffReport, OffsetsGetReport } from '../../src/operate/offsets/read.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { createTopic, deleteRecords, deleteTopics, holdingProxy, joinGroup } from '../helpers/offsets-scene.ts';
import { type RunOptions, type RunResult, sluice as runSluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('offsets');
const [sink, source, other] = ['offsets-sink', 'offsets-source', 'offsets-other'];
const [topic, elsewhere] = ['offsets-orders', 'offsets-elsewhere'];
const MINUTE = 60_000;
const now = Date.now();

/** One record every ten minutes, the latest ten minutes ago. */
const times = (count: number) => Array.from({ length: count }, (_, at) => now - (count - at) * 10 * MINUTE);

const env = { SLUICE_STATE_DIR: folder.path('state') };

function sluice(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runSluice(args, { cwd: folder.path(), ...options, env: { ...env, ...options.env } });
}

const project = (context: string, connect: string, more = '') =>
  `version: 1
contexts:
  ${context}:
    connect: ${connect}
    kafka: { bootstrapServers: '${sandbox.bootstrapServers}' }
${more}`;

/** Changes offsets without waiting for tasks to keep running. */
async function change(args: readonly string[], options?: RunOptions) {
  const { code, stdout, stderr } = await sluice(['offsets', ...args, '--yes', '--stable', '200ms', '--json'], options);
  const report =
    stdout.startsWith('{') && !stdout.includes('"error": {\n    "code"')
      ? parseDocument<OffsetsReport>(stdout, 'offsets-change')
      : undefined;
  return { code, report, result: report?.results[0], stderr, stdout };
}

/** `0=10 1=4`: what the sink has committed. */
async function committed(name = sink): Promise<string> {
  const offsets = await client.offsets(name);
  return offsets
    .map(({ partition, offset }) => `${partition['kafka_partition']}=${offset?.['kafka_offset']}`)
    .sort()
    .join(' ');
}

const stateOf = async (name: string) => (await client.status(name))?.connector.state;

const kept = () => (existsSync(folder.path('state', 'offsets')) ? readdirSync(folder.path('state', 'offsets')) : []);

beforeAll(async () => {
  folder.write('sluice.yaml', `${project('dev', sandbox.connectUrl)}defaultContext: dev\n`);
  folder.write('in.txt', 'one\ntwo\nthree\n');
  await createTopic(topic, [times(10), times(4), []]);
  await deleteRecords(topic, 0, 1);
  await createTopic(elsewhere, [[now]]);
  await client.putConfig(sink, fileSink(folder.path('out.txt'), topic));
  await client.putConfig(source, fileSource(folder.path('in.txt'), 'offsets-lines'));
  await client.putConfig(other, fileSink(folder.path('other.txt'), elsewhere));
  await eventually(committed, (text) => text === '0=10 1=4 2=0');
  await eventually(
    () => client.offsets(source),
    (offsets) => offsets.length === 1,
  );
  await eventually(
    () => committed(other),
    (text) => text === '0=1',
  );
});

afterAll(async () => {
  // A new connector of its name would go on from there.
  await client.stop(source);
  await eventually(
    () => client.status(source),
    (status) => status?.connector.state === 'STOPPED' && status.tasks.length === 0,
  );
  await client.resetOffsets(source);
  for (const name of [sink, source, other, 'offsets-new']) await client.delete(name);
  await deleteTopics([topic, elsewhere, 'offsets-lines']);
  folder.remove();
});

describe('offsets get', () => {
  it('shows every partition of a sink with its range and lag, and the documents of a source', async () => {
    const { code, stdout } = await sluice(['offsets', 'get', sink, source, '--json']);
    expect(code).toBe(0);
    const { connectors } = parseDocument<OffsetsGetReport>(stdout, 'offsets-get');
    expect(connectors[0]).toMatchObject({ name: sink, type: 'sink', group: `connect-${sink}`, state: 'RUNNING' });
    expect(
      connectors[0]?.offsets.map(({ partition, offset, range, lag }) => [
        partition['kafka_partition'],
        offset,
        range,
        lag,
      ]),
    ).toEqual([
      [0, { kafka_offset: 10 }, { earliest: 1, end: 10 }, 0],
      [1, { kafka_offset: 4 }, { earliest: 0, end: 4 }, 0],
      [2, { kafka_offset: 0 }, { earliest: 0, end: 0 }, 0],
    ]);
    expect(connectors[1]).toMatchObject({
      type: 'source',
      offsets: [{ partition: { filename: folder.path('in.txt') }, offset: { position: 14 }, range: null, lag: null }],
    });
    const table = await sluice(['offsets', 'get', sink]);
    expect(table.stdout).toMatch(new RegExp(`${topic} +0 +10 +0 +1–10`));
  });

  it('shows those that are selected', async () => {
    const { code, stdout } = await sluice(['offsets', 'get', 'offsets-*', '--type', 'sink', '--json']);
    expect(code).toBe(0);
    const { connectors } = parseDocument<OffsetsGetReport>(stdout, 'offsets-get');
    expect(connectors.map(({ name }) => name)).toEqual([other, sink]);
  });

  it('suggests the nearest name, and never takes no name for all', async () => {
    const wrong = await sluice(['offsets', 'get', 'offsets-snk']);
    expect(wrong.code).toBe(13);
    expect(wrong.stdout).toContain(sink);
    const none = await sluice(['offsets', 'get']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('--all');
  });

  it('works without Kafka, and then shows neither range nor lag', async () => {
    const { stdout } = await sluice(['offsets', 'get', sink, '--json', '--connect-url', sandbox.connectUrl], {
      cwd: '/',
    });
    const { connectors } = parseDocument<OffsetsGetReport>(stdout, 'offsets-get');
    expect(connectors[0]?.offsets.map(({ range, lag }) => range ?? lag)).toEqual([null, null, null]);
  });
});

describe('offsets set of a paused sink', () => {
  beforeAll(async () => {
    await client.pause(sink);
    await eventually(
      () => client.status(sink),
      (status) => status?.tasks.every(({ state }) => state === 'PAUSED') === true,
    );
  });

  it.each([
    [['--to-earliest'], '0=1 1=0 2=0'],
    [['--to-latest'], '0=10 1=4 2=0'],
    [['--shift-by', '-3', '--topic', topic, '--partition', `${topic}:2=earliest`], '0=7 1=1 2=0'],
    [['--to-offset', '9', '--partition', `${topic}:0`], '0=9 1=1 2=0'],
    [['--to-time', '25m'], '0=8 1=2 2=0'],
    [['--to-time', new Date(now - 35 * MINUTE).toISOString()], '0=7 1=1 2=0'],
    [['--partition', `${topic}:0=4`, '--partition', `${topic}:1=latest`], '0=4 1=4 2=0'],
    [['--partition', `${topic}:0=+5`, '--to-earliest', '--partition', `${topic}:1`], '0=9 1=0 2=0'],
  ])('%j', async (flags, expected) => {
    const before = await committed();
    const dry = await sluice(['offsets', 'set', sink, ...flags, '--dry-run', '--json']);
    expect(dry.code).toBe(0);
    const planned = parseDocument<OffsetsReport>(dry.stdout, 'offsets-change');
    expect(planned).toMatchObject({ dryRun: true, results: [{ outcome: 'would be set', backup: null }] });
    expect(await committed()).toBe(before);

    const { code, result } = await change(['set', sink, ...flags]);
    expect(code).toBe(0);
    expect(result).toMatchObject({ outcome: 'set', state: 'paused again', error: null });
    expect(result?.changes).toEqual(planned.results[0]?.changes);
    expect(await committed()).toBe(expected);
    expect(await stateOf(sink)).toBe('PAUSED');
    // All offsets from before, for their owner only.
    expect(statSync(result?.backup ?? '').mode & 0o777).toBe(0o600);
    const { connectors } = JSON.parse(readFileSync(result?.backup ?? '', 'utf8')) as {
      connectors: { offsets: { partition: object; offset: { kafka_offset: number } }[] }[];
    };
    const saved = connectors[0]?.offsets.map(
      ({ partition, offset }) => `${(partition as { kafka_partition: number }).kafka_partition}=${offset.kafka_offset}`,
    );
    expect(saved?.sort().join(' ')).toBe(before);
  });

  it('that are so already changes nothing and stops nothing', async () => {
    const before = kept().length;
    const { code, result } = await change(['set', sink, '--partition', `${topic}:0=9`]);
    expect(code).toBe(0);
    expect(result).toMatchObject({ outcome: 'nothing to change', backup: null, state: null });
    expect(kept()).toHaveLength(before);
  });

  const refused: readonly [string, readonly string[], string][] = [
    ['an offset out of the range', ['--partition', `${topic}:0=11`], '11 is out of its range, 1 to 10'],
    [
      'a huge offset',
      ['--to-offset', '9223372036854775807', '--partition', `${topic}:0`],
      '9223372036854775807 is out of its range',
    ],
    ['one offset for several partitions', ['--to-offset', '1'], 'an offset belongs to one partition, and 3 are chosen'],
    ['a topic that it does not read', ['--to-latest', '--topic', elsewhere], `does not read the topic "${elsewhere}"`],
    ['a misspelt topic', ['--to-latest', '--topic', 'offsets-order'], `did you mean ${topic}?`],
    ['a partition that does not exist', ['--partition', `${topic}:3=0`], 'has no partition 3: it has 0 to 2'],
    ['documents of a source', ['--source-partition', '{"a":1}', '--source-offset', '{"b":1}'], 'is a sink'],
  ];
  it.each(refused)('is refused for %s', async (_what, flags, message) => {
    const before = await committed();
    const backups = kept().length;
    const { code, result } = await change(['set', sink, ...flags]);
    expect(code).toBe(2);
    expect(result?.error).toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringContaining(message) });
    expect(await committed()).toBe(before);
    expect(await stateOf(sink)).toBe('PAUSED');
    expect(kept()).toHaveLength(backups);
  });

  const mistyped: readonly [readonly string[], string][] = [
    [['--to-offset', '99999999999999999999'], 'larger than any offset'],
    [['--to-offset', 'ten'], 'not an offset'],
    [['--to-time', '2026-11-30'], 'does not say which moment'],
    [['--to-time', '2026-11-30T08:00:00'], 'does not say which moment'],
    [['--to-time', '2999-01-01T00:00:00Z'], 'in the future'],
    [['--partition', `${topic}=3`], 'not a valid --partition'],
    [['--partition', `${topic}:0=soon`], 'not a place in a topic'],
    [['--source-partition', '{"a":1}'], 'needs one --source-offset'],
    [['--source-partition', '[1]', '--source-offset', '{}'], 'is not an object'],
    [['--source-partition', '{a:1}', '--source-offset', '{}'], 'is not JSON'],
    [['--to-earliest', '--to-latest'], 'exclude each other'],
    [[], 'set the offsets to what?'],
  ];
  it.each(mistyped)('says what is wrong with %j', async (flags, message) => {
    const { code, stderr } = await sluice(['offsets', 'set', sink, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('asks, and without a terminal names the flag', async () => {
    const before = await committed();
    const { code, stderr } = await sluice(['offsets', 'set', sink, '--to-earliest']);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(await committed()).toBe(before);
  });

  it('needs the name of a protected context', async () => {
    const folder_ = path.join(folder.path(), 'protected');
    mkdirSync(folder_, { recursive: true });
    const more = '    protected: true\n';
    folder.write('protected/sluice.yaml', project('prod', sandbox.connectUrl, more));
    const run = (args: string[]) =>
      runSluice(['offsets', 'set', sink, '--to-earliest', '--yes', '--stable', '200ms', '--context', 'prod', ...args], {
        cwd: folder_,
        env,
      });
    const before = await committed();
    expect((await run([])).stderr).toContain('--confirm prod');
    expect(await committed()).toBe(before);
    expect((await run(['--dry-run'])).code).toBe(0);
    expect((await run(['--confirm', 'prod'])).code).toBe(0);
    expect(await committed()).toBe('0=1 1=0 2=0');
  });

  it('needs Kafka for the ranges', async () => {
    const { code, stdout } = await sluice(
      ['offsets', 'set', sink, '--to-latest', '--yes', '--connect-url', sandbox.connectUrl],
      { cwd: '/' },
    );
    expect(code).toBe(2);
    expect(stdout).toContain('kafka.bootstrapServers');
  });

  it('tries every connector, and has a result for each', async () => {
    const { code, report } = await change(['set', 'offsets-snk', sink, source, '--to-latest']);
    expect(code).toBe(14);
    expect(report?.results.map(({ name, outcome, error }) => [name, outcome, error?.code])).toEqual([
      ['offsets-snk', null, 'CONNECTOR_NOT_FOUND'],
      [sink, 'set', undefined],
      [source, null, 'REQUEST_INVALID'],
    ]);
  });

  it('is in the history, with what was refused', async () => {
    const { stdout } = await sluice(['history', '--verb', 'offsets', '--connector', sink, '--limit', '1', '--json']);
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    expect(changes[0]).toMatchObject({ verb: 'offsets', context: 'dev', exitCode: 14 });
    expect(changes[0]?.connectors.map(({ name, outcome, error }) => [name, outcome, error])).toEqual([
      ['offsets-snk', 'failed', 'CONNECTOR_NOT_FOUND'],
      [sink, 'set', null],
      [source, 'failed', 'REQUEST_INVALID'],
    ]);
  });
});

describe('offsets set', () => {
  it('lets a running sink read again, and it runs afterwards', async () => {
    await client.resume(sink);
    await eventually(committed, (text) => text.startsWith('0=10 1=4'));
    const lines = () => readFileSync(folder.path('out.txt'), 'utf8').split('\n').length;
    const before = lines();
    const { code, result } = await change(['set', sink, '--to-earliest', '--topic', topic]);
    expect(code).toBe(0);
    expect(result).toMatchObject({ state: 'running again', tasks: { running: 1, total: 1 } });
    await eventually(
      async () => lines(),
      (count) => count === before + 13,
    );
  });

  it('leaves a stopped sink stopped', async () => {
    expect((await sluice(['stop', sink])).code).toBe(0);
    expect((await change(['set', sink, '--shift-by=-1', '--partition', `${topic}:0`])).result).toMatchObject({
      state: 'stopped as before',
    });
    expect(await stateOf(sink)).toBe('STOPPED');
    expect(await committed()).toMatch(/^0=9/);
  });

  it('is refused while somebody else is in the group', async () => {
    const leave = await joinGroup(`connect-${sink}`, topic);
    try {
      const { code, result } = await change(['set', sink, '--to-earliest']);
      expect(code).toBe(13);
      expect(result?.error).toMatchObject({
        code: 'GROUP_ACTIVE',
        message: expect.stringContaining('1 consumer is still in its group'),
      });
      expect(await committed()).toMatch(/^0=9/);
      // Found only once it is stopped: it runs again.
      await client.resume(sink);
      const running = await change(['set', sink, '--to-earliest', '--timeout', '10s']);
      expect(running.result?.error).toMatchObject({
        code: 'GROUP_ACTIVE',
        message: expect.stringContaining('was resumed'),
      });
    } finally {
      await leave();
    }
    expect((await sluice(['offsets', 'recover', sink])).stdout).toContain('nothing to recover');
    await eventually(
      () => stateOf(sink),
      (state) => state === 'RUNNING',
    );
  });

  it('of a source replaces its documents, with every digit', async () => {
    const partition = JSON.stringify({ filename: folder.path('in.txt') });
    expect((await sluice(['stop', source])).code).toBe(0);
    const set = (offset: string, ...more: string[]) =>
      change(['set', source, '--source-partition', partition, '--source-offset', offset, ...more]);
    expect((await set('{"position":9223372036854775807}')).result).toMatchObject({ outcome: 'set', error: null });
    const shown = await sluice(['offsets', 'get', source, '--json']);
    expect(shown.stdout).toContain('"position": 9223372036854775807');
    expect((await client.offsets(source)).map(({ offset }) => JSON.stringify(offset))).toEqual([
      '{"position":9223372036854775807}',
    ]);

    folder.write('offsets.json', `{"offsets":[{"partition":${partition},"offset":{"position":4}}]}`);
    expect((await change(['set', source, '--source-file', folder.path('offsets.json')])).code).toBe(0);
    expect((await client.offsets(source))[0]?.offset).toEqual({ position: 4 });

    const unknown = await change([
      'set',
      source,
      '--source-partition',
      '{"filename":"/other"}',
      '--source-offset',
      '{"position":1}',
    ]);
    expect(unknown.code).toBe(2);
    expect(unknown.result?.error?.message).toContain('has no offset of the source partition {"filename":"/other"}');
    expect(
      (
        await change([
          'set',
          source,
          '--source-partition',
          '{"filename":"/other"}',
          '--source-offset',
          '{"position":1}',
          '--add',
        ])
      ).code,
    ).toBe(0);
    expect(await client.offsets(source)).toHaveLength(2);
    expect((await set('null')).code).toBe(0);
    expect(await client.offsets(source)).toHaveLength(1);
    expect((await change(['set', source, '--to-latest'])).result?.error?.message).toContain('is a source');
  });

  it('that the connector refuses changes nothing, and the connector runs again', async () => {
    await client.resume(source);
    await eventually(
      () => client.status(source),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
    const partition = JSON.stringify({ filename: '/other' });
    const { code, result } = await change([
      'set',
      source,
      '--source-partition',
      partition,
      '--source-offset',
      '{"position":"x"}',
    ]);
    expect(code).toBe(13);
    expect(result?.error).toMatchObject({
      code: 'CONNECT_REJECTED',
      message: expect.stringMatching(
        /expected to be a Long value; nothing was changed, and "offsets-source" was resumed/,
      ),
    });
    await eventually(
      () => client.status(source),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
  });
});

describe('offsets reset', () => {
  it('of a partition, and of all', async () => {
    expect((await sluice(['stop', sink, source, '--yes'])).code).toBe(0);
    expect((await change(['set', sink, '--to-latest'])).code).toBe(0);
    expect((await change(['reset', sink, '--partition', `${topic}:1`])).result).toMatchObject({
      outcome: 'reset',
      error: null,
    });
    expect(await committed()).toBe('0=10 2=0');
    const all = await change(['reset', sink, source]);
    expect(all.code).toBe(0);
    expect(await committed()).toBe('');
    expect((await client.offsets(source)).filter(({ offset }) => offset !== null)).toEqual([]);
    expect((await change(['reset', sink])).result?.outcome).toBe('nothing to change');
    const none = await change(['reset', sink, '--topic', topic]);
    expect(none.code).toBe(2);
    expect(none.result?.error?.message).toContain(`no committed offset of "${topic}" to reset`);
    expect((await sluice(['offsets', 'reset', sink, '--partition', `${topic}:0=3`])).stderr).toContain(
      'a reset removes the offset',
    );
    const undone = await change(['restore', source, '--backup', all.report?.results[1]?.backup ?? '']);
    expect(undone.code).toBe(0);
  });
});

describe('offsets backup, diff and restore', () => {
  const file = folder.path('backup.json');
  let edits = 0;
  const edited = (edit: (text: string) => string) => {
    edits += 1;
    return folder.write(`edited-${edits}.json`, edit(readFileSync(file, 'utf8')));
  };

  beforeAll(async () => {
    await sluice(['stop', sink, source, other, '--yes']);
    await change(['reset', sink]);
    await change(['set', sink, '--partition', `${topic}:0=5`, '--partition', `${topic}:1=2`]);
  });

  it('keep, compare and bring back the offsets of several connectors', async () => {
    const saved = await sluice(['offsets', 'backup', sink, source, '--save', file, '--json']);
    expect(saved.code).toBe(0);
    expect(parseDocument<OffsetsBackupReport>(saved.stdout, 'offsets-backup')).toMatchObject({
      file,
      results: [
        { name: sink, type: 'sink', partitions: 2 },
        { name: source, type: 'source' },
      ],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await sluice(['offsets', 'diff', '--all', '--backup', file])).code).toBe(0);

    await change(['set', sink, '--to-latest']);
    const diff = await sluice(['offsets', 'diff', '--all', '--backup', file, '--json']);
    expect(diff.code).toBe(10);
    const { results } = parseDocument<OffsetsDiffReport>(diff.stdout, 'offsets-diff');
    expect(results.map(({ name, differences }) => [name, differences.length])).toEqual([
      [sink, 3],
      [source, 0],
    ]);
    expect(results[0]?.differences[0]).toMatchObject({ before: { kafka_offset: 5 }, after: { kafka_offset: 10 } });

    const restored = await change(['restore', sink, '--backup', file]);
    expect(restored.code).toBe(0);
    // A partition that the file does not have is reset.
    expect(await committed()).toBe('0=5 1=2');
    expect((await sluice(['offsets', 'diff', '--all', '--backup', file])).code).toBe(0);
  });

  it('do not replace a file unless asked to', async () => {
    const again = await sluice(['offsets', 'backup', sink, '--save', file]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('already exists');
    const copy = folder.path('copy.json');
    folder.write('copy.json', 'mine');
    expect((await sluice(['offsets', 'backup', sink, '--save', copy, '--force'])).code).toBe(0);
    expect(JSON.parse(readFileSync(copy, 'utf8'))).toMatchObject({ kind: 'sluice offsets backup' });
  });

  it('refuse what is of another connector, class or cluster, unless forced', async () => {
    const before = await committed();
    const cluster = edited((text) => text.replace(/"cluster": "[^"]*"/, '"cluster": "elsewhere"'));
    const refused = await change(['restore', sink, '--backup', cluster]);
    expect(refused.code).toBe(2);
    expect(refused.result?.error).toMatchObject({
      code: 'BACKUP_MISMATCHED',
      message: expect.stringContaining('of the Kafka cluster elsewhere'),
    });
    expect((await sluice(['offsets', 'diff', sink, '--backup', cluster])).code).toBe(10);
    const type = edited((text) => text.replace('FileStreamSinkConnector', 'AnotherSinkConnector'));
    expect((await change(['restore', sink, '--backup', type])).result?.error?.message).toContain(
      'its class is org.apache.kafka.connect.file.AnotherSinkConnector',
    );
    const name = await change(['restore', other, '--backup', file]);
    expect(name.result?.error).toMatchObject({
      code: 'BACKUP_MISMATCHED',
      message: expect.stringContaining(`no connector "${other}"`),
    });
    const kind = await change(['restore', sink, '--backup', file, '--of', source, '--force']);
    expect(kind.result?.error?.message).toContain('the backup has the offsets of a source');
    expect(await committed()).toBe(before);
    expect((await change(['restore', sink, '--backup', cluster, '--force'])).result?.notes.join()).toContain(
      'of the Kafka cluster elsewhere',
    );
  });

  it('refuse offsets that the topics do not have', async () => {
    const beyond = edited((text) => text.replace('"kafka_offset": 5', '"kafka_offset": 500'));
    const { code, result } = await change(['restore', sink, '--backup', beyond, '--force']);
    expect(code).toBe(2);
    expect(result?.error?.message).toContain(`${topic}:0: 500 is out of its range, 1 to 10`);
    const forced = await change(['restore', other, '--backup', file, '--of', sink, '--force']);
    expect(forced.result?.error?.message).toContain('does not read partition 0 of the topic');
  });

  const hostile: readonly [string, (text: string) => string][] = [
    ['empty', () => ''],
    ['no JSON', () => 'password=hunter22'],
    ['truncated', (text) => text.slice(0, -20)],
    ['a list', () => '[]'],
    ['another document', () => '{"kind":"sluice plan","version":1}'],
    ['of another version', (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 2')],
    ['with a connector twice', (text) => text.replace(`"name": "${source}"`, `"name": "${sink}"`)],
    ['with a number as a partition', (text) => text.replace(/"partition": \{[^}]*\}/, '"partition": 7')],
    ['with a key that it does not have', (text) => text.replace('"kind"', '"__proto__": {"polluted": true}, "kind"')],
  ];
  it.each(hostile)('say that a file is not a backup: %s', async (_what, damage) => {
    const { code, stderr } = await sluice(['offsets', 'restore', sink, '--backup', edited(damage), '--yes']);
    expect(code).toBe(2);
    expect(stderr).toContain('BACKUP_INVALID');
    expect(stderr).not.toContain('hunter22');
  });

  it('take partitions of any key, such as __proto__, as they are', async () => {
    const odd = edited((text) => text.replace(/"kafka_topic": "[^"]*"/, '"__proto__": {"kafka_topic": "x"}'));
    const { code, result } = await change(['restore', sink, '--backup', odd]);
    expect(code).not.toBe(0);
    expect(result?.error).not.toBeNull();
    expect(await committed()).toBe('0=5 1=2');
  });

  it('say that a file cannot be read', async () => {
    expect((await sluice(['offsets', 'diff', '--all', '--backup', folder.path('none.json')])).stderr).toContain(
      'cannot read',
    );
    expect((await sluice(['offsets', 'diff', '--all', '--backup', folder.path()])).stderr).toContain('it is a folder');
  });
});

describe('a change that is interrupted', () => {
  type Holds = (method: string, path: string) => boolean;
  const atChange: Holds = (method) => method === 'PATCH';
  /** Once it has been told to stop. */
  const whileStopping = (): Holds => {
    let stops = false;
    return (method, where) => {
      stops ||= method === 'PUT' && where.endsWith('/stop');
      return stops && method === 'GET' && where.endsWith('/status');
    };
  };

  /** Begins to set a sink to the earliest offsets, and ends it once a call has come to the worker that never answers. */
  async function interrupt(signal: NodeJS.Signals, holds: Holds, name = sink): Promise<RunResult> {
    // What is written to the file is committed a moment later.
    const end = name === sink ? '0=10 1=4' : '0=1';
    await eventually(
      () => committed(name),
      (text) => text.startsWith(end),
    );
    const proxy = await holdingProxy(holds);
    try {
      const at = folder.path('held');
      mkdirSync(at, { recursive: true });
      folder.write('held/sluice.yaml', project('dev', proxy.url));
      const args = ['offsets', 'set', name, '--to-earliest', '--yes', '--context', 'dev'];
      const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
        cwd: at,
        env: { ...process.env, ...env, SLUICE_CONTEXT: undefined },
      });
      let stderr = '';
      child.stderr.on('data', (text) => {
        stderr += text;
      });
      const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
      await Promise.race([proxy.held, closed]);
      child.kill(signal);
      // A write in progress is not aborted: it ends with the connection.
      if (signal !== 'SIGKILL') await proxy.stop();
      return { code: await closed, signal, stdout: '', stderr };
    } finally {
      await proxy.stop();
    }
  }

  const lines = () => readFileSync(folder.path('out.txt'), 'utf8').split('\n').length;

  beforeAll(async () => {
    await sluice(['resume', sink, '--stable', '0s']);
    await eventually(committed, (text) => text.startsWith('0=10 1=4'));
  });

  it('by kill -9 is noticed by status and by the next change, and undone', async () => {
    const { code } = await interrupt('SIGKILL', atChange);
    expect(code).toBeNull();
    expect(await stateOf(sink)).toBe('STOPPED');
    const status = await sluice(['status', sink, '--json']);
    expect(status.stderr).toMatch(new RegExp(`began to set the offsets of "${sink}".*sluice offsets recover ${sink}`));
    expect((JSON.parse(status.stdout) as { warnings: string[] }).warnings).toHaveLength(1);
    const next = await change(['set', sink, '--to-latest']);
    expect(next.code).toBe(13);
    expect(next.result?.error).toMatchObject({
      code: 'OPERATION_UNFINISHED',
      hint: expect.stringContaining(`offsets recover ${sink}`),
    });

    const dry = await sluice(['offsets', 'recover', sink, '--dry-run', '--json']);
    expect(parseDocument(dry.stdout, 'offsets-change')).toMatchObject({ results: [{ outcome: 'would be undone' }] });
    const recovered = await change(['recover', sink]);
    expect(recovered.code).toBe(0);
    expect(recovered.result).toMatchObject({ outcome: 'undone', state: 'running again' });
    expect(await committed()).toMatch(/^0=10 1=4/);
    expect((await sluice(['status', sink])).stderr).not.toContain('recover');
    expect((await change(['recover', sink])).result?.outcome).toBe('nothing to recover');
  });

  it('while the connector stops is undone, and its state comes back', async () => {
    await interrupt('SIGKILL', whileStopping());
    expect((await change(['recover', sink])).result).toMatchObject({ outcome: 'undone', state: 'running again' });
    expect(await committed()).toMatch(/^0=10 1=4/);
  });

  it('can be finished', async () => {
    await interrupt('SIGKILL', atChange);
    const before = lines();
    const { result } = await change(['recover', sink, '--finish']);
    expect(result).toMatchObject({ outcome: 'finished', state: 'running again' });
    await eventually(
      async () => lines(),
      (count) => count === before + 13,
    );
  });

  it.each([
    ['SIGTERM', 143, atChange],
    ['SIGINT', 130, whileStopping()],
  ] as const)('by %s says how to go on', async (signal, expected, holds) => {
    const { code, stderr } = await interrupt(signal, holds);
    expect(code).toBe(expected);
    expect(stderr).toContain(`Finish or undo what was begun: sluice offsets recover --context dev ${sink}`);
    expect((await change(['recover', sink, '--undo'])).code).toBe(0);
    expect(await stateOf(sink)).toBe('RUNNING');
    expect(await committed()).toMatch(/^0=10 1=4/);
  });

  it('and then changed by somebody else is overwritten only when asked to', async () => {
    await interrupt('SIGKILL', atChange);
    const partition = { kafka_topic: topic, kafka_partition: 0 };
    await client.alterOffsets(sink, [{ partition, offset: { kafka_offset: 3 } }]);
    const refused = await change(['recover', sink]);
    expect(refused.code).toBe(13);
    expect(refused.result?.error).toMatchObject({ code: 'CONNECTOR_CHANGED', hint: expect.stringContaining('--undo') });
    expect(await committed()).toMatch(/^0=3/);
    expect((await change(['recover', sink, '--keep'])).result?.outcome).toBe('left as it is');
    expect(await committed()).toMatch(/^0=3/);
    expect(await stateOf(sink)).toBe('STOPPED');
  });

  it('of a connector that is deleted then can only be forgotten', async () => {
    const name = 'offsets-new';
    await client.putConfig(name, fileSink(folder.path('new.txt'), elsewhere));
    await eventually(
      () => committed(name),
      (text) => text === '0=1',
    );
    await interrupt('SIGKILL', atChange, name);
    await client.delete(name);
    expect((await change(['recover', name])).result?.error?.message).toContain('does not exist any more');
    expect((await change(['recover', name, '--keep'])).code).toBe(0);
    expect((await change(['recover', name])).result?.error?.code).toBe('CONNECTOR_NOT_FOUND');
  });
});
