import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/store/lease.ts';
import type { SchemaChangeSeen, SourceTables } from '../../../src/store/schema-changes.ts';
import { Store } from '../../../src/store/store.ts';

const NOON = Date.UTC(2026, 0, 10, 12);
let folder: string;
let store: Store;
let lease: Lease;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-schemas-'));
  store = new Store(folder);
  lease = store.leases.take('serve', 'one', NOON, 15_000) as Lease;
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const seen = (at: number): SchemaChangeSeen => ({
  ...{ connector: 'shop', table: 'public.orders', at, seenAt: at },
  changes: ['column note added (text)'],
  consequences: [{ sink: 'sink', effect: 'followed', text: 'It adds note.' }],
});
const source = (more: Partial<SourceTables> = {}): SourceTables => ({
  ...{ connector: 'shop', changed: [], gone: [], seen: [], ...more },
});
const orders = { table: '"orders"', origin: 'topic', shape: '{}' };
const keep = (sources: SourceTables[], by = lease) =>
  store.schemaChanges.keep('prod', sources, { lease: by, who: 'me@here' });

describe('SchemaChanges', () => {
  it('keeps tables and the position over a restart', () => {
    expect(keep([source({ changed: [orders], position: { topic: 'shop', next: 7 } })])).toBe(true);
    store[Symbol.dispose]();
    store = new Store(folder);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([orders]);
    expect(store.schemaChanges.position('prod', 'shop')).toEqual({ topic: 'shop', next: 7 });
    keep([source({ changed: [{ ...orders, shape: '[]' }] })]);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([{ ...orders, shape: '[]' }]);
    keep([source({ gone: [orders.table], position: null })]);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([]);
    expect(store.schemaChanges.position('prod', 'shop')).toBeUndefined();
  });

  it('keeps a change here and in the history', () => {
    keep([source({ seen: [seen(NOON)] })]);
    expect(store.schemaChanges.seen('prod', NOON)).toEqual([seen(NOON)]);
    expect(store.schemaChanges.seen('prod', NOON + 1)).toEqual([]);
    expect(store.schemaChanges.seen('test', 0)).toEqual([]);
    expect(store.changes.list()).toMatchObject([
      {
        ...{ verb: 'schema-change', context: 'prod', who: 'me@here', exitCode: 0, at: '2026-01-10T12:00:00.000Z' },
        connectors: [{ name: 'shop', outcome: 'public.orders: column note added (text)' }],
      },
    ]);
  });

  it('keeps nothing for one who no longer acts', () => {
    store.leases.take('serve', 'two', NOON + 60_000, 15_000);
    expect(keep([source({ changed: [orders], seen: [seen(NOON)] })])).toBe(false);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([]);
    expect(store.changes.list()).toEqual([]);
  });

  it('forgets connectors that are gone, and changes of long ago', () => {
    keep([source({ changed: [orders], position: { topic: 'shop', next: 1 }, seen: [seen(NOON)] })]);
    store.schemaChanges.keepOnly('test', []);
    expect(store.schemaChanges.tables('prod', 'shop')).toHaveLength(1);
    store.schemaChanges.keepOnly('prod', ['other']);
    expect(store.schemaChanges.tables('prod', 'shop')).toEqual([]);
    expect(store.schemaChanges.position('prod', 'shop')).toBeUndefined();
    keep([source({ seen: [seen(NOON + 91 * 24 * 3_600_000)] })]);
    expect(store.schemaChanges.seen('prod', 0)).toHaveLength(1);
  });
});
