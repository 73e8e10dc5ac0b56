import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LogReader, tail } from '../../../src/sandbox/logfile.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('log');
afterAll(remove);

describe('tail', () => {
  const file = path.join(folder, 'tail');
  it.each([
    ['', 3, []],
    ['a\nb\nc\nd\n', 3, ['b', 'c', 'd']],
    ['a\nb', 3, ['a', 'b']],
    ['a\n\nb\n', 2, ['', 'b']],
    ['a\nb\n', 0, []],
  ])('of %j, %i lines', (text, lines, expected) => {
    writeFileSync(file, text);
    expect(tail(file, lines)).toEqual(expected);
  });

  it('of no file is empty', () => expect(tail(path.join(folder, 'none'), 5)).toEqual([]));

  it('reads the end of a long file only', () => {
    writeFileSync(file, `${'x'.repeat(99)}\n`.repeat(10_000));
    expect(tail(file, 1e6).length).toBeLessThan(3000);
    expect(tail(file, 1)).toEqual(['x'.repeat(99)]);
  });
});

describe('LogReader', () => {
  it('gives whole lines, even if a write ends inside a letter', () => {
    const file = path.join(folder, 'grows');
    const reader = new LogReader(file);
    expect(reader.read()).toEqual([]);
    const bytes = Buffer.from('grün\nrot\n');
    writeFileSync(file, bytes.subarray(0, 3));
    expect(reader.read()).toEqual([]);
    appendFileSync(file, bytes.subarray(3, 6));
    expect(reader.read()).toEqual(['grün']);
    appendFileSync(file, bytes.subarray(6));
    expect(reader.read()).toEqual(['rot']);
    expect(reader.read()).toEqual([]);
  });

  it('starts over with the log of a restarted component', () => {
    const file = path.join(folder, 'again');
    writeFileSync(file, 'one\n');
    const reader = new LogReader(file);
    expect(reader.read()).toEqual(['one']);
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'a longer line than before\n');
    expect(reader.read()).toEqual(['a longer line than before']);
  });
});
