import { describe, expect, it } from 'vitest';
import { consequencesOf, renameOf } from '../../../src/plan/consequences.ts';
import { diffConnector } from '../../../src/plan/diff.ts';
import { toPlan } from '../../../src/plan/plan.ts';
import {
  assertCurrent,
  assertSealed,
  fingerprint,
  type SavedPlan,
  saveChanges,
  seal,
} from '../../../src/plan/saved.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { savedPlan } from '../../helpers/saved-plan.ts';

const key = Buffer.from('key');
const live = (config: Record<string, string>, state = 'RUNNING' as const) => ({
  name: 'a',
  info: { name: 'a', config: { name: 'a', ...config }, tasks: [] },
  status: { name: 'a', connector: { state, worker_id: 'w' }, tasks: [], type: 'source' as const },
});
const change = (after: Record<string, string>, before?: Record<string, string>) =>
  diffConnector({ name: 'a', config: after, file: 'a.json' }, before && live(before));

function saved(changes: ReturnType<typeof change>[]): SavedPlan {
  return savedPlan(key, {
    connectors: saveChanges(changes, key),
    plan: toPlan('dev', { changes, unreadable: [] }, { connectors: [], unreadable: [] }, new Set(), configSecrets),
  });
}

describe('a fingerprint', () => {
  it('depends on the key, the values and the state, not on the order or the injected name', () => {
    const one = fingerprint(key, { a: '1', b: '2' }, null);
    expect(fingerprint(key, { b: '2', a: '1', name: 'x' }, null)).toBe(one);
    expect(fingerprint(key, { a: '1', b: '3' }, null)).not.toBe(one);
    expect(fingerprint(key, { a: '1', b: '2' }, 'paused')).not.toBe(one);
    expect(fingerprint(Buffer.from('other'), { a: '1', b: '2' }, null)).not.toBe(one);
  });
});

describe('a saved plan', () => {
  it.each([
    ['as it was', {}, undefined],
    ['for another context', { context: 'prod' }, 'changed since it was saved'],
    ['of other files', { paths: ['elsewhere'] }, 'changed since it was saved'],
    ['that shows something else', { plan: { ...saved([]).plan, unmanaged: ['b'] } }, 'changed since it was saved'],
    ['without what was planned', { connectors: [] }, 'changed since it was saved'],
    ['of another form', { connectors: [null] as never }, 'changed since it was saved'],
    ['without its seal', { seal: undefined }, 'changed since it was saved'],
    ['with another key', { keyCheck: 'x' }, 'another key'],
  ])('%s', (_name, edit, said) => {
    const text = JSON.stringify(seal(saved([change({ x: '2' })]), key));
    const check = () => assertSealed({ ...(JSON.parse(text) as SavedPlan), ...edit } as SavedPlan, key);
    if (said === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(said);
  });

  it('holds no value of a configuration that is a secret', () => {
    const text = JSON.stringify(saved([change({ 'x.password': 'hunter22' }, { 'x.password': 'oldsecret' })]));
    expect(text).not.toMatch(/hunter22|oldsecret/);
  });

  it.each([
    ['nothing moved', [change({ x: '2' }, { x: '1' })], undefined],
    ['the cluster moved', [change({ x: '2' }, { x: '0' })], 'a has changed on the cluster'],
    ['the connector went', [change({ x: '2' })], 'a has changed on the cluster'],
    ['the file moved', [change({ x: '3' }, { x: '1' })], 'a has changed in its file'],
    ['the file went', [], 'a is no longer in any file'],
  ])('%s', (_name, now, said) => {
    const plan = saved([change({ x: '2' }, { x: '1' })]);
    if (said === undefined) assertCurrent(plan, now, key);
    else expect(() => assertCurrent(plan, now, key)).toThrow(said);
  });

  it('notices a file that came along', () => {
    expect(() => assertCurrent(saved([]), [change({ x: '1' })], key)).toThrow('a is new among the files');
  });
});

describe('consequencesOf', () => {
  it.each([
    ['topic.prefix', {}, 'new snapshot'],
    ['slot.name', {}, 'new slot'],
    ['snapshot.mode', {}, 'offsets'],
    ['table.include.list', {}, 'existing rows of newly captured tables'],
    ['database.hostname', {}, 'positions in the log'],
    ['database.server.id', {}, 'unique'],
    ['topics', { topics: 'x' }, 'added topics are read'],
    ['collection.name.format', { topics: 'x' }, 'other tables'],
    ['value.converter', { topics: 'x' }, 'old format'],
  ])('a changed %s', (name, more, said) => {
    const found = consequencesOf(change({ ...more, [name]: 'new' }, { ...more, [name]: 'old' }));
    expect(found.map((one) => one.key)).toContain(name);
    expect(found.map((one) => one.message).join()).toContain(said);
  });

  it.each<[string, Record<string, string>, Record<string, string>, number]>([
    [
      'io.debezium.connector.jdbc.JdbcSinkConnector',
      { 'table.name.format': 'a' },
      { 'collection.name.format': 'a' },
      0,
    ],
    ['io.debezium.connector.jdbc.JdbcSinkConnector', {}, { 'collection.name.format': '${topic}' }, 0],
    [
      'io.debezium.connector.jdbc.JdbcSinkConnector',
      { 'table.name.format': 'a' },
      { 'collection.name.format': 'b' },
      2,
    ],
    ['io.debezium.connector.jdbc.JdbcSinkConnector', { 'table.name.format': 'a' }, {}, 1],
    ['io.confluent.connect.jdbc.JdbcSinkConnector', { 'table.name.format': 'a' }, { 'collection.name.format': 'a' }, 2],
  ])('of %s: tables named by %j are the same by %j, or not', (name, live, desired, count) => {
    const sink = { 'connector.class': name, topics: 't' };
    expect(consequencesOf(change({ ...sink, ...desired }, { ...sink, ...live }))).toHaveLength(count);
  });

  it('a new connector has none', () => {
    expect(consequencesOf(change({ 'topic.prefix': 'x' }))).toEqual([]);
  });
});

describe('renameOf', () => {
  it('is seen if a stray connector differs in one key at most', () => {
    const config = { 'connector.class': 'X', topics: 'a', file: 'f' };
    const created = change(config);
    expect(renameOf(created, [{ name: 'old', config: { ...config, file: 'g' } }])[0]?.message).toContain(
      'old, renamed',
    );
    expect(renameOf(created, [{ name: 'old', config: { ...config, file: 'g', topics: 'b' } }])).toEqual([]);
    expect(renameOf(change(config, config), [{ name: 'old', config }])).toEqual([]);
  });
});
