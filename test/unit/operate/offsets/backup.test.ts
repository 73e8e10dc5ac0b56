import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readOffsetsFile } from '../../../../src/operate/offsets/backup.ts';

it('a byte order mark is not part of a file of offsets', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-offsets-'));
  try {
    writeFileSync(path.join(folder, 'offsets.json'), '\uFEFF[]');
    expect(readOffsetsFile(path.join(folder, 'offsets.json'))).toBe('[]');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
