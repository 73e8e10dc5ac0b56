import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportReport } from '../../src/export/export.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('export');
const names = ['export-source', 'export-sink', 'export odd näme'];

beforeAll(async () => {
  folder.write('in.txt', 'one\n');
  await client.putConfig(
    'export-source',
    fileSource(folder.path('in.txt'), 'export-lines', {
      'x.password': 'it\'s "hunter22" `#1`',
      'y.format': '${TOPIC} $${x}',
    }),
  );
  await client.create({
    name: 'export-sink',
    config: fileSink(folder.path('out.txt'), 'export-lines'),
    initialState: 'STOPPED',
  });
  await client.putConfig('export odd näme', fileSource(folder.path('in.txt'), 'export-lines'));
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

describe('export', () => {
  it.each(['json', 'yaml', 'strimzi'])('as %s: a plan right after finds nothing to do', async (format) => {
    const out = folder.path(format);
    const { code, stdout } = await sluiceOnSandbox(['export', ...names, '--out', out, '--format', format, '--json']);
    expect(code).toBe(0);
    const report = parseDocument<ExportReport & Record<string, unknown>>(stdout, 'export');
    expect(report.connectors.map((one) => [one.name, one.secrets, one.state])).toEqual([
      ['export-source', ['x.password'], 'running'],
      ['export-sink', [], 'stopped'],
      ['export odd näme', [], 'running'],
    ]);
    const env = folder.path(format, '.env');
    expect(report.envFile).toBe(env);
    expect(statSync(env).mode & 0o777).toBe(0o600);
    expect(readFileSync(folder.path(format, '.gitignore'), 'utf8')).toContain('/.env');
    // As git itself sees it.
    const git = (...args: string[]) => spawnSync('git', args, { cwd: out, encoding: 'utf8' });
    expect(git('init', '-q').status).toBe(0);
    expect(git('status', '--porcelain', '-uall').stdout).toContain('export-source');
    expect(git('status', '--porcelain', '-uall').stdout).not.toContain('.env');
    for (const one of report.connectors) expect(readFileSync(one.file, 'utf8')).not.toContain('hunter22');
    expect(stdout).not.toContain('hunter22');

    const planned = await sluiceOnSandbox(['plan', out, '--env-file', env, '--json', '--exit-code']);
    expect(planned.code).toBe(0);
    expect(parseDocument<Plan & Record<string, unknown>>(planned.stdout, 'plan').summary).toMatchObject({
      unchanged: 3,
      create: 0,
      update: 0,
      state: 0,
    });
  });

  it('as strimzi: has the label that the operator selects by, and says what the operator would not do', async () => {
    const out = folder.path('labelled');
    const labelled = await sluiceOnSandbox([
      'export',
      'export-sink',
      '--out',
      out,
      '--format',
      'strimzi',
      '--cluster',
      'c',
    ]);
    expect(readFileSync(folder.path('labelled', 'export-sink.yaml'), 'utf8')).toContain('strimzi.io/cluster: c');
    expect(labelled.stderr).toBe('');
    const bare = await sluiceOnSandbox(['export', ...names, '--out', folder.path('bare'), '--format', 'strimzi']);
    expect(bare.stderr).toContain('no label strimzi.io/cluster');
    expect(bare.stderr).toContain('"export odd näme"');
    expect(bare.stderr).toContain('in export-source, use a config provider');
  });

  it('overwrites nothing without --force', async () => {
    const out = folder.path('again');
    const run = (...flags: string[]) => sluiceOnSandbox(['export', 'export-source', '--out', out, ...flags]);
    expect((await run()).code).toBe(0);
    const refused = await run();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--force');
    expect((await run('--force')).code).toBe(0);
    // The variable is there once, however often it is exported.
    expect(
      readFileSync(folder.path('again', '.env'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    ).toHaveLength(3);
    expect(readdirSync(out).sort()).toEqual(['.env', '.gitignore', 'export-source.json']);
    // Nor is there ever a second file for the same connector.
    const second = await run('--format', 'yaml', '--force');
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('export-source.json describes this connector already');
    expect(readdirSync(out)).not.toContain('export-source.yaml');
  });

  it('gives a variable of another connector no other value', async () => {
    const out = folder.path('apart');
    mkdirSync(out);
    writeFileSync(folder.path('apart', '.env'), 'EXPORT_SOURCE_X_PASSWORD=of-export.source\n');
    expect((await sluiceOnSandbox(['export', 'export-source', '--out', out])).code).toBe(0);
    expect(readFileSync(folder.path('apart', '.env'), 'utf8')).toMatch(
      /^EXPORT_SOURCE_X_PASSWORD=of-export.source\nEXPORT_SOURCE_X_PASSWORD_2=/,
    );
    expect(readFileSync(folder.path('apart', 'export-source.json'), 'utf8')).toContain('${EXPORT_SOURCE_X_PASSWORD_2}');
  });

  it('closes an env file that was open, and keeps its contents', async () => {
    const out = folder.path('open');
    mkdirSync(out);
    const env = folder.path('open', '.env');
    writeFileSync(env, 'MINE=1');
    chmodSync(env, 0o644);
    expect((await sluiceOnSandbox(['export', 'export-source', '--out', out])).code).toBe(0);
    expect(statSync(env).mode & 0o777).toBe(0o600);
    expect(readFileSync(env, 'utf8')).toMatch(/^MINE=1\nEXPORT_SOURCE_X_PASSWORD=/);
  });

  it('knows a typo', async () => {
    const { code, stderr } = await sluiceOnSandbox(['export', 'export-sorce', '--out', folder.path('typo')]);
    expect(code).toBe(13);
    expect(stderr).toContain('export-source');
  });
});
