import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import { type DesiredConnector, diffConnector } from '../../../src/plan/diff.ts';
import { showChange } from '../../../src/plan/show.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { sourcesOf } from '../../../src/topology/feeds.ts';

function live(config: Record<string, string>, state: ConnectorState = 'RUNNING'): ListedConnector {
  return {
    name: 'a',
    info: { name: 'a', config: { name: 'a', ...config }, tasks: [] },
    status: { name: 'a', connector: { state, worker_id: 'w' }, tasks: [], type: 'source' },
  };
}

function desired(config: Record<string, string>, state?: DesiredConnector['state']): DesiredConnector {
  return { name: 'a', config, file: 'a.json', ...(state === undefined ? {} : { state }) };
}

describe('diffConnector', () => {
  it.each([
    ['what is not there', desired({ x: '1' }), undefined, 'create', null],
    ['the same', desired({ x: '1' }), live({ x: '1' }), 'unchanged', null],
    ['a changed value', desired({ x: '2' }), live({ x: '1' }), 'update', null],
    ['a key more', desired({ x: '1', y: '' }), live({ x: '1' }), 'update', null],
    ['a key less', desired({ x: '1' }), live({ x: '1', y: '' }), 'update', null],
    ['another state', desired({}, 'paused'), live({}), 'state', { before: 'running', after: 'paused' }],
    [
      'another state beside a change',
      desired({ x: '2' }, 'stopped'),
      live({}, 'PAUSED'),
      'update',
      { before: 'paused', after: 'stopped' },
    ],
    ['no state asked for', desired({}), live({}, 'PAUSED'), 'unchanged', null],
    ['running asked of what has FAILED', desired({}, 'running'), live({}, 'FAILED'), 'unchanged', null],
    ['running asked of what is not there', desired({}, 'running'), undefined, 'create', null],
    [
      'paused asked of what is not there',
      desired({}, 'paused'),
      undefined,
      'create',
      { before: null, after: 'paused' },
    ],
  ])('%s', (_name, wanted, there, action, state) => {
    const change = diffConnector(wanted, there);
    expect([change.action, change.state]).toEqual([action, state]);
  });

  it.each(['********', '****', '[hidden]', 'REDACTED'])(
    'takes the mask %s for unknown, never for a difference',
    (mask) => {
      const change = diffConnector(desired({ password: 'secret', x: '1' }), live({ password: mask, x: '1' }));
      expect(change).toMatchObject({ action: 'unchanged', unknown: ['password'], keys: [] });
    },
  );

  it('takes what is masked for changed if it is to be sent, but never a mask of the file', () => {
    const wanted = desired({ password: 'secret', token: '****', x: '1' });
    const change = diffConnector(wanted, live({ password: '****', token: '****', x: '1' }), { sendMasked: true });
    expect(change).toMatchObject({
      action: 'update',
      unknown: ['token'],
      keys: [{ key: 'password', before: '****', after: 'secret' }],
    });
  });

  it('neither calls a value equal nor different if its variable is not set', () => {
    const wanted = { ...desired({ password: '${PW}', url: 'x${HOST}', y: '1' }), unset: new Set(['password', 'url']) };
    const change = diffConnector(wanted, live({ password: '${PW}', y: '1' }));
    // What the worker does not have is a difference in any case.
    expect(change).toMatchObject({ action: 'update', unset: ['password'], keys: [{ key: 'url', before: null }] });
    expect(diffConnector(wanted, live({ password: '****', url: 'xy', y: '1' }), { sendMasked: true })).toMatchObject({
      action: 'unchanged',
      unset: ['password', 'url'],
      unknown: [],
      keys: [],
    });
    expect(diffConnector(wanted, undefined)).toMatchObject({ action: 'create', unset: [], keys: { length: 3 } });
  });

  it('finds nothing to do against what it would have written, and says what changed otherwise', () => {
    const config = fc.dictionary(fc.stringMatching(/^[a-z.]{1,8}$/), fc.stringMatching(/^[a-z0-9]{0,5}$/));
    fc.assert(
      fc.property(config, config, (before, after) => {
        expect(diffConnector(desired(before), live(before)).action).toBe('unchanged');
        const change = diffConnector(desired(after), live(before));
        const applied = new Map(Object.entries(before).filter(([key]) => key !== 'name'));
        for (const { key, after: value } of change.keys) value === null ? applied.delete(key) : applied.set(key, value);
        expect(Object.fromEntries(applied)).toEqual(
          Object.fromEntries(Object.entries(after).filter(([key]) => key !== 'name')),
        );
      }),
    );
  });
});

describe('showChange', () => {
  it('shows that a secret changed, not what it is', () => {
    const change = diffConnector(
      desired({ 'database.password': 'new-secret', 'connection.url': 'jdbc:x://h/d?password=new-secret' }),
      live({ 'database.password': 'old-secret', 'connection.url': 'jdbc:x://h/d?password=old-secret' }),
    );
    const shown = JSON.stringify(showChange(change));
    expect(shown).not.toMatch(/(new|old)-secret/);
    expect(showChange(change).keys.map((key) => key.change)).toEqual(['changed', 'changed']);
  });
});

describe('showChange with a class that only one side has', () => {
  it('shows no value that one of the two classes knows to be secret', () => {
    const secrets = ({ config }: { config: Readonly<Record<string, string>> }) => ({
      ...configSecrets({ config }),
      isSecret: (key: string) => key === 'plain' && config['connector.class'] === 'Knows',
    });
    const knowing = { 'connector.class': 'Knows', plain: 'geheim-1' };
    const other = { 'connector.class': '${CLASS}', plain: 'geheim-2' };
    for (const [before, after] of [
      [knowing, other],
      [other, knowing],
    ] as const) {
      const shown = showChange(diffConnector(desired(after), live(before)), secrets);
      expect(shown.keys.find(({ key }) => key === 'plain')).toMatchObject({ change: 'changed' });
      expect(JSON.stringify(shown)).not.toContain('geheim');
    }
  });
});

describe('sourcesOf', () => {
  const source = (config: Record<string, string>) => ({ name: 's', config });
  const debezium = source({ 'topic.prefix': 'shop' });

  it.each([
    ['a topic by name', { topics: 'a, lines' }, source({ topic: 'lines' }), true],
    ['another topic', { topics: 'a,b' }, source({ topic: 'lines' }), false],
    ['a pattern that takes the topic', { 'topics.regex': 'li.*' }, source({ topic: 'lines' }), true],
    ['a topic below the prefix', { topics: 'shop.public.orders' }, debezium, true],
    ['a pattern below the prefix', { 'topics.regex': 'shop\\.public\\..*' }, debezium, true],
    ['a pattern that takes anything', { 'topics.regex': '.*' }, debezium, true],
    ['a pattern of another prefix', { 'topics.regex': 'store\\..*' }, debezium, false],
    ['a pattern of Java’s that is none of ours', { 'topics.regex': '(?i)x\\Q.\\E' }, debezium, false],
    [
      'a sink, which feeds nothing',
      { topics: 'shop.x' },
      { name: 's', config: { topics: 'y', 'topic.prefix': 'shop' } },
      false,
    ],
  ])('%s', (_name, sink, other, linked) => {
    expect(sourcesOf({ name: 'sink', config: sink as Record<string, string> }, [other]).length > 0).toBe(linked);
  });

  it('a source has none', () => {
    expect(sourcesOf(debezium, [source({ topic: 'x' })])).toEqual([]);
  });
});
