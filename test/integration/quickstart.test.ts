import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { SandboxStatus } from '../../src/sandbox/status.ts';
import { sluice } from '../helpers/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-quickstart-'));
const env = { SLUICE_STATE_DIR: path.join(folder, 'state') };
const page = readFileSync(packagePath('docs', 'quickstart.md'), 'utf8');
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** The page's commands as a reader would type them, with `sluice` on the PATH. */
function shell(script: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-eu', '-c', script], {
      cwd: folder,
      env: { ...process.env, ...env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

beforeAll(() => {
  mkdirSync(path.join(folder, 'bin'));
  const program = path.join(folder, 'bin', 'sluice');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${packagePath('bin', 'run.js')}" "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(async () => {
  await sluice(['sandbox', 'down', '--purge'], { env });
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/quickstart.md', () => {
  it('leads from nothing to a proven pipeline and back, command by command', async () => {
    expect(blocks.length).toBeGreaterThan(6);
    let databases: SandboxStatus['databases'] = {};
    for (const block of blocks) {
      if (block.startsWith('psql')) {
        // The one line that needs programs which not every machine has: its statements are run all the same.
        const statements = /"(CREATE [\s\S]*)"/.exec(block)?.[1];
        const client = new pg.Client({ connectionString: databases.source?.url });
        await client.connect();
        await client.query(statements ?? 'no statement found').finally(() => client.end());
        continue;
      }
      // A busy port may have moved; the page tells the reader to look.
      const script = block
        .replaceAll('port=15432', `port=${databases.source?.port}`)
        .replaceAll('port=15532', `port=${databases.target?.port}`);
      if (script.includes('sluice reconcile')) await untilEqual(script);
      const { code, output } = await shell(script);
      expect(code, `${script}\n${output}`).toBe(0);
      if (script.includes('sandbox status --json')) databases = (JSON.parse(output) as SandboxStatus).databases;
    }
  }, 300_000);
});

/** The reader takes longer than the rows do. */
async function untilEqual(script: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await shell(script)).code !== 0 && Date.now() < deadline);
}
