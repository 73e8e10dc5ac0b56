import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeDurably, writeDurableFile } from '../../../src/files/durable-file.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('durable');
afterAll(remove);

describe('a durable file', () => {
  it('is readable by its owner only, and replaces an older one', () => {
    const file = path.join(folder, 'a', 'b', 'file.json');
    writeDurableFile(file, 'one');
    writeDurableFile(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(['file.json']);
    removeDurably(file);
    expect(existsSync(file)).toBe(false);
  });

  it('replaces nothing if it is to be new', () => {
    const file = path.join(folder, 'new.json');
    writeFileSync(file, 'mine');
    expect(() => writeDurableFile(file, 'other', { exclusive: true })).toThrow(`${file} already exists`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('says why it cannot be written, and leaves nothing behind', () => {
    const file = path.join(folder, 'plain');
    writeFileSync(file, '');
    expect(() => writeDurableFile(path.join(file, 'below'), 'x')).toThrow(`cannot write ${path.join(file, 'below')}`);
    expect(readdirSync(folder).sort()).toEqual(['a', 'new.json', 'plain']);
  });
});
