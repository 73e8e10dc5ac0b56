import { describe, expect, it } from 'vitest';
import {
  offsetsInFile,
  sinkRequest,
  sinkSelection,
  sourceOffsets,
  sourcePartitions,
} from '../../../src/cli/offset-args.ts';
import type { SluiceError } from '../../../src/errors/error.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect((error as SluiceError).code).toBe('USAGE');
    return `${(error as SluiceError).message} | ${(error as SluiceError).hint}`;
  }
  throw new Error('it was accepted');
}

describe('where to', () => {
  it.each([
    [{ 'to-earliest': true }, { kind: 'earliest' }],
    [{ 'to-latest': true }, { kind: 'latest' }],
    [{ 'to-offset': '0' }, { kind: 'offset', offset: 0n }],
    [{ 'to-offset': '9223372036854775807' }, { kind: 'offset', offset: 9223372036854775807n }],
    [{ 'shift-by': '+5' }, { kind: 'shift', by: 5n }],
    [{ 'shift-by': '5' }, { kind: 'shift', by: 5n }],
    [{ 'shift-by': '-5' }, { kind: 'shift', by: -5n }],
    [{ 'to-time': '2h' }, { kind: 'time', at: NOW - 7_200_000 }],
    [{ 'to-time': '7d' }, { kind: 'time', at: NOW - 7 * 86_400_000 }],
    [{ 'to-time': '2026-11-30T08:00:00Z' }, { kind: 'time', at: NOW - 4 * 3_600_000 }],
    [{ 'to-time': '2026-11-30T08:00+01:00' }, { kind: 'time', at: NOW - 5 * 3_600_000 }],
  ])('%j', (flags, where) => {
    expect(sinkRequest(flags, NOW)).toEqual({ where, topics: [], partitions: [] });
  });

  it.each([
    [{ 'to-offset': '-1' }, 'is not an offset'],
    [{ 'to-offset': '1e3' }, 'is not an offset'],
    [{ 'to-offset': '9223372036854775808' }, 'larger than any offset'],
    [{ 'to-offset': '9'.repeat(500) }, 'larger than any offset'],
    [{ 'shift-by': '1.5' }, 'is not a number of records'],
    [{ 'to-time': '1' }, 'is not a valid time'],
    [{ 'to-time': '2026-11-30T08:00:00' }, 'does not say which moment'],
    [{ 'to-time': '2026-13-30T08:00:00Z' }, 'is not a date'],
    [{ 'to-time': '2026-02-30T08:00:00Z' }, 'is not a date'],
    [{ 'to-time': '2026-04-31T08:00:00+01:00' }, 'is not a date'],
    [{ 'to-time': '2026-11-30T12:00:01Z' }, 'is in the future'],
  ])('not %j', (flags, message) => {
    expect(refusal(() => sinkRequest(flags, NOW))).toContain(message);
  });
});

describe('partitions', () => {
  const places = [
    ['orders:0', undefined],
    ['orders:0=earliest', { kind: 'earliest' }],
    ['orders:0=42', { kind: 'offset', offset: 42n }],
    ['orders:0=-3', { kind: 'shift', by: -3n }],
    ['orders:0=1h', { kind: 'time', at: NOW - 3_600_000 }],
    ['orders:0=2026-11-30T08:00:00Z', { kind: 'time', at: NOW - 4 * 3_600_000 }],
  ] as const;
  it.each(places)('%s', (text, where) => {
    const expected = { topic: 'orders', partition: 0, ...(where === undefined ? {} : { where }) };
    expect(sinkRequest({ partition: [text] }, NOW)?.partitions).toEqual([expected]);
  });

  it.each(['orders', 'orders:', ':0', 'orders:x', 'orders:0:1', 'or ders:0', 'orders:-1', 'orders:9999999999'])(
    'not %j',
    (text) => {
      expect(refusal(() => sinkRequest({ partition: [text] }, NOW))).toContain('is not a valid --partition');
    },
  );

  it.each([[['orders:0=1', 'orders:0=2']], [['orders:0=1', 'orders:1=1', 'orders:00']]])(
    '%j have one twice',
    (partition) => {
      expect(refusal(() => sinkRequest({ partition }, NOW))).toContain('--partition names orders:0 twice');
    },
  );

  it('have no place in a reset', () => {
    expect(sinkSelection({ topic: ['a'], partition: ['b:1'] })).toMatchObject({
      topics: ['a'],
      partitions: [{ topic: 'b' }],
    });
    expect(sinkSelection({})).toBeUndefined();
    expect(refusal(() => sinkSelection({ partition: ['b:1=latest'] }))).toContain('sluice offsets set');
  });
});

describe('offsets of a source', () => {
  it('are pairs of JSON, with every digit', () => {
    const given = sourceOffsets({
      'source-partition': ['{"a":1}'],
      'source-offset': ['{"lsn":9223372036854775807,"at":1.0}'],
    });
    expect(JSON.stringify(given)).toBe('[{"partition":{"a":1},"offset":{"lsn":9223372036854775807,"at":1.0}}]');
    expect(sourceOffsets({ 'source-partition': ['{}'], 'source-offset': ['null'] })).toEqual([
      { partition: {}, offset: null },
    ]);
    expect(sourcePartitions(['{"a":1}'])).toEqual([{ partition: { a: 1 }, offset: null }]);
    expect([sourceOffsets({}), sourcePartitions(undefined)]).toEqual([undefined, undefined]);
  });

  it.each([
    [['{"a":1}'], undefined, 'needs one --source-offset'],
    [['{"a":1}'], ['{}', '{}'], 'needs one --source-offset'],
    [['{"a":1'], ['{}'], '--source-partition is not JSON'],
    [['12345678901234567890'], ['{}'], '--source-partition is not an object'],
    [['{}'], ['[]'], '--source-offset is not an object'],
    [['{"a":1,"a":2}'], ['{}'], '--source-partition has a key twice'],
    [['{}'], ['{"lsn":1,"at":{"b":1},"lsn":2}'], '--source-offset has a key twice'],
    [['{}'], ['password=hunter22'], '--source-offset is not JSON'],
  ])('not %j with %j', (partitions, offsets, message) => {
    const text = refusal(() => sourceOffsets({ 'source-partition': partitions, 'source-offset': offsets }));
    expect(text).toContain(message);
    expect(text).not.toContain('hunter22');
  });

  it.each([
    ['[{"partition":{"a":1},"offset":{"b":2}}]', 1],
    ['{"offsets":[{"partition":{"a":1},"offset":null},{"partition":{"a":2},"offset":{}}]}', 2],
  ])('from a file: %s', (text, count) => {
    expect(offsetsInFile(text, 'f.json')).toHaveLength(count);
  });

  it('takes the same key of two objects, and quotes in names, for no key twice', () => {
    for (const text of ['[{"partition":{"a\\"":{"a":1}},"offset":{"a":"\\u0022","b":1}}]'])
      expect(offsetsInFile(text, 'f.json')).toHaveLength(1);
    expect(refusal(() => offsetsInFile('[{"partition":{"a":1},"offset":{"b":1,"b":2}}]', 'f.json'))).toContain(
      'f.json has a key twice',
    );
  });

  it.each(['', '{}', '[1]', '[{"partition":1,"offset":{}}]', '[{"partition":{}}]', '{"offsets":{}}'])(
    'not from a file: %j',
    (text) => {
      expect(refusal(() => offsetsInFile(text, 'f.json'))).toMatch(/^f\.json is not/);
    },
  );
});
