import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BucketVector } from '../../../../src/reconcile/compare/buckets.ts';
import { ScanState } from '../../../../src/reconcile/compare/checkpoint.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

describe('the state of a scan', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-scan-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const begun = (fingerprint = 'a'.repeat(64)) => {
    const state = new ScanState({ fingerprint, folder });
    state.begin(7, 'integers', 2, NOW);
    const side = state.side('source');
    side.vector.set(-3, 5, [1n, 2n ** 64n - 1n]);
    side.cursor = '42';
    side.open.push({ condition: 'id < 7', rows: 7 });
    side.parts = 1;
    state.save(NOW, { always: true });
    return state;
  };

  it('is resumed where it stopped', () => {
    const before = begun();
    const state = new ScanState({ fingerprint: before.fingerprint, folder });
    expect(state.load()).toBe(true);
    expect(state).toMatchObject({ buckets: 7, spread: 'integers', began: NOW.toISOString(), resumed: true });
    expect(state.side('source')).toEqual(before.side('source'));
    expect(state.side('source').vector.data).toEqual(before.side('source').vector.data);
    expect(state.side('target').parts).toBe(0);
  });

  it('is not resumed by another comparison, or from a damaged file', () => {
    const { fingerprint } = begun();
    // The same file name, another comparison.
    expect(new ScanState({ fingerprint: `${fingerprint.slice(0, 32)}${'b'.repeat(32)}`, folder }).load()).toBe(false);
    expect(new ScanState({ fingerprint: 'c'.repeat(64), folder }).load()).toBe(false);
    const [file = ''] = readdirSync(folder);
    writeFileSync(path.join(folder, file), 'no state');
    expect(new ScanState({ fingerprint, folder }).load()).toBe(false);
  });

  it('is not resumed if a part of the file is lost or was changed', () => {
    const { fingerprint } = begun();
    const file = path.join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(file);
    const changed = (at: number) => Buffer.concat([whole.subarray(0, at), Buffer.from([0xa5]), whole.subarray(at + 1)]);
    const spoilt = [
      Buffer.alloc(0),
      Buffer.alloc(whole.length),
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.alloc(1)]),
      ...[0, 40, 200, whole.length - 1].map(changed),
      serialize(null),
    ];
    for (const content of spoilt) {
      writeFileSync(file, content);
      const warnings: string[] = [];
      const state = new ScanState({ fingerprint, folder, warn: (message) => warnings.push(message) });
      expect(state.load()).toBe(false);
      expect(warnings).toEqual([expect.stringContaining('the scan starts over')]);
    }
    writeFileSync(file, whole);
    expect(new ScanState({ fingerprint, folder }).load()).toBe(true);
  });

  it('leaves no file once it is dropped', () => {
    begun().drop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stays in memory without a folder', () => {
    const state = new ScanState({ fingerprint: 'x' });
    state.begin(1, 'hash', 1, NOW);
    state.save(NOW, { always: true });
    state.drop();
    expect(state.started).toBe(false);
  });

  it('sums of parts are the sums of the whole, by sum and by XOR', () => {
    for (const combine of ['sum', 'xor'] as const) {
      const whole = new BucketVector(5, 1);
      const part = (hash: bigint) => {
        const vector = new BucketVector(5, 1);
        vector.set(2, 1, [hash]);
        return vector;
      };
      const hashes = [2n ** 64n - 1n, 5n, 2n ** 63n];
      for (const hash of hashes) whole.add(part(hash), combine);
      const expected = hashes.reduce((a, b) => (combine === 'xor' ? a ^ b : BigInt.asUintN(64, a + b)), 0n);
      expect(whole.data.hashes[0]?.[2 + 4]).toBe(expected);
      expect(whole.total).toBe(3);
    }
  });

  describe('where the folder cannot be written', () => {
    const warnings: string[] = [];
    const state = (place: string) => {
      warnings.length = 0;
      const fresh = new ScanState({ fingerprint: 'd'.repeat(64), folder: place, warn: (text) => warnings.push(text) });
      fresh.begin(7, 'integers', 2, NOW);
      return fresh;
    };

    it('warns once, with the folder, and goes on in memory', () => {
      const file = path.join(folder, 'a file');
      writeFileSync(file, '');
      const scan = state(path.join(file, 'below'));
      for (let at = 0; at < 3; at++) scan.save(new Date(NOW.getTime() + at * 10_000), { always: true });
      expect(warnings).toEqual([expect.stringMatching(/a file\/below, so `resume` will not work .*ENOTDIR/)]);
      expect(scan.side('source').parts).toBe(0);
      scan.drop();
    });

    it.skipIf(process.platform !== 'linux')(
      'the same on a full disk (Linux has /dev/full), and leaves the former file',
      () => {
        const before = state(folder);
        before.save(NOW, { always: true });
        const [name = ''] = readdirSync(folder);
        symlinkSync('/dev/full', path.join(folder, `${name}.new`));
        const scan = state(folder);
        scan.side('source').parts = 5;
        scan.save(NOW, { always: true });
        expect(warnings).toEqual([expect.stringContaining('ENOSPC')]);
        expect(readdirSync(folder)).toEqual([name]);
        expect(new ScanState({ fingerprint: scan.fingerprint, folder }).load()).toBe(true);
        // What it says is over with the scan.
        scan.drop();
        expect(readdirSync(folder)).toEqual([]);
      },
    );

    it('warns of an unreadable note, and not of a missing one', () => {
      const scan = state(folder);
      expect(scan.load()).toBe(false);
      expect(warnings).toEqual([]);
      scan.save(NOW, { always: true });
      writeFileSync(path.join(folder, readdirSync(folder)[0] ?? ''), 'spoilt');
      expect(scan.load()).toBe(false);
      expect(warnings).toEqual([expect.stringContaining('; the scan starts over')]);
    });
  });
});
