import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { sluice } from '../helpers/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-quickstart-'));
const prefix = path.join(folder, 'global');
const env = { SLUICE_STATE_DIR: path.join(folder, 'state') };
const page = readFileSync(packagePath('docs', 'quickstart.md'), 'utf8');
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** The page's commands as a reader would paste them; what they install is on the PATH. */
function shell(script: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-eu', '-c', script], {
      cwd: folder,
      env: {
        ...process.env,
        ...env,
        npm_config_cache: path.join(folder, 'npm'),
        PATH: [
          path.join(prefix, 'bin'),
          path.dirname(process.execPath),
          process.env.PATH,
          path.join(folder, 'bin'),
        ].join(':'),
      },
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

/** Stands in for psql on machines that lack it, as far as the page uses it: `psql URL -c SQL`. */
function writePsql(): void {
  mkdirSync(path.join(folder, 'bin'));
  const pg = JSON.stringify(import.meta.resolve('pg'));
  const code = `import pg from ${pg}; const [url, , sql] = process.argv.slice(1); const client = new pg.Client(url);
    await client.connect(); await client.query(sql).finally(() => client.end());`;
  const file = path.join(folder, 'bin', 'psql');
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" --input-type=module -e '${code}' -- "$@"\n`);
  chmodSync(file, 0o755);
}

/** What a release publishes, in place of what is published. */
function packed(): string {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: packagePath() });
  const [name = ''] = globSync('sluice-*.tgz', { cwd: folder });
  return path.join(folder, name);
}

beforeAll(writePsql);
afterAll(async () => {
  await sluice(['sandbox', 'down', '--purge'], { env });
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/quickstart.md', () => {
  it('leads from nothing to a proven pipeline and back, block by block', async () => {
    expect(blocks.length).toBeGreaterThan(4);
    expect(blocks[0]).toMatch(/^npm install --global sluice\n/);
    const install = `npm install --global --offline --prefix ${prefix} ${packed()}`;
    for (const block of blocks) {
      const script = block.replace('npm install --global sluice', install);
      const { code, output } = await shell(script);
      expect(code, `${script}\n${output}`).toBe(0);
      if (script.includes('--connector')) expect(output).toMatch(/equal.*1,000/);
    }
    expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).toContain('orders-sink.yaml');
  }, 300_000);
});
