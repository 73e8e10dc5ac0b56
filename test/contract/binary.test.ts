import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

describe('the binary', () => {
  it.each(['run.js', 'dev.js'])('says in one line that Node is too old, exit 2: bin/%s', (entry) => {
    const pretend = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } })")}`;
    const run = spawnSync(process.execPath, ['--import', pretend, packagePath('bin', entry), '--help'], {
      encoding: 'utf8',
    });
    expect(run.status).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/^(?:sluice|bin\/dev\.js) needs Node\.js 24 or newer.*\n$/);
  });

  it('never prints the properties of an error, wherever it is thrown', () => {
    const thrown =
      "setInterval(() => { if (process.listenerCount('uncaughtException')) throw Object.assign(new Error('password=geheim1'), { sasl: 'geheim2' }) })";
    const run = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(thrown)}`,
        packagePath('bin', 'run.js'),
        'config',
        'show',
      ],
      { encoding: 'utf8' },
    );
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('[INTERNAL]');
    expect(run.stdout + run.stderr).not.toMatch(/geheim/);
  });

  it.each(['a command', 'an event'])('ends at once where an update has taken its files away: seen by %s', (by) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-updated-'));
    try {
      for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
        cpSync(packagePath(part), path.join(folder, part), { recursive: true });
      const remove = `fs.rmSync(${JSON.stringify(path.join(folder, 'dist', 'shared'))}, { recursive: true });`;
      const planted = `import fs from 'node:fs'; const wait = setInterval(() => { if (process.listenerCount('uncaughtException')) {
        clearInterval(wait); ${remove} ${by === 'an event' ? "throw new Error('password=geheim1')" : ''} } })`;
      const run = spawnSync(
        process.execPath,
        ['--import', `data:text/javascript,${encodeURIComponent(planted)}`, path.join(folder, 'bin', 'run.js'), 'plan'],
        { encoding: 'utf8', timeout: 20_000, cwd: folder },
      );
      expect(run.status).toBe(1);
      expect(run.stderr).toContain('files of sluice itself are missing');
      expect(run.stderr).not.toContain('geheim');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps Node from reading --env-file, and from obeying NODE_OPTIONS in it', () => {
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

  it.each([
    ['--disallow-code-generation-from-strings', ['validate', 'examples/orders.json']],
    ['--no-experimental-sqlite', ['history']],
    ['--permission', ['version']],
    ['--input-type=commonjs', ['version']],
    ['--preserve-symlinks-main', ['version']],
    ['--watch', ['version']],
  ])('names what NODE_OPTIONS=%s takes away, and no value in it', (options, args) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-node-options-'));
    try {
      const { status, stderr } = spawnSync(packagePath('bin', 'run.js'), args, {
        encoding: 'utf8',
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}`,
          HOME: folder,
          XDG_STATE_HOME: folder,
          NODE_OPTIONS: `${options} --title=geheim1`,
        },
      });
      expect(stderr).toContain('[NODE_RESTRICTED]');
      expect(stderr).toContain(options.split('=')[0]?.slice(2));
      expect(stderr).toContain('NODE_OPTIONS');
      expect(stderr).not.toContain('geheim');
      expect(status).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints nothing of what DEBUG and NODE_DEBUG ask for, which is not masked', () => {
    const { status, stderr } = spawnSync(
      packagePath('bin', 'run.js'),
      ['status', '--connect-url', 'http://op:hunter22@127.0.0.1:1'],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}`,
          DEBUG: '*',
          NODE_DEBUG: 'http,net',
        },
      },
    );
    expect(status).toBe(12);
    expect(stderr).toMatch(/^Error: [^\n]+\n {2}[^\n]+\n$/);
    expect(stderr).not.toContain('hunter22');
  });

  it('prints usage errors on stderr, and a document on stdout only under --json', async () => {
    const plain = await sluice(['config', 'show', '--nope']);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain('there is no flag --nope [USAGE]');

    for (const form of [['--json'], ['-o', 'json'], ['--output=json'], ['-ojson']]) {
      const json = await sluice(['config', 'show', '--nope', ...form]);
      expect(json.code).toBe(2);
      expect(parseDocument(json.stdout, 'error')).toMatchObject({ error: { code: 'USAGE' } });
    }
  });

  it('has a document for a command that there is not, too', async () => {
    const { code, stdout } = await sluice(['statsu', '--json']);
    expect(code).toBe(2);
    expect(parseDocument(stdout, 'error')).toMatchObject({ error: { code: 'COMMAND_NOT_FOUND' } });
  });

  it('has no help for what is not a command', async () => {
    const { code, stderr } = await sluice(['help', 'nosuch']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no command "nosuch" [COMMAND_NOT_FOUND]');
  });

  it.each([
    [['reconcile', 'history', 'x'], 'RUN must be a whole number of at least 1, not x'],
    [['scale', 'orders', '0'], 'TASKS must be a whole number of at least 1, not 0'],
    [['scale', 'orders'], 'how many tasks?'],
    [['scale', 'orders', '2', '--tasks', '3'], '2 tasks, or 3?'],
    [['help', 'history', '12'], 'unexpected argument: 12'],
    [['history', '--limit', 'x'], '--limit must be an integer, not x'],
    [['export', '--out', '-'], '--out needs a folder'],
    [['export', '--env-out', '-'], '--env-out needs a file, not -'],
    [['status', '--watch', '--interval', '0s'], '--interval must be at least 100ms, not 0s'],
    [['status', '--to', '-'], '--to needs a file, not -'],
    [['template', 'render', 'x', '--to=-'], '--to needs a file, not -'],
    [['plan', '--save', '-'], '--save needs a file, not -'],
    [['scale'], 'scale which connector? [USAGE]\n  Name it: sluice scale NAME'],
    [['status', '-o', 'xml'], '--output must be one of table, json, yaml, wide, html, not xml'],
    [['schemas', 'list', 'x'], 'unexpected argument: x'],
    [['status', '--contxt', 'x'], 'Did you mean --context? See: sluice status --help'],
    [['deploy', '--concurrency', '3'], 'Did you mean --parallel?'],
  ])('%j is a usage error in plain words', async (args, words) => {
    const { code, stderr } = await sluice(args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).toContain('[USAGE]');
  });

  it('takes flags before the command, and suggests what works where it was called', async () => {
    const before = await sluice(['--context', 'nope', 'status']);
    expect(before).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no context "nope"') });
    const typed = await sluice(['apply', 'connectors/']);
    expect(typed.stderr).toContain('Use: sluice deploy connectors/');
  });

  it('never prints argv or the configuration with an error', async () => {
    const { stdout, stderr } = await sluice(['config', 'show', '--password=geheim', '--json']);
    expect(stdout + stderr).not.toContain('geheim');
  });

  it('suggests the nearest command', async () => {
    const { code, stderr } = await sluice(['config', 'shw']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean: sluice config show');
  });

  it('writes a document that matches its schema, as JSON and as YAML, to stdout and to a file', async () => {
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

  it('uses no colour in a pipe, unless forced', async () => {
    const piped = await sluice(['config', 'show', '--context', 'x'], { cwd: tmpdir() });
    expect(piped.stdout).toMatch(/^context +x +flag$.*^There is no sluice\.yaml from here upward\./ms);
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

  it('uses no colour in a pipe because a CI job or a terminal program says that it shows colours', async () => {
    const env = { CI: 'true', GITHUB_ACTIONS: 'true', COLORTERM: 'truecolor', TERM: 'xterm-256color' };
    for (const args of [['--help'], ['status', '--help'], ['nonsense'], ['rules', 'list']]) {
      const { stdout, stderr } = await sluice(args, { env });
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'fails in one line where its output does not fit the disk (Linux has /dev/full)',
    () => {
      for (const form of ['', '--json']) {
        const command = `"${process.execPath}" "${packagePath('bin', 'run.js')}" template list ${form} >/dev/full`;
        const run = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
        expect(run.status).toBe(2);
        expect(run.stderr).toMatch(/^Error: cannot write the output: ENOSPC.*\[FILE_UNWRITABLE\]\n$/);
      }
    },
  );

  it('ends quietly when the reader closes the pipe', () => {
    const run = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${packagePath('bin', 'run.js')}" --help | head -c 1 >/dev/null`],
      { encoding: 'utf8' },
    );
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});
