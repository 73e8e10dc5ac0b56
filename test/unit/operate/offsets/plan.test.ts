import { describe, expect, it } from 'vitest';
import type { ConnectorOffset } from '../../../../src/connect/types.ts';
import type { SluiceError } from '../../../../src/errors/error.ts';
import type { PartitionFacts, SinkRequest, Where } from '../../../../src/operate/offsets/model.ts';
import {
  changesOf,
  differences,
  outOfRange,
  planExactly,
  planSink,
  planSinkReset,
  planSource,
  type Wanted,
} from '../../../../src/operate/offsets/plan.ts';
import { parseExact } from '../../../../src/text/exact-json.ts';

const NOON = Date.parse('2026-11-30T12:00:00Z');

/** `orders:0`: 10 to 100, noon at 60; `orders:1`: 0 to 5, nothing since noon; `notes:0`: empty. */
const facts: PartitionFacts[] = [
  { topic: 'orders', partition: 0, earliest: 10n, end: 100n, at: new Map([[NOON, 60n]]) },
  { topic: 'orders', partition: 1, earliest: 0n, end: 5n, at: new Map() },
  { topic: 'notes', partition: 0, earliest: 0n, end: 0n, at: new Map() },
];

const at = (topic: string, partition: number, offset: number | null): ConnectorOffset => ({
  partition: { kafka_topic: topic, kafka_partition: partition },
  offset: offset === null ? null : { kafka_offset: offset },
});

const live = [at('orders', 0, 50), at('orders', 1, 5)];

const request = (more: Partial<SinkRequest>): SinkRequest => ({ topics: [], partitions: [], ...more });

/** `orders:0=60 orders:1=5` */
function text(wanted: Wanted): string {
  return wanted
    .map(
      ({ partition, offset }) =>
        `${partition['kafka_topic']}:${partition['kafka_partition']}=${offset?.['kafka_offset'] ?? '-'}`,
    )
    .join(' ');
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect((error as SluiceError).code).toBe('REQUEST_INVALID');
    return (error as SluiceError).message;
  }
  throw new Error('it was accepted');
}

