import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Listing, unpackOnce } from '../../../src/files/unpack.ts';

const listing: Listing = {
  id: 'a1',
  files: [
    ['package.json', 2],
    ['dist/src/main.js', 3],
    ['empty.txt', 0],
  ],
};
const block = () => Buffer.from('{}abc');
const never = () => {
  throw new Error('the files are there');
};

let base: string;
let parent: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-unpack-')));
  parent = path.join(base, 'cache', 'executable');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('unpackOnce', () => {
  it('writes the files for their owner alone, the first time only', () => {
    const folder = unpackOnce(parent, listing, block);
    expect(folder).toBe(path.join(parent, 'a1'));
    expect(readFileSync(path.join(folder, 'package.json'), 'utf8')).toBe('{}');
    expect(readFileSync(path.join(folder, 'dist/src/main.js'), 'utf8')).toBe('abc');
    expect(statSync(path.join(folder, 'empty.txt')).size).toBe(0);
    for (const one of [parent, folder, path.join(folder, 'dist')]) expect(statSync(one).mode & 0o777).toBe(0o700);
    expect(unpackOnce(parent, listing, never)).toBe(folder);
    expect(readdirSync(parent)).toEqual(['a1']);
  });

  it('writes them again where one is missing, shortened or a link', () => {
    const folder = unpackOnce(parent, listing, block);
    const file = path.join(folder, 'dist/src/main.js');
    const damages = [
      () => rmSync(file),
      () => writeFileSync(file, 'a'),
      () => {
        rmSync(file);
        symlinkSync(path.join(folder, 'package.json'), file);
      },
      () => chmodSync(folder, 0o777),
    ];
    for (const damage of damages) {
      damage();
      unpackOnce(parent, listing, block);
      expect(readFileSync(file, 'utf8')).toBe('abc');
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    expect(readdirSync(parent)).toEqual(['a1']);
  });

  it('refuses a folder that others can write to, or one below it', () => {
    const cache = path.join(base, 'cache');
    mkdirSync(cache, { mode: 0o700 });
    chmodSync(cache, 0o777);
    expect(() => unpackOnce(parent, listing, block)).toThrow(`other users can write to ${cache}`);
    chmodSync(cache, 0o700);
    const folder = unpackOnce(parent, listing, block);
    chmodSync(parent, 0o702);
    expect(() => unpackOnce(parent, listing, never)).toThrow(`other users can write to ${parent}`);
    chmodSync(parent, 0o700);
    // Where the path leads by a link counts, too.
    chmodSync(cache, 0o777);
    const link = path.join(base, 'link');
    symlinkSync(cache, link);
    expect(() => unpackOnce(path.join(link, 'executable'), listing, never)).toThrow('other users can write to');
    expect(existsSync(folder)).toBe(true);
  });

  it('refuses a folder of another user', () => {
    unpackOnce(parent, listing, block);
    const { uid, gid } = statSync(parent);
    const other = { uid: uid + 1, gid: gid + 1 };
    expect(() => unpackOnce(parent, listing, never, other)).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', hint: expect.stringContaining('SLUICE_CACHE_DIR') }),
    );
  });

  it('allows the group of a user that has one of the same number', () => {
    const { uid, gid } = statSync(base);
    const cache = path.join(base, 'cache');
    mkdirSync(cache);
    chmodSync(cache, 0o770);
    const unpack = () => unpackOnce(parent, listing, block, { uid, gid });
    if (uid === gid) expect(unpack).not.toThrow();
    else expect(unpack).toThrow('other users');
    expect(() => unpackOnce(parent, listing, block, { uid, gid: gid + 1 })).toThrow('other users');
  });

  it('removes what no start has used for a month', () => {
    const old = unpackOnce(parent, { ...listing, id: 'a0' }, block);
    const recent = unpackOnce(parent, { ...listing, id: 'a00' }, block);
    const month = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    utimesSync(old, month, month);
    utimesSync(recent, new Date(), new Date(Date.now() - 3 * 24 * 3600 * 1000));
    unpackOnce(parent, { ...listing, id: 'a00' }, never);
    expect(Date.now() - statSync(recent).mtimeMs).toBeLessThan(3600 * 1000);
    unpackOnce(parent, listing, block);
    expect(readdirSync(parent).sort()).toEqual(['a00', 'a1']);
  });

  it('says where it could not write', () => {
    writeFileSync(path.join(base, 'cache'), '');
    expect(() => unpackOnce(parent, listing, block)).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', message: expect.stringContaining(parent) }),
    );
    rmSync(path.join(base, 'cache'));
    expect(() => unpackOnce(parent, listing, () => Buffer.from('short'.slice(0, 3)))).toThrow('damaged');
    expect(readdirSync(parent)).toEqual([]);
  });
});
