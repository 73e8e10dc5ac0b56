import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import type { DesiredConnector } from '../../../src/plan/diff.ts';
import { diffAll } from '../../../src/plan/plan.ts';
import { diffTopic } from '../../../src/plan/topics.ts';
import { type DriftReading, DriftWatch, differencesText, driftOf, driftVerdict } from '../../../src/serve/drift.ts';
import { servePlan } from '../../../src/serve/settings.ts';
import { NOON } from '../../helpers/snapshot.ts';

const SECRET = 'hunter22';
const CONFIG = { 'connector.class': 'X', topics: 'a', 'connection.password': SECRET };

function live(name: string, config: Record<string, string> = CONFIG, state = 'RUNNING'): ListedConnector {
  const status = { connector: { state }, tasks: [] };
  return { name, info: { name, config: { name, ...config } }, status } as unknown as ListedConnector;
}

function desired(name: string, given: Partial<DesiredConnector> = {}): DesiredConnector {
  return { name, config: CONFIG, file: `${name}.json`, ...given };
}

function broken(file: string) {
  const message = 'line 1 is no JSON\nand more';
  const finding = { rule: 'unreadable-file' as const, severity: 'error' as const, message, file };
  return { file, connectors: [], incomplete: true, findings: [finding] };
}

interface Given {
  files?: DesiredConnector[];
  there?: ListedConnector[];
  hidden?: string[];
  brokenFiles?: string[];
  topics?: ReturnType<typeof diffTopic>[];
}

function found({ files = [], there = [], hidden = [], brokenFiles = [], topics = [] }: Given) {
  const unreadable = hidden.map((name) => ({ name, error: new SluiceError('CONNECT_BAD_ANSWER', 'it answers 500') }));
  const diff = diffAll(files, { connectors: there, unreadable });
  return driftOf({ loaded: { connectors: [], broken: brokenFiles.map(broken) }, diff, topics });
}

const topic = (partitions: number) =>
  diffTopic(
    { name: 'shop', declaredBy: 'shop', partitions, configs: {} } as never,
    {
      ...{ name: 'shop', partitions: 3, replicationFactor: 1, configs: {} },
    } as never,
  );

describe('what differs from the project', () => {
  it.each<[string, Given, string, string[]]>([
    ['nothing', { files: [desired('a')], there: [live('a'), live('stray')] }, 'none', []],
    [
      'a masked value',
      { files: [desired('a')], there: [live('a', { ...CONFIG, 'connection.password': '********' })] },
      'none',
      [],
    ],
    [
      'another value',
      { files: [desired('a')], there: [live('a', { ...CONFIG, topics: 'b' })] },
      'drift',
      ['a update topics'],
    ],
    [
      'another secret',
      { files: [desired('a')], there: [live('a', { ...CONFIG, 'connection.password': 'x' })] },
      'drift',
      ['a update connection.password'],
    ],
    ['a connector that is not there', { files: [desired('a')] }, 'drift', ['a create ']],
    [
      'another state',
      { files: [desired('a', { state: 'running' })], there: [live('a', CONFIG, 'PAUSED')] },
      'drift',
      ['a state state'],
    ],
    ['a topic', { topics: [topic(6)] }, 'drift', ['shop update partitions']],
    ['a topic that cannot be changed so', { topics: [topic(1)] }, 'drift', ['shop refused partitions']],
    ['a file that cannot be read', { brokenFiles: ['a.json'] }, 'unknown', []],
    ['a connector that the worker does not show', { files: [desired('a')], hidden: ['a'] }, 'unknown', []],
    ['one that no file has', { hidden: ['stray'] }, 'none', []],
    [
      'a variable that is not set',
      {
        files: [desired('a', { config: { ...CONFIG, topics: '${T}' }, unset: new Set(['topics']) })],
        there: [live('a')],
      },
      'unknown',
      [],
    ],
    [
      'a file that cannot be read, and a difference',
      { files: [desired('a')], brokenFiles: ['b.json'] },
      'drift',
      ['a create '],
    ],
  ])('%s', (_what, given, state, differences) => {
    const drift = found(given);
    expect(drift.state).toBe(state);
    expect(drift.differences.map(({ name, action, keys }) => `${name} ${action} ${keys}`)).toEqual(differences);
    expect(drift.unknown.length > 0).toBe(state === 'unknown' || (given.brokenFiles ?? []).length > 0);
    expect(JSON.stringify(drift)).not.toContain(SECRET);
  });

  it('is a sentence, and what is not known is one line', () => {
    const { differences, unknown } = found({
      files: [desired('a'), ...'bcdefg'.split('').map((name) => desired(name))],
      there: [live('a', { ...CONFIG, topics: 'b' })],
      topics: [topic(6)],
      brokenFiles: ['x.json'],
    });
    expect(differencesText(differences)).toBe(
      '7 connectors and 1 topic differ from the project: a (topics), b (not there), c (not there), d (not there), e (not there) and 3 others',
    );
    expect(unknown).toEqual(['x.json: x.json: line 1 is no JSON; and more']);
  });
});

