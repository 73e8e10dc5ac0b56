import { describe, expect, it } from 'vitest';
import { type Effect, type LiveModel, liveModel, liveStep } from '../../../../src/cli/live/model.ts';
import type { Key } from '../../../../src/cli/watch-keys.ts';
import type { ConnectorSnapshot } from '../../../../src/serve/snapshot.ts';
import { connectorSnapshot, snapshot } from '../../../helpers/snapshot.ts';

const ROOM = { page: 10, bottom: 5 };
const NAMED: Record<string, Key> = {
  enter: { name: 'return', sequence: '\r' },
  esc: { name: 'escape', sequence: '\u001b', meta: true },
  tab: { name: 'tab', sequence: '\t' },
  left: { name: 'left' },
  back: { name: 'backspace' },
  down: { name: 'down' },
};

/** The keys of a text, and between angle brackets those that have a name. */
function keysOf(text: string): Key[] {
  return [...text.matchAll(/<(\w+)>|./g)].map(([one, name]) =>
    name === undefined ? { name: one.toLowerCase(), sequence: one } : (NAMED[name] as Key),
  );
}

function typed(model: LiveModel, keys: string): { model: LiveModel; effects: Effect[] } {
  const effects: Effect[] = [];
  let now = model;
  for (const key of keysOf(keys)) {
    const next = liveStep(now, { kind: 'key', key }, ROOM);
    now = next.model;
    if (next.effect !== undefined) effects.push(next.effect);
  }
  return { model: now, effects };
}

const lagging = (name: string, lag: number | null, over: Partial<ConnectorSnapshot> = {}) => {
  const { group } = connectorSnapshot(name);
  return connectorSnapshot(name, { group: group && { ...group, lag }, ...over });
};

const CONNECTORS = [
  lagging('broken', null, { health: 'failed', lagMs: null, recordsPerSecond: null }),
  lagging('alpha', 5, { lagMs: 9000, recordsPerSecond: 3 }),
  lagging('beta', 70, { lagMs: 100, recordsPerSecond: 9 }),
];

function opened(over: Partial<LiveModel> = {}): LiveModel {
  const empty = liveModel({ context: 'prod', protected: false, everyMs: 2000 });
  const { model } = liveStep({ ...empty, ...over }, { kind: 'read', snapshot: snapshot(CONNECTORS) }, ROOM);
  return model;
}

const rows = ({ rows: all }: LiveModel) => all.map(({ name }) => name).join(' ');

describe('liveStep', () => {
  it.each([
    ['', 'health', 'broken alpha beta'],
    ['s', 'name', 'alpha beta broken'],
    ['ss', 'lag', 'beta alpha broken'],
    ['sss', 'behind', 'alpha beta broken'],
    ['ssss', 'rate', 'beta alpha broken'],
    ['sssss', 'health', 'broken alpha beta'],
    ['/BET<enter>', 'health', 'beta'],
    ['/a<esc>', 'health', 'broken alpha beta'],
    ['/a<enter>s', 'name', 'alpha beta'],
    ['/s?rpu<enter>', 'health', ''],
  ])('keys %j: by %s: %s', (keys, sort, names) => {
    const { model, effects } = typed(opened(), keys);
    expect([model.sort, rows(model), effects]).toEqual([sort, names, []]);
  });

  it('keeps sort and filter over readings', () => {
    const { model } = typed(opened(), 's/a<enter>');
    const more = [...CONNECTORS, lagging('aaa', 1), lagging('zzz', 1)];
    expect(rows(liveStep(model, { kind: 'read', snapshot: snapshot(more) }, ROOM).model)).toBe('aaa alpha beta');
  });

  it.each<[string, Effect[]]>([
    ['q', [{ kind: 'quit' }]],
    ['?q', []],
    ['?qq', [{ kind: 'quit' }]],
    ['j<enter>', [{ kind: 'describe', name: 'broken' }]],
    ['jj<enter><esc>', [{ kind: 'describe', name: 'alpha' }]],
    ['jry', [{ kind: 'operate', verb: 'restart', name: 'broken' }]],
    ['jpY', [{ kind: 'operate', verb: 'pause', name: 'broken' }]],
    ['ju<enter>', []],
    ['jrn', []],
    ['jr<esc>y', []],
    ['ry', []],
    ['jrypy', [{ kind: 'operate', verb: 'restart', name: 'broken' }]],
    [
      'j<enter>uy',
      [
        { kind: 'describe', name: 'broken' },
        { kind: 'operate', verb: 'resume', name: 'broken' },
      ],
    ],
  ])('keys %j do %j', (keys, effects) => {
    expect(typed(opened(), keys).effects).toEqual(effects);
  });

  it.each<[string, Effect[]]>([
    ['jry', []],
    ['jrprod<enter>', [{ kind: 'operate', verb: 'restart', name: 'broken' }]],
    ['jrprox<back>d<enter>', [{ kind: 'operate', verb: 'restart', name: 'broken' }]],
    ['jrother<enter>', []],
    ['jr<enter>', []],
    ['jrprod<esc>', []],
  ])('in a protected context, keys %j do %j', (keys, effects) => {
    expect(typed(opened({ protected: true }), keys).effects).toEqual(effects);
  });

  it('says what became of an operation, until the next key', () => {
    const { model } = typed(opened(), 'jry');
    expect(model.working).toEqual({ verb: 'restart', name: 'broken' });
    const done = liveStep(model, { kind: 'done', isDone: false, text: 'broken: task 0 FAILED again' }, ROOM).model;
    expect([done.working, done.notice]).toEqual([undefined, { text: 'broken: task 0 FAILED again', tone: 'bad' }]);
    expect(typed(done, 'j').model.notice).toBeUndefined();
  });

  it.each([
    ['j<enter>', 'tasks'],
    ['j<enter><tab>', 'trace'],
    ['j<enter><left>', 'config'],
    ['j<enter>3', 'topics'],
    ['j<enter>3<tab><tab>', 'tasks'],
    ['j<enter>39', 'topics'],
    ['j<enter>3<esc><enter>', 'tasks'],
  ])('keys %j show %s', (keys, tab) => {
    expect(typed(opened(), keys).model.tab).toBe(tab);
  });

  it('ignores a description of another connector', () => {
    const { model } = typed(opened(), 'j<enter>');
    const described = (name: string) =>
      liveStep(model, { kind: 'described', name, failure: 'no' }, ROOM).model.described;
    expect([described('alpha'), described('broken')]).toEqual([undefined, { name: 'broken', failure: 'no' }]);
  });

  it('keeps the last twelve lags, of those that are known', () => {
    let model = opened();
    for (let lag = 1; lag <= 20; lag += 1)
      model = liveStep(
        model,
        { kind: 'read', snapshot: snapshot([lagging('alpha', lag), lagging('broken', null)]) },
        ROOM,
      ).model;
    expect([...model.trend]).toEqual([['alpha', [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]]]);
    const away = { ...snapshot([]), error: { code: 'CONNECT_UNREACHABLE' as const, message: 'away' } };
    expect(liveStep(model, { kind: 'read', snapshot: away }, ROOM).model.trend).toEqual(model.trend);
  });
});
