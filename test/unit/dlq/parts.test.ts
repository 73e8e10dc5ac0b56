import { isUtf8 } from 'node:buffer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { errorContext, originOf } from '../../../src/dlq/error-headers.ts';
import { parseExportLine } from '../../../src/dlq/export-line.ts';
import { ExportLines } from '../../../src/dlq/export-lines.ts';
import { compileFilter, type RecordFilter } from '../../../src/dlq/filter.ts';
import { CauseGroups } from '../../../src/dlq/groups.ts';
import { attemptsOf } from '../../../src/dlq/mark.ts';
import { CHUNK, OffsetSet } from '../../../src/dlq/offset-set.ts';
import { Pace } from '../../../src/dlq/pace.ts';
import { openQueue, queuesOf } from '../../../src/dlq/queues.ts';
import { Replayed } from '../../../src/dlq/replayed.ts';
import { fileSource } from '../../../src/dlq/sources.ts';
import type { KafkaRecord, RecordHeader } from '../../../src/ports/records.ts';
import { decodePlain } from '../../../src/records/decode.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

const header = (name: string, value: string | null): RecordHeader => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
];
const error = (name: string, value: string | null) => header(`__connect.errors.${name}`, value);
const record = (more: Partial<KafkaRecord> = {}): KafkaRecord => ({
  partition: 0,
  offset: 0,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
  ...more,
});

describe('error headers', () => {
  it('say where and why a record failed', () => {
    const trace =
      'org.apache.kafka.connect.errors.DataException: outer\n\tat a.b(C.java:1)\nCaused by: java.lang.IllegalArgumentException: password=geheim is wrong\n\tat d.e(F.java:2)\n\t... 3 more\n';
    const headers = [
      error('topic', 'orders'),
      error('partition', '2'),
      error('offset', '17'),
      error('connector.name', 'orders-sink'),
      error('task.id', '0'),
      error('stage', 'VALUE_CONVERTER'),
      error('class.name', 'x.JsonConverter'),
      error('exception.class.name', 'org.apache.kafka.connect.errors.DataException'),
      error('exception.message', 'outer'),
      error('exception.stacktrace', trace),
    ];
    expect(errorContext(headers)).toEqual({
      topic: 'orders',
      partition: 2,
      offset: 17,
      connector: 'orders-sink',
      task: 0,
      stage: 'VALUE_CONVERTER',
      stageMeaning: 'the value could not be read with value.converter',
      class: 'x.JsonConverter',
      cause: expect.stringMatching(/^IllegalArgumentException: password=\S+ is wrong$/),
    });
    expect(errorContext(headers).cause).not.toContain('geheim');
    expect(originOf(headers)).toEqual({ topic: 'orders', partition: 2, offset: 17 });
  });

  it('count the last of each name, and only valid numbers', () => {
    const headers = [
      error('topic', 'old'),
      error('partition', '1'),
      error('topic', 'new'),
      error('partition', 'x'),
      error('offset', null),
    ];
    expect(originOf(headers)).toEqual({ topic: 'new', partition: null, offset: null });
    expect(errorContext(headers)).toMatchObject({ topic: 'new', partition: null, offset: null });
  });

  it('are not needed', () => {
    const headers = [header('__connect.errors', 'x'), header('topic', 'y'), header('__connect_errors_topic', 'z')];
    expect(originOf(headers)).toEqual({ topic: null, partition: null, offset: null });
    expect(errorContext(headers).cause).toBeNull();
    const plain = [error('exception.class.name', 'a.B'), error('exception.message', 'no')];
    expect(errorContext(plain).cause).toBe('B: no');
  });
});

function exportLine(queue: string, queueId: string, ...records: KafkaRecord[]): string {
  const lines = new ExportLines(queue, queueId);
  for (const one of records) lines.add(one);
  return Buffer.from(lines.take()).toString();
}

describe('the mark of a replayed record', () => {
  it.each([
    [[], 0],
    [[header('sluice.replayed', 'queue=q&attempt=2')], 2],
    [[header('sluice.replayed', 'attempt=1'), header('sluice.replayed', 'run=r&attempt=4')], 4],
    [[header('sluice.replayed', 'nonsense')], 1],
    [[header('sluice.replayed', 'attempt=-3')], 1],
    [[header('sluice.replayed', null)], 1],
    [[header('sluice.replayer', '{"attempt":2}')], 0],
  ])('%# counts attempts', (headers, attempts) => {
    expect(attemptsOf(headers)).toBe(attempts);
  });
});

