import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { checkFreeSpace, isDiskFull, storageFailure } from '../../../src/sandbox/disk.ts';

describe('a full disk', () => {
  it.each([
    "ENOSPC: no space left on device, write '/x'",
    'tar: bin/postgres: Cannot write: No space left on device',
    'java.io.IOException: No space left on device',
    'FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    '[ERROR] mariadbd: Error writing file \'./ibdata1\' (Errcode: 28 "No space left on device")',
    'write failed: Disk quota exceeded',
  ])('is seen in: %s', (text) => expect(isDiskFull(text)).toBe(true));

  it('is not seen if there is none', () => expect(isDiskFull('Errcode: 2 "No such file"')).toBe(false));

  it('is found before anything is written, also below folders that do not exist yet', async () => {
    const folder = path.join(tmpdir(), 'sluice-none', 'cache');
    await expect(checkFreeSpace(folder, 1e18)).rejects.toMatchObject({ code: 'SANDBOX_DISK_FULL', exitCode: 2 });
    await expect(checkFreeSpace(folder, 1)).resolves.toBeUndefined();
  });
});

describe('storageFailure', () => {
  const own = new SluiceError('TIMED_OUT', 'late');
  const defect = new TypeError('x is undefined');
  it.each([
    [Object.assign(new Error('no'), { code: 'EROFS' }), 'SANDBOX_CACHE'],
    [Object.assign(new Error('no'), { code: 'EACCES' }), 'SANDBOX_CACHE'],
    [Object.assign(new Error('no'), { code: 'ENOTDIR' }), 'SANDBOX_CACHE'],
    [Object.assign(new Error('no'), { code: 'ENOSPC' }), 'SANDBOX_DISK_FULL'],
    [own, 'TIMED_OUT'],
  ])('%s → %s', (error, code) => expect(storageFailure(error, '/cache', 'SLUICE_CACHE_DIR')).toMatchObject({ code }));

  it('leaves a defect what it is', () => expect(storageFailure(defect, '/cache', 'X')).toBe(defect));
});
