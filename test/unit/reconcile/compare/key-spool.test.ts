import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeySpool } from '../../../../src/reconcile/compare/key-spool.ts';

describe('KeySpool', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-spool-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const difference = (id: number) => ({
    missing: 1,
    extra: 0,
    different: 0,
    key: [`key ${id}\n\r\u2028"é😀\u2029\u0085`],
  });
  const fill = (spool: KeySpool, count: number) => {
    for (let id = 0; id < count; id++) spool.add(difference(id));
  };
  const read = async (spool: KeySpool, size: number) => {
    const all: unknown[] = [];
    for await (const batch of spool.batches(size)) {
      expect(batch.length).toBeLessThanOrEqual(size);
      all.push(...batch);
    }
    return all;
  };

  it('gives back all keys in order, also twice, from a file that only its owner may read', async () => {
    const spool = new KeySpool({ folder });
    fill(spool, 25_003);
    const [own = ''] = readdirSync(folder);
    expect(statSync(path.join(folder, own, 'keys.jsonl')).mode & 0o777).toBe(0o600);
    const all = Array.from({ length: 25_003 }, (_, id) => difference(id));
    expect(await read(spool, 999)).toEqual(all);
    expect(await read(spool, 10_000)).toEqual(all);
    spool[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes all of it where a disk takes a part at a time', async () => {
    const spool = new KeySpool({
      folder,
      write: (handle, bytes, at) => writeSync(handle, bytes, at, Math.min(1000, bytes.length - at)),
    });
    fill(spool, 10_000);
    expect(await read(spool, 10_000)).toHaveLength(10_000);
    spool[Symbol.dispose]();
  });

  it('still reads what something has deleted from the folder of temporary files', async () => {
    const spool = new KeySpool({ folder });
    fill(spool, 10_001);
    rmSync(path.join(folder, readdirSync(folder)[0] ?? ''), { recursive: true });
    expect(await read(spool, 5000)).toHaveLength(10_001);
    spool[Symbol.dispose]();
  });

  it('names the folder and TMPDIR where the disk is full, and leaves nothing behind', () => {
    const spool = new KeySpool({
      folder,
      write: () => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    });
    expect(() => fill(spool, 10_000)).toThrow(
      expect.objectContaining({
        code: 'FILE_UNWRITABLE',
        message: expect.stringContaining(`cannot be kept in ${folder}: ENOSPC`),
        hint: 'The disk is full: free space, or set TMPDIR to another folder.',
      }),
    );
    spool[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('the same where the folder does not exist', () => {
    const missing = path.join(folder, 'none');
    const spool = new KeySpool({ folder: missing });
    expect(() => fill(spool, 10_000)).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', message: expect.stringContaining(missing) }),
    );
    spool[Symbol.dispose]();
    expect(existsSync(missing)).toBe(false);
  });
});