describe('a filter', () => {
  const decoder = {
    decode: async (bytes: Buffer | null) =>
      bytes === null ? { format: 'null' as const, value: null } : decodePlain(bytes),
  };
  const failed = record({
    timestamp: 1000,
    key: Buffer.from('{"schema":{"type":"struct"},"payload":{"id":42}}'),
    headers: [error('topic', 'shop.orders'), error('exception.message', 'Connection REFUSED')],
  });
  it.each<[RecordFilter, boolean]>([
    [{}, true],
    [{ cause: 'refused' }, true],
    [{ cause: 'timeout' }, false],
    [{ topic: 'shop.orders' }, true],
    [{ topic: 'shop.*' }, true],
    [{ topic: 'shop' }, false],
    [{ since: 1000 }, true],
    [{ since: 1001 }, false],
    [{ until: 1000 }, false],
    [{ until: 1001 }, true],
    [{ key: '42' }, true],
    [{ key: '{"id":42}' }, true],
    [{ key: '{"schema":{"type":"struct"},"payload":{"id":42}}' }, true],
    [{ key: '4' }, false],
    [{ key: '42', cause: 'timeout' }, false],
  ])('%j: %s', async (filter, wanted) => {
    expect(await compileFilter(filter, decoder)(failed)).toBe(wanted);
  });

  it('finds no key in a record without one', async () => {
    expect(await compileFilter({ key: 'null' }, decoder)(record())).toBe(true);
    expect(await compileFilter({ key: '' }, decoder)(record())).toBe(false);
  });
});

describe('groups of causes', () => {
  it('are the same for messages that differ in values, and count the rest', () => {
    const groups = new CauseGroups(2);
    const failed = (topic: string, message: string, timestamp: number, more: RecordHeader[] = []) =>
      groups.add(record({ timestamp, headers: [error('topic', topic), error('exception.message', message), ...more] }));
    failed('orders', 'row 17: value "a" is out of range for 3', 3000);
    failed('orders', 'row 4711: value "b" is out of range for 3', 1000, [header('sluice.replayed', '')]);
    failed('customers', 'row 1: value "a" is out of range for 3', 2000);
    failed('orders', 'something else', 2000);
    expect(groups.others).toBe(1);
    expect(groups.list()).toMatchObject([
      {
        topic: 'orders',
        count: 2,
        failedAgain: 1,
        first: '1970-01-01T00:00:01.000Z',
        last: '1970-01-01T00:00:03.000Z',
      },
      { topic: 'customers', count: 1 },
    ]);
  });
});

describe('a set of offsets', () => {
  const offsets = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: CHUNK - 5, max: CHUNK + 5 }), fc.nat(5 * CHUNK)));

  it('is one, and can be written down', () => {
    fc.assert(
      fc.property(offsets, fc.array(fc.nat(5 * CHUNK)), (added, asked) => {
        const set = new OffsetSet();
        const truth = new Set<number>();
        const chunks = new Set<number>();
        for (const offset of added) {
          const chunk = set.add(offset);
          expect(chunk === undefined).toBe(truth.has(offset));
          if (chunk !== undefined) chunks.add(chunk);
          truth.add(offset);
        }
        const copy = new OffsetSet();
        for (const chunk of chunks) copy.addRuns(chunk, set.runs(chunk));
        for (const offset of [...added, ...asked]) {
          expect(set.has(offset)).toBe(truth.has(offset));
          expect(copy.has(offset)).toBe(truth.has(offset));
        }
        expect(copy.size).toBe(truth.size);
      }),
      { numRuns: 50 },
    );
  });

  it.each([[[1.5]], [[-1, 1]], [[0, CHUNK + 1]]])('refuses %j', (runs) => {
    expect(() => new OffsetSet().addRuns(0, runs)).toThrow('not the runs');
  });
});

