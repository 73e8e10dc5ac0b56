import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SchemaKeeper } from '../../../src/serve/schemas.ts';
import type { SchemaObservation } from '../../../src/serve/source-watch.ts';
import type { Lease } from '../../../src/store/lease.ts';
import { Store } from '../../../src/store/store.ts';
import { NOON } from '../../helpers/snapshot.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-schemas-'));
  store = new Store(folder);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const source = {
  name: 'shop',
  config: { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'shop' },
};
const sink = {
  name: 'shop-sink',
  config: {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    topics: 'shop.public.orders',
    'schema.evolution': 'basic',
  },
};
const column = (name: string, type = 'text') => ({ name, type, nullable: true, defaulted: false });
const catalog = (...names: string[]): SchemaObservation => ({
  source,
  connectors: [source, sink],
  observed: {
    by: 'catalog',
    at: NOON,
    tables: [
      {
        table: { schema: 'public', name: 'orders' },
        shape: { columns: names.map((name) => column(name)), primaryKey: [] },
      },
    ],
  },
});
const lease = (holder = 'one', at = NOON) => store.leases.take('serve', holder, at, 15_000) as Lease;
const keeper = () => new SchemaKeeper(() => store.schemaChanges, 'prod', 'me@here');
const ALL = ['shop', 'shop-sink'];

describe('SchemaKeeper', () => {
  it('says each change once, with what it does, also over a restart', () => {
    const first = keeper();
    const given = { lease: lease(), now: NOON };
    expect(first.keep([catalog('a')], ALL, given)).toEqual([]);
    expect(first.keep([catalog('a', 'b')], ALL, given)).toMatchObject([
      {
        ...{ connector: 'shop', table: 'public.orders', changes: ['column b added (text)'], seenAt: NOON },
        consequences: [{ sink: 'shop-sink', effect: 'followed', text: expect.stringContaining('It adds b') }],
      },
    ]);
    expect(first.keep([catalog('a', 'b')], ALL, given)).toEqual([]);
    store[Symbol.dispose]();
    store = new Store(folder);
    const second = keeper();
    expect(second.keep([catalog('a', 'b')], ALL, given)).toEqual([]);
    expect(second.keep([catalog('b')], ALL, given)).toMatchObject([{ changes: ['column a dropped'] }]);
    expect(store.schemaChanges.seen('prod', 0)).toHaveLength(2);
  });

  it('has one sentence of each kind for a sink, and leaves out what does nothing', () => {
    const all = keeper();
    const given = { lease: lease(), now: NOON };
    all.keep([catalog('a', 'b')], ALL, given);
    const [seen] = all.keep([catalog()], ALL, given) ?? [];
    expect(seen?.changes).toEqual(['column a dropped', 'column b dropped']);
    expect(seen?.consequences).toMatchObject([{ effect: 'differs' }]);
  });

  it('keeps nothing for one who no longer acts, and then knows what the other has kept', () => {
    const [one, two] = [keeper(), keeper()];
    const before = lease('one');
    one.keep([catalog('a')], ALL, { lease: before, now: NOON });
    const later = lease('two', NOON + 60_000);
    expect(one.keep([catalog('a', 'b')], ALL, { lease: before, now: NOON })).toBeUndefined();
    expect(two.keep([catalog('a', 'b')], ALL, { lease: later, now: NOON })).toHaveLength(1);
    const again = lease('one', NOON + 120_000);
    expect(one.keep([catalog('a', 'b')], ALL, { lease: again, now: NOON })).toEqual([]);
  });

  it('forgets a connector that is gone: another one of that name begins again', () => {
    const all = keeper();
    const given = { lease: lease(), now: NOON };
    all.keep([catalog('a')], ALL, given);
    const other = { ...catalog('x'), source: { ...source, name: 'other' } };
    all.keep([other], ['other'], given);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([]);
    expect(all.keep([catalog('b')], [...ALL, 'other'], given)).toEqual([]);
  });

  it('knows when the tables of each source were last seen to change, also by an earlier process', () => {
    const first = keeper();
    const given = { lease: lease(), now: NOON };
    expect(first.last()).toEqual(new Map());
    first.keep([catalog('a')], ALL, given);
    expect(first.last()).toEqual(new Map());
    first.keep([catalog('a', 'b')], ALL, given);
    expect(first.last()).toEqual(new Map([['shop', NOON]]));
    first.keep([catalog('a')], ALL, { ...given, now: NOON + 1000 });
    expect(first.last()).toEqual(new Map([['shop', NOON + 1000]]));
    expect(keeper().last()).toEqual(new Map([['shop', NOON + 1000]]));
  });
});
