import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

describe('the binary', () => {
  it('says in one line that Node is too old, exit 2', () => {
    const pretend = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } })")}`;
    const run = spawnSync(process.execPath, ['--import', pretend, packagePath('bin', 'run.js'), '--help'], {
      encoding: 'utf8',
    });
    expect(run.status).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/^sluice needs Node\.js 24 or newer.*\n$/);
  });

  it('keeps Node from reading --env-file, and from running what NODE_OPTIONS in it says', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-binary-'));
    try {
      const planted = path.join(folder, 'planted.cjs');
      writeFileSync(planted, "process.stderr.write('planted code has run')");
      const file = path.join(folder, 'variables.env');
      writeFileSync(file, `NODE_OPTIONS=--require ${planted}\n`);
      const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}` };
      // As npm starts it: by a link to the file itself.
      const link = path.join(folder, 'sluice');
      symlinkSync(packagePath('bin', 'run.js'), link);
      for (const given of [[`--env-file=${file}`], ['--env-file', file]]) {
        const run = spawnSync(link, ['config', 'show', ...given], { encoding: 'utf8', env, cwd: folder });
        expect(run.stderr).not.toContain('planted');
      }
      const missing = spawnSync(link, ['plan', '--env-file', 'missing.env'], { encoding: 'utf8', env, cwd: folder });
      expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining('[FILE_UNREADABLE]') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints usage errors on stderr, and a document on stdout only under --json', async () => {
    const plain = await sluice(['config', 'show', '--nope']);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain('Nonexistent flag: --nope [USAGE]');

    for (const form of [['--json'], ['-o', 'json'], ['--output=json'], ['-ojson']]) {
      const json = await sluice(['config', 'show', '--nope', ...form]);
      expect(json.code).toBe(2);
      expect(parseDocument(json.stdout, 'error')).toMatchObject({ error: { code: 'USAGE' } });
    }
  });

  it('never prints argv or the configuration with an error', async () => {
    const { stdout, stderr } = await sluice(['config', 'show', '--password=geheim', '--json']);
    expect(stdout + stderr).not.toContain('geheim');
  });

  it('names the command that was meant', async () => {
    const { code, stderr } = await sluice(['config', 'shw']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean: sluice config show');
  });

  it('gives a document that its schema describes, as JSON and as YAML, to stdout and to a file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-binary-'));
    try {
      const json = await sluice(['config', 'show', '--context', 'sandbox', '--json'], { cwd: folder });
      expect(json).toMatchObject({ code: 0, stderr: '' });
      parseDocument(json.stdout, 'config-show');

      const file = path.join(folder, 'result.yaml');
      const yaml = await sluice(['config', 'show', '--context', 'sandbox', '-o', 'yaml', '--to', file], {
        cwd: folder,
      });
      expect(yaml).toMatchObject({ code: 0, stdout: '' });
      const { parse } = await import('yaml');
      expect(parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(json.stdout));

      const unwritable = await sluice(['config', 'show', '--to', path.join(folder, 'no', 'where')], { cwd: folder });
      expect(unwritable).toMatchObject({ code: 2, stderr: expect.stringContaining('FILE_UNWRITABLE') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('uses no colour in a pipe, and colour where it is forced', async () => {
    const piped = await sluice(['config', 'show', '--context', 'x']);
    expect(piped.stdout).not.toContain('\u001b');
    const forced = await sluice(['config', 'show', '--context', 'x'], { env: { FORCE_COLOR: '1' } });
    expect(forced.stdout).toContain('\u001b[1m');
    for (const [args, env] of [
      [['--no-color'], { FORCE_COLOR: '1' }],
      [[], { FORCE_COLOR: '1', NO_COLOR: '1' }],
    ] as const) {
      expect((await sluice(['config', 'show', '--context', 'x', ...args], { env })).stdout).not.toContain('\u001b');
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'fails in one line where its output does not fit the disk (Linux has /dev/full)',
    () => {
      for (const form of ['', '--json']) {
        const command = `"${process.execPath}" "${packagePath('bin', 'run.js')}" template list ${form} >/dev/full`;
        const run = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
        expect(run.status).toBe(2);
        expect(run.stderr).toMatch(/^Error: the output cannot be written: ENOSPC.*\[FILE_UNWRITABLE\]\n$/);
      }
    },
  );

  it('ends quietly when the reader has gone', () => {
    const run = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${packagePath('bin', 'run.js')}" --help | head -c 1 >/dev/null`],
      { encoding: 'utf8' },
    );
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});
