import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sandboxFolder } from '../../../src/config/sandbox-record.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { sandboxLogs } from '../../../src/sandbox/logs.ts';

it('a private key over many lines is masked, even if only its last lines are shown', async () => {
  const stateFolder = mkdtempSync(path.join(tmpdir(), 'sluice-logs-'));
  try {
    const logs = path.join(sandboxFolder(stateFolder, 'x'), 'logs');
    mkdirSync(logs, { recursive: true });
    const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBg', 'kqhkiG9w0BAQEF', '-----END PRIVATE KEY-----'];
    writeFileSync(path.join(logs, 'worker.log'), ['before', `\tssl.key = ${key.join('\n')}`, 'after', ''].join('\n'));
    for (const lines of [100, 3]) {
      const shown: string[] = [];
      await sandboxLogs({
        name: 'x',
        stateFolder,
        component: 'worker',
        lines,
        follow: false,
        clock: systemClock,
        signal: new AbortController().signal,
        write: (line) => shown.push(line),
      });
      expect(shown.at(-1)).toBe('after');
      expect(shown.join('\n')).not.toMatch(/MIIE|kqhki/);
    }
  } finally {
    rmSync(stateFolder, { recursive: true });
  }
});