describe('what was replayed', () => {
  it('is read back from what was written, in any order of the chunks, for this queue only', () => {
    const place = fc.record({
      target: fc.constantFrom('a', 'b'),
      origin: fc.option(fc.constantFrom('orders', 'x y'), { nil: undefined }),
      partition: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(3 * CHUNK), fc.boolean())), (added) => {
        const replayed = new Replayed('queue');
        const log: { key: Buffer; value: Buffer; offset: number }[] = [];
        for (const [where, offset, write] of added) {
          replayed.add(where, offset);
          if (write) log.push(...replayed.changes().map((one) => ({ ...one, offset: 0 })));
        }
        log.push(...replayed.changes().map((one) => ({ ...one, offset: 0 })));
        const same = new Replayed('queue');
        const other = new Replayed('another');
        for (const one of log) {
          same.load(one);
          other.load(one);
        }
        for (const [where, offset] of added) {
          expect(same.has(where, offset)).toBe(true);
          expect(same.has({ ...where, target: 'c' }, offset)).toBe(false);
          expect(same.hasAny(where.partition, offset)).toBe(
            added.some(([of, at]) => of.origin === undefined && of.partition === where.partition && at === offset),
          );
          expect(other.has(where, offset)).toBe(false);
        }
        expect(same.changes().length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['[2,"queue","a",null,0,0]', '[0,1]'],
    ['nonsense', '[0,1]'],
    ['[1,"queue","a",null,0,0]', 'nonsense'],
    ['[1,"queue","a",null,0,0]', '[0,99999999]'],
  ])('is refused if it cannot be read: %s %s', (key, value) => {
    const load = () => new Replayed('queue').load({ key: Buffer.from(key), value: Buffer.from(value), offset: 5 });
    expect(load).toThrow(/cannot read what was replayed: sluice-dlq-replays at offset 5/);
  });
});

describe('a line of an export', () => {
  const bytes = fc
    .oneof(fc.constant(null), fc.uint8Array({ maxLength: 30 }), fc.string({ unit: 'binary' }))
    .map((one) => (one === null ? null : Buffer.from(one as string)));

  const any = fc.record({
    partition: fc.nat(),
    offset: fc.maxSafeNat(),
    timestamp: fc.maxSafeInteger(),
    key: bytes,
    value: bytes,
    headers: fc.array(
      fc.tuple(
        bytes.map((one) => one ?? Buffer.alloc(0)),
        bytes,
      ),
    ),
  });

  it('is read back byte for byte', () => {
    fc.assert(
      fc.property(any, (given) => {
        const line = exportLine('queue', 'id', given);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(parseExportLine(line, 'file, line 1')).toEqual({ queue: 'queue', queueId: 'id', record: given });
      }),
    );
  });

  it('is what JSON.stringify writes, whichever lines are before it', () => {
    const out = (of: Buffer | null) =>
      of === null ? null : isUtf8(of) ? { text: of.toString() } : { base64: of.toString('base64') };
    const names = ['a', 'a"', '\u0001ä'].map((name) => Buffer.from(name));
    const same = fc.array(fc.tuple(fc.constantFrom(...names), bytes), { maxLength: 4 });
    const many = fc.array(
      fc.tuple(any, same).map(([one, headers]) => ({ ...one, headers })),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(many, fc.string(), (records, queue) => {
        const expected = records.map(({ partition, offset, timestamp, key, value, headers }) =>
          JSON.stringify({
            schemaVersion: 1,
            queue,
            queueId: 'id',
            partition,
            offset,
            timestamp,
            key: out(key),
            value: out(value),
            headers: headers.map(([name, content]) => ({ name: out(name), value: out(content) })),
          }),
        );
        expect(exportLine(queue, 'id', ...records)).toBe(expected.map((line) => `${line}\n`).join(''));
      }),
    );
  });

  it('may be longer than all before', () => {
    const value = Buffer.alloc(3 * 1024 ** 2, 'a"\n');
    expect(
      parseExportLine(exportLine('q', 'i', record(), record({ value })).split('\n')[1] ?? '', 'file').record,
    ).toEqual(record({ value }));
  });

  const good = JSON.parse(exportLine('q', 'i', record({ key: Buffer.from('k') })));
  it.each([
    ['{', /line 3 is not a record of an export: it is not JSON/],
    ['[]', /schemaVersion is not 1/],
    ['null', /it is not an object/],
    [JSON.stringify({ ...good, schemaVersion: 2 }), /schemaVersion/],
    [JSON.stringify({ ...good, queueId: undefined }), /queueId/],
    [JSON.stringify({ ...good, offset: -1 }), /whole numbers/],
    [JSON.stringify({ ...good, timestamp: 1.5 }), /timestamp/],
    [JSON.stringify({ ...good, key: 'k' }), /key must be null/],
    [JSON.stringify({ ...good, value: { base64: '%%' } }), /value must be null/],
    [JSON.stringify({ ...good, value: { base64: '', text: '' } }), /value must be null/],
    [
      '{"schemaVersion":1,"queue":"q","queueId":"i","partition":0,"offset":0,"timestamp":0,"key":null,"value":{"text":"\\ud800"},"headers":[]}',
      /value must be null/,
    ],
    [JSON.stringify({ ...good, headers: [{ name: null, value: null }] }), /a header has no name/],
    [JSON.stringify({ ...good, headers: [null] }), /header's name/],
    [JSON.stringify({ ...good, headers: {} }), /headers must be a list/],
  ])('%# is refused if it is not one', (line, message) => {
    expect(() => parseExportLine(line, 'f.jsonl, line 3')).toThrow(message);
  });
});

describe('the pace of a replay', () => {
  it('waits so that no more records a second are sent', () => {
    let now = 1000;
    const clock = { now: () => new Date(now), sleep: async () => {} };
    const pace = new Pace(100, clock);
    expect(pace.most).toBe(20);
    expect(pace.waitAfter(20)).toBe(200);
    now += 200;
    expect(pace.waitAfter(20)).toBe(200);
    now += 1000;
    expect(pace.waitAfter(20)).toBe(0);
    expect(new Pace(2, clock).most).toBe(1);
    expect(new Pace(undefined, clock).waitAfter(1_000_000)).toBe(0);
  });
});

describe('the queues of sinks', () => {
  const connector = (
    name: string,
    config: Record<string, string>,
    type: 'sink' | 'source' = 'sink',
  ): ListedConnector => ({
    name,
    info: { name, config, tasks: [], type },
    status: null,
  });
  const queue = 'errors.deadletterqueue.topic.name';
  const GOOD = { 'errors.tolerance': 'all', [queue]: 'dlq', 'errors.deadletterqueue.context.headers.enable': 'true' };
  const kinds = (config: Record<string, string>, others: ListedConnector[] = []) =>
    queuesOf([connector('sink', config), ...others])[0]?.problems.map(({ kind }) => kind);

  it('come with what keeps records out of them', () => {
    expect(kinds(GOOD)).toEqual([]);
    expect(kinds({})).toEqual(['none']);
    expect(kinds({ 'errors.tolerance': 'all' })).toEqual(['dropped']);
    expect(kinds({ ...GOOD, 'errors.tolerance': 'none' })).toEqual(['not tolerated']);
    expect(kinds({ [queue]: 'dlq' })).toEqual(['not tolerated', 'no headers']);
    expect(kinds({ ...GOOD, 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector' })).toEqual([
      'refused rows missing',
    ]);
    expect(kinds({ ...GOOD, 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' })).toEqual([]);
    expect(kinds(GOOD, [connector('other', GOOD), connector('third', { ...GOOD, [queue]: 'own' })])).toEqual([
      'shared',
    ]);
  });

  it('come with the way past a record that the target refuses', () => {
    const trace = `X\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(W.java:1)\nCaused by: Y: Duplicate entry`;
    const tasks = [{ id: 0, state: 'FAILED' as const, worker_id: 'w', trace }];
    const status = {
      name: '-a',
      type: 'sink' as const,
      connector: { state: 'RUNNING' as const, worker_id: 'w' },
      tasks,
    };
    expect(queuesOf([{ ...connector('-a', GOOD), status }])[0]?.problems).toEqual([
      {
        kind: 'record refused',
        message: 'its target refuses a record, and it has stopped there. To go on: sluice dlq quarantine -- -a',
      },
    ]);
  });

  it('are only those of sinks', () => {
    expect(queuesOf([connector('source', {}, 'source'), connector('sink', GOOD)]).map(({ sink }) => sink)).toEqual([
      'sink',
    ]);
  });

  it('are opened with a warning if other sinks have the same one', async () => {
    const kafka = new MemoryKafka();
    kafka.create('dlq', 1);
    const warnings: string[] = [];
    const open = async (...others: ListedConnector[]) => {
      const sink = connector('sink', { ...GOOD, topics: 'orders' });
      const client = {
        get: async () => sink,
        listing: async () => ({ connectors: [sink, ...others], unreadable: [] }),
      };
      const logger = { debug: () => {}, warn: (message: string) => void warnings.push(message) };
      return openQueue({ sink: 'sink' }, client, { records: kafka, topics: async () => [], logger });
    };
    expect(await open()).toMatchObject({ topic: { name: 'dlq' }, fallback: 'orders' });
    expect(warnings).toEqual([]);
    await open(connector('other', GOOD));
    expect(warnings).toEqual(['the queue is also that of other; their records are included']);
  });

  it('of a file are reported if the cluster has another one', async () => {
    const kafka = new MemoryKafka();
    const topic = kafka.create('dlq', 1);
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-dlq-'));
    const file = path.join(folder, 'dlq.jsonl');
    const warnings: string[] = [];
    const logger = { debug: () => {}, warn: (message: string) => void warnings.push(message) };
    try {
      writeFileSync(file, exportLine('dlq', topic.id, record()));
      await fileSource(file, kafka, logger);
      expect(warnings).toEqual([]);
      const odd = ['a\u2028b', 'c\rd\ne', '', '\ufeff'].map((text, offset) =>
        record({ offset, value: Buffer.from(text) }),
      );
      writeFileSync(file, exportLine('dlq', topic.id, ...odd));
      const read: KafkaRecord[] = [];
      for await (const { records } of (await fileSource(file, kafka, logger)).chunks()) read.push(...records);
      expect(read).toEqual(odd);
      writeFileSync(file, exportLine('dlq', 'another', record()));
      await fileSource(file, kafka, logger);
      expect(warnings).toEqual([expect.stringContaining('an export of another dlq than this cluster has')]);
      writeFileSync(file, '');
      await expect(fileSource(file, kafka, logger)).rejects.toMatchObject({ code: 'EXPORT_INVALID' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