describe('the new offsets of a sink', () => {
  const cases: readonly [string, Partial<SinkRequest>, string][] = [
    ['earliest', { where: { kind: 'earliest' } }, 'orders:0=10 orders:1=0 notes:0=0'],
    ['latest', { where: { kind: 'latest' } }, 'orders:0=100 orders:1=5 notes:0=0'],
    [
      'a time: the first record since, or the end',
      { where: { kind: 'time', at: NOON } },
      'orders:0=60 orders:1=5 notes:0=0',
    ],
    ['latest of a topic', { where: { kind: 'latest' }, topics: ['orders'] }, 'orders:0=100 orders:1=5'],
    ['back by 5', { where: { kind: 'shift', by: -5n }, topics: ['orders'] }, 'orders:0=45 orders:1=0'],
    [
      'forward by 50, to the very end',
      { where: { kind: 'shift', by: 50n }, partitions: [{ topic: 'orders', partition: 0 }] },
      'orders:0=100',
    ],
    [
      'an offset of one partition',
      { where: { kind: 'offset', offset: 11n }, partitions: [{ topic: 'orders', partition: 0 }] },
      'orders:0=11',
    ],
    [
      'each its own',
      {
        where: { kind: 'earliest' },
        partitions: [
          { topic: 'orders', partition: 0, where: { kind: 'offset', offset: 42n } },
          { topic: 'orders', partition: 1 },
        ],
      },
      'orders:0=42 orders:1=0',
    ],
    [
      'a topic, and one of its partitions elsewhere',
      {
        where: { kind: 'latest' },
        topics: ['orders'],
        partitions: [{ topic: 'orders', partition: 1, where: { kind: 'earliest' } }],
      },
      'orders:0=100 orders:1=0',
    ],
  ];
  it.each(cases)('%s', (_what, more, expected) => {
    expect(text(planSink(request(more), live, facts))).toBe(expected);
  });

  const orders0 = { topic: 'orders', partition: 0 };
  const offset = (value: bigint): Where => ({ kind: 'offset', offset: value });
  const refused: readonly [string, Partial<SinkRequest>, string][] = [
    [
      'an offset below the range',
      { partitions: [{ ...orders0, where: offset(9n) }] },
      'orders:0: 9 is out of its range, 10 to 100',
    ],
    [
      'an offset above the range',
      { partitions: [{ ...orders0, where: offset(101n) }] },
      '101 is out of its range, 10 to 100',
    ],
    [
      'the largest number that Kafka knows',
      { partitions: [{ ...orders0, where: offset(2n ** 63n - 1n) }] },
      '9223372036854775807 is out of its range',
    ],
    [
      'a shift out of the range',
      { where: { kind: 'shift', by: -41n }, partitions: [orders0] },
      '9 is out of its range',
    ],
    [
      'a shift from nothing',
      { where: { kind: 'shift', by: 1n }, topics: ['notes'] },
      'notes:0 has no committed offset',
    ],
    [
      'one offset for several partitions',
      { where: offset(3n) },
      'an offset belongs to one partition, and 3 are chosen',
    ],
    [
      'a topic that is not read',
      { where: { kind: 'latest' }, topics: ['order'] },
      'does not read the topic "order" (did you mean orders?)',
    ],
    [
      'a topic like no other',
      { where: { kind: 'latest' }, topics: ['xyz'] },
      'does not read the topic "xyz", but orders, notes',
    ],
    [
      'a partition that does not exist',
      { partitions: [{ topic: 'orders', partition: 2, where: offset(1n) }] },
      'has no partition 2: it has 0 to 1',
    ],
    ['no place to go', { partitions: [orders0] }, 'orders:0: where to?'],
  ];
  it.each(refused)('are refused for %s', (_what, more, message) => {
    expect(refusal(() => planSink(request(more), live, facts))).toContain(message);
  });

  it('are refused once for each reason', () => {
    const partitions = [0, 1].map((partition) => ({ topic: 'xyz', partition, where: offset(1n) }));
    const reason = 'the connector does not read the topic "xyz", but orders, notes';
    expect(refusal(() => planSink(request({ partitions }), live, facts))).toBe(`nothing was changed: ${reason}`);
  });

  it('are refused if the sink reads no existing topic', () => {
    expect(refusal(() => planSink(request({ where: { kind: 'latest' } }), [], []))).toContain('no partition to change');
  });

  it('count from an offset of any size', () => {
    const huge = parseExact(
      '[{"partition":{"kafka_topic":"t","kafka_partition":0},"offset":{"kafka_offset":9223372036854775807}}]',
    ) as ConnectorOffset[];
    const fact = { topic: 't', partition: 0, earliest: 0n, end: 2n ** 63n - 1n, at: new Map() };
    const wanted = planSink(request({ where: { kind: 'shift', by: -1n } }), huge, [fact]);
    expect(JSON.stringify(wanted[0]?.offset)).toBe('{"kafka_offset":9223372036854775806}');
  });
});

describe('a reset of a sink', () => {
  it.each([
    [{}, 'orders:0=- orders:1=-'],
    [{ topics: ['orders'] }, 'orders:0=- orders:1=-'],
    [{ partitions: [{ topic: 'orders', partition: 1 }] }, 'orders:1=-'],
  ])('of %j', (more, expected) => {
    expect(text(planSinkReset(request(more), live))).toBe(expected);
  });

  it('is refused for what has no committed offset', () => {
    const more = { topics: ['notes'], partitions: [{ topic: 'orders', partition: 7 }] };
    expect(refusal(() => planSinkReset(request(more), live))).toMatch(/"notes".*orders:7/);
  });
});

