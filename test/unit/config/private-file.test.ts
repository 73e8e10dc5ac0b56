import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPrivateFile, writePrivateFile } from '../../../src/config/private-file.ts';

describe('files that hold values', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-private-'));
    file = path.join(folder, 'report');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const mode = () => (statSync(file).mode & 0o777).toString(8);

  it('can be read by their owner only, whatever the umask', () => {
    const before = process.umask(0);
    try {
      writePrivateFile(file, 'värde', 'hint');
    } finally {
      process.umask(before);
    }
    expect([mode(), readFileSync(file, 'utf8')]).toEqual(['600', 'värde']);
  });

  it('lose the rights of others where they exist, before anything is written', () => {
    writeFileSync(file, 'a longer text than the new one');
    chmodSync(file, 0o644);
    const opened = openPrivateFile(file, 'hint');
    expect([mode(), readFileSync(file, 'utf8')]).toEqual(['600', '']);
    opened.write('new');
    opened.close();
    expect([mode(), readFileSync(file, 'utf8')]).toEqual(['600', 'new']);
  });

  it.skipIf(process.platform !== 'linux')('that are on a full disk are a clear error (Linux has /dev/full)', () => {
    const { mode: before } = statSync('/dev/full');
    expect(() => writePrivateFile('/dev/full', 'x', 'hint')).toThrow(
      expect.objectContaining({
        code: 'FILE_UNWRITABLE',
        message: expect.stringContaining('cannot write /dev/full: ENOSPC'),
        hint: expect.stringContaining('The disk is full'),
      }),
    );
    expect(statSync('/dev/full').mode).toBe(before);
  });

  it('that cannot be opened are a clear error with what to do', () => {
    expect(() => writePrivateFile(path.join(folder, 'none', 'report'), 'x', 'Check the path.')).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', hint: 'Check the path.' }),
    );
  });
});
