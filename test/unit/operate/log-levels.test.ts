import { describe, expect, it } from 'vitest';
import { decisive, formerLevels, isRelated, levelOf } from '../../../src/operate/log-levels.ts';

const at = (levels: Record<string, string | null>) =>
  Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, { level, last_modified: null }]));
const LEVELS = at({
  root: 'INFO',
  'org.apache.kafka.clients': 'WARN',
  'org.apache.kafka.clients.NetworkClient': 'WARN',
  'org.apache.kafka.clients.Metadata': 'ERROR',
  'org.apache.kafka.connect.Worker': 'INFO',
  'org.reflections': 'ERROR',
  'io.debezium.Field': null,
});

describe('the level of a logger', () => {
  it.each([
    ['org.apache.kafka.clients.Metadata', 'ERROR', 'org.apache.kafka.clients.Metadata'],
    ['org.apache.kafka.clients.consumer.Fetcher', 'WARN', 'org.apache.kafka.clients'],
    ['org.apache.kafka', 'INFO', 'root'],
    ['io.debezium.Field', 'INFO', 'root'],
    ['toString', 'INFO', 'root'],
    ['root', 'INFO', 'root'],
  ])('%s is %s, from %s', (name, level, from) => expect(levelOf(LEVELS, name)).toEqual({ level, from }));

  it('is not known where not even the root is listed', () => expect(levelOf({}, 'a.b')).toBeUndefined());
});

describe('the way back', () => {
  /** What a worker does: a level is passed on to all below. */
  const apply = (levels: Record<string, string | null>, steps: readonly (readonly [string, string])[]) => {
    const after = { ...levels };
    for (const [name, level] of steps)
      for (const one of Object.keys(after))
        if (name === 'root' || one === name || one.startsWith(`${name}.`)) after[one] = level;
    return after;
  };

  it.each(['root', 'org', 'org.apache.kafka', 'org.apache.kafka.clients', 'org.reflections'])(
    'of %s restores it and all below it',
    (name) => {
      const before = Object.fromEntries(
        Object.entries(LEVELS).flatMap(([one, { level }]) => (level === null ? [] : [[one, level]])),
      );
      const former = formerLevels(LEVELS, name, levelOf(LEVELS, name)?.level ?? '');
      expect(apply(apply(before, [[name, 'TRACE']]), former)).toEqual(before);
    },
  );

  it('needs no step for what follows from the one before', () =>
    expect(formerLevels(LEVELS, 'org.apache', 'INFO')).toEqual([
      ['org.apache', 'INFO'],
      ['org.apache.kafka.clients', 'WARN'],
      ['org.apache.kafka.clients.Metadata', 'ERROR'],
    ]));
});

it('lists what differs from the logger above it, and what was set over REST', () => {
  const set = {
    ...LEVELS,
    'org.apache.kafka.connect.Worker': { level: 'INFO', last_modified: 5 },
    // Passed on.
    'org.apache.kafka.connect.Worker.x': { level: 'INFO', last_modified: 5 },
  };
  expect(decisive(set).sort()).toEqual([
    'org.apache.kafka.clients',
    'org.apache.kafka.clients.Metadata',
    'org.apache.kafka.connect.Worker',
    'org.reflections',
    'root',
  ]);
});

it.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.b.c', true],
  ['a.b', 'root', true],
  ['a.b', 'a.bc', false],
  ['a.b', 'a.c', false],
])('%s and %s are related: %s', (one, other, expected) => {
  expect(isRelated(one, other)).toBe(expected);
  expect(isRelated(other, one)).toBe(expected);
});
