import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPrivateFile, writePrivateFile, writePublicFile } from '../../../src/files/private-file.ts';

/** Whether it could be done; not, while nobody reads yet. */
function attempt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}

describe('files that hold values', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-private-'));
    file = path.join(folder, 'report');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const mode = () => (statSync(file).mode & 0o777).toString(8);

  it('can be read by their owner only, with any umask', () => {
    const before = process.umask(0);
    try {
      writePrivateFile(file, 'värde', 'hint');
    } finally {
      process.umask(before);
    }
    expect([mode(), readFileSync(file, 'utf8')]).toEqual(['600', 'värde']);
  });

  it.skipIf(process.platform === 'win32')('that are pipes without a reader are an error at once, and no wait', () => {
    execFileSync('mkfifo', [file]);
    for (const write of [() => writePrivateFile(file, 'x', 'hint'), () => writePublicFile(file, 'x')])
      expect(write).toThrow(/a pipe without a reader/);
  });

  it.skipIf(process.platform === 'win32')('that are pipes with a reader get all of it', async () => {
    execFileSync('mkfifo', [file]);
    for (const write of [
      (text: string) => writePrivateFile(file, text, 'hint'),
      (text: string) => writePublicFile(file, text),
    ]) {
      const reader = spawn('cat', [file]);
      let read = '';
      reader.stdout.setEncoding('utf8').on('data', (part: string) => {
        read += part;
      });
      const ended = new Promise((resolve) => reader.on('close', resolve));
      await expect.poll(() => attempt(() => write('text'))).toBe(true);
      await ended;
      expect(read).toBe('text');
    }
  });

  it('lose the rights of others if they exist, before anything is written', () => {
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