describe('the alert of drift', () => {
  const reading = (given: Partial<DriftReading>): DriftReading => ({
    ...{ at: NOON, state: 'none', differences: [], unknown: [] },
    ...given,
  });
  const differences: DriftReading['differences'] = [{ kind: 'connector', name: 'a', action: 'state', keys: ['state'] }];
  it.each<[string, DriftReading | undefined | null, string[], boolean | 'unknown']>([
    ['holds while something differs', reading({ state: 'drift', differences }), [], true],
    ['does not while nothing does', reading({}), [], false],
    ['stays as it is if that is not known', reading({ state: 'unknown', unknown: ['no file'] }), [], 'unknown'],
    ['stays as it is before the first comparison', undefined, [], 'unknown'],
    ['ends when nothing is compared any more', null, [], false],
    ['is not about what is in maintenance', reading({ state: 'drift', differences }), ['a'], 'unknown'],
  ])('%s', (_what, given, maintained, active) => {
    const verdict = driftVerdict(given, DEFAULT_RULES, 'prod', new Set(maintained));
    expect(verdict).toMatchObject({ kind: 'drift', target: 'prod', active });
  });
});

describe('comparing again and again', () => {
  it('does not hold up a poll, waits for its time, and knows nothing after a failure', async () => {
    let now = NOON;
    let compared = 0;
    const answers = [
      () => ({
        loaded: { connectors: [], broken: [] },
        diff: diffAll([], { connectors: [], unreadable: [] }),
        topics: [],
      }),
      () => {
        throw new SluiceError('PROJECT_INVALID', 'sluice.yaml: line 3');
      },
      () => {
        throw new Error(`a fault with ${SECRET}`);
      },
    ];
    const watch = new DriftWatch({
      compare: async () => answers[compared++]?.() ?? expect.unreachable(),
      ...{ now: () => now, signal: new AbortController().signal, everyMs: 600_000 },
    });
    expect(watch.latest()).toBeUndefined();
    await watch.settled();
    expect(watch.latest()).toMatchObject({ state: 'none', at: NOON });
    now += 599_000;
    watch.latest();
    expect(compared).toBe(1);
    now += 1_000;
    expect(watch.latest()?.state).toBe('none');
    await watch.settled();
    expect(watch.latest()).toMatchObject({ state: 'unknown', unknown: ['sluice.yaml: line 3'] });
    // A clock that is set back must not hold it up.
    now -= 3_600_000;
    watch.latest();
    await watch.settled();
    expect(watch.latest()).toMatchObject({ state: 'unknown', unknown: ['it could not be compared'] });
  });
});

describe('serve.drift', () => {
  const every = (drift?: boolean | { every?: string }) =>
    servePlan({ serve: drift === undefined ? {} : { drift } }, {}).driftEveryMs;
  it.each([
    ['is off by default', undefined, undefined],
    ['can be off', false, undefined],
    ['compares every 10 minutes', true, 600_000],
    ['compares as often as it says', { every: '1h' }, 3_600_000],
    ['may leave the time out', {}, 600_000],
  ])('%s', (_what, drift, ms) => expect(every(drift)).toBe(ms));

  it('refuses what is not a valid duration', () => {
    expect(() => every({ every: 'often' })).toThrow('serve.drift.every: "often" is not a duration');
  });
});
