import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healLease, KeptLease, watchLease } from '../../../src/store/lease.ts';
import { Store } from '../../../src/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-lease-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Leases', () => {
  it('are held by one of two, who can keep them', () => {
    using first = new Store(folder);
    using second = new Store(folder);
    expect(first.leases.take('serve', 'a', 1_000, 15_000)).toEqual({ name: 'serve', holder: 'a', term: 1 });
    expect(second.leases.take('serve', 'b', 5_000, 15_000)).toBeUndefined();
    expect(first.leases.take('serve', 'a', 14_000, 15_000)).toEqual({ name: 'serve', holder: 'a', term: 1 });
    expect(second.leases.take('serve', 'b', 20_000, 15_000)).toBeUndefined();
    expect(second.leases.holder('serve', 20_000)).toBe('a');
  });

  it('pass to another when they expire, and the former holder notices', () => {
    using store = new Store(folder);
    const first = store.leases.take('serve', 'a', 0, 15_000);
    const second = store.leases.take('serve', 'b', 15_000, 15_000);
    expect(second?.term).toBe(2);
    expect(first && store.leases.isHeld(first)).toBe(false);
    expect(second && store.leases.isHeld(second)).toBe(true);
    // Taken back: still another term than the first.
    const third = store.leases.take('serve', 'a', 40_000, 15_000);
    expect(third?.term).toBe(3);
    expect(first && store.leases.isHeld(first)).toBe(false);
  });

  it('of contexts are apart, and say whether one is watched', () => {
    using store = new Store(folder);
    expect(store.leases.take(watchLease('prod'), 'a', 0, 15_000)).toBeDefined();
    expect(store.leases.take(watchLease('test'), 'b', 0, 15_000)).toBeDefined();
    expect(store.leases.take(healLease('prod'), 'c', 0, 15_000)).toBeDefined();
    const watched = (context: string | undefined, now: number) => store.leases.isWatched(context, now);
    expect([watched('prod', 1), watched('other', 1), watched(undefined, 1)]).toEqual([true, false, true]);
    expect([watched('prod', 15_000), watched(undefined, 15_000)]).toEqual([false, false]);
  });

  it('given back by who keeps it is free at once', () => {
    using store = new Store(folder);
    const kept = new KeptLease(store.leases, healLease('prod'), 'a', () => 0);
    kept.release();
    expect(kept.take()).toMatchObject({ holder: 'a', term: 1 });
    expect(new KeptLease(store.leases, healLease('prod'), 'b', () => 1).take()).toBeUndefined();
    kept.release();
    expect(new KeptLease(store.leases, healLease('prod'), 'b', () => 2).take()).toMatchObject({ term: 2 });
  });

  it('pass at once when they are released, and only by their holder', () => {
    using store = new Store(folder);
    const lease = store.leases.take('serve', 'a', 0, 15_000);
    store.leases.release({ name: 'serve', holder: 'b', term: 1 });
    expect(store.leases.take('serve', 'b', 1, 15_000)).toBeUndefined();
    if (lease) store.leases.release(lease);
    expect(store.leases.take('serve', 'b', 1, 15_000)?.holder).toBe('b');
  });

  it('are not held for ever by a clock that was ahead', () => {
    using store = new Store(folder);
    store.leases.take('serve', 'a', 1e12, 15_000);
    expect(store.leases.take('serve', 'b', 1e6, 15_000)?.holder).toBe('b');
  });
});