describe('the new offsets of a source', () => {
  const file = (name: string, position: number | null): ConnectorOffset => ({
    partition: { filename: name },
    offset: position === null ? null : { position },
  });
  const known = [file('a', 1), file('b', 2)];

  it('replace those of the same partition', () => {
    expect(planSource([file('a', 9)], known, false)).toEqual([file('a', 9)]);
    expect(planSource([file('a', null)], known, false)).toEqual([file('a', null)]);
  });

  it('are refused for a partition that the connector has no offset of, unless it is to be added', () => {
    expect(refusal(() => planSource([file('c', 1)], known, false))).toContain(
      'it has {"filename":"a"}, {"filename":"b"}',
    );
    expect(refusal(() => planSource([file('c', 1)], [], false))).toContain('it has none');
    expect(planSource([file('c', 1)], known, true)).toEqual([file('c', 1)]);
    expect(refusal(() => planSource([file('c', null)], known, true))).toContain('no offset of the source partition');
  });

  it('are refused if one is given twice, in any order of its keys, or none at all', () => {
    const twice = ['{"a":1,"b":2}', '{"b":2,"a":1}'].map((one) => ({ partition: JSON.parse(one), offset: { p: 1 } }));
    expect(refusal(() => planSource(twice, [], true))).toContain('given twice');
    expect(refusal(() => planSource([], known, true))).toContain('no partition to change');
  });

  it('know partitions by any key, even __proto__', () => {
    const odd = JSON.parse('[{"partition":{"__proto__":"x"},"offset":{"__proto__":{"a":1}}}]') as ConnectorOffset[];
    expect(refusal(() => planSource(odd, [{ partition: {}, offset: { p: 1 } }], false))).toContain('__proto__');
    expect(planSource(odd, odd, false)).toEqual(odd);
  });
});

describe('a restore', () => {
  it('brings back exactly what was saved', () => {
    expect(text(planExactly([at('orders', 0, 7)], live))).toBe('orders:0=7 orders:1=-');
    expect(planExactly([], [])).toEqual([]);
  });

  it('is refused for what the topics no longer have', () => {
    const wanted = [at('orders', 0, 9), at('orders', 1, 5), at('orders', 2, 0), at('gone', 0, 1), at('notes', 0, null)];
    expect(outOfRange(wanted, facts)).toEqual([
      'orders:0: 9 is out of its range, 10 to 100',
      'the connector does not read partition 2 of the topic "orders", or it does not exist',
      'the connector does not read partition 0 of the topic "gone", or it does not exist',
    ]);
    expect(
      outOfRange([{ partition: at('orders', 0, 1).partition, offset: { kafka_offset: 'x' } }], facts),
    ).toHaveLength(1);
  });
});

describe('differences', () => {
  const rows = (first: ConnectorOffset[], second: ConnectorOffset[]) =>
    differences(first, second).map(({ partition, before, after }) => [partition['kafka_partition'], before, after]);

  it.each([
    ['none', live, [...live].reverse(), []],
    [
      'another offset',
      live,
      [at('orders', 0, 51), at('orders', 1, 5)],
      [[0, { kafka_offset: 50 }, { kafka_offset: 51 }]],
    ],
    ['one that is new', [at('orders', 0, 50)], live, [[1, null, { kafka_offset: 5 }]]],
    ['one that is gone', live, [at('orders', 1, 5)], [[0, { kafka_offset: 50 }, null]]],
    ['none, but one that is listed without an offset', [at('orders', 0, null)], [], []],
  ])('%s', (_what, first, second, expected) => {
    expect(rows(first, second)).toEqual(expected);
  });
});

it('changes are sorted by topic and number, with the range of each', () => {
  const wanted = [at('orders', 10, 1), at('orders', 1, 2), at('notes', 0, 0)];
  expect(
    changesOf(wanted, live, facts).map(({ partition, before, range }) => [partition['kafka_partition'], before, range]),
  ).toEqual([
    [0, null, { earliest: 0, end: 0 }],
    [1, { kafka_offset: 5 }, { earliest: 0, end: 5 }],
    [10, null, null],
  ]);
});
