import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
