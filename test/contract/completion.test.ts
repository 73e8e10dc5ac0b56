import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { eventually } from '../helpers/connectors.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { findShell, type InteractiveShell } from '../helpers/shells.ts';
import { hasTerminal, TestTerminal } from '../helpers/terminal/terminal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-completion-'));
const cache = path.join(folder, 'cache');
const names = path.join(cache, 'completion');
/** By what is typed of them: each would run something, or be more than one word, if it was not quoted. */
const HOSTILE: Record<string, string> = {
  my: 'my sink',
  quo: "quote's",
  cmd: 'cmd$(touch pwned)',
  tic: 'tick`touch pwned`',
  dq: 'dq"x',
  sem: 'semi;touch pwned',
  glo: 'glob*',
};
const NEWLINE = 'line\ntouch pwned';
const config = {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'database.password': 'hunter2',
  'table.include.list': 'public.orders,public\\.users,audit.*',
};
let worker: FakeWorker;
let env: Record<string, string>;

beforeAll(async () => {
  worker = await FakeWorker.start(
    Object.fromEntries([...Object.values(HOSTILE), NEWLINE].map((name) => [name, { config }])),
  );
  mkdirSync(path.join(folder, 'bin'));
  writeFileSync(
    path.join(folder, 'bin', 'sluice'),
    `#!/bin/sh\nexec '${process.execPath}' -- '${packagePath('bin', 'run.js')}' "$@"\n`,
    { mode: 0o755 },
  );
  env = {
    ...{
      HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: cache,
      SLUICE_CACHE_DIR: cache,
      SLUICE_STATE_DIR: path.join(folder, 'state'),
    },
    PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`,
    SLUICE_CONNECT_URL: worker.server.url.replace('http://', 'http://op:hunter2@'),
  };
});

afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the program answers to a shell. */
function answer(words: readonly string[], more: Record<string, string> = {}, cwd = folder): string[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--', packagePath('bin', 'run.js'), '__complete', 'fish'],
    {
      input: ['sluice', ...words].map((word) => `${word}\0`).join(''),
      encoding: 'utf8',
      cwd,
      env: { ...process.env, ...env, SLUICE_CONNECT_URL: '', ...more },
    },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : (line.split('\t')[0] ?? '')));
}

describe('names of connectors', () => {
  it('come from the last command that listed them, in files for their owner only, without secrets', async () => {
    const url = env['SLUICE_CONNECT_URL'] ?? '';
    expect((await sluice(['status'], { env })).code).toBe(0);
    expect(answer(['pause', ''], { SLUICE_CONNECT_URL: url })).toEqual(Object.values(HOSTILE).sort());
    expect(answer(['pause', '--connect-url', worker.server.url, 'my'])).toEqual(['my sink']);
    expect(answer(['reconcile', 'public'], { SLUICE_CONNECT_URL: url })).toEqual(['public.orders', 'public.users']);
    expect(statSync(names).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(names)) {
      expect(statSync(path.join(names, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(path.join(names, file), 'utf8')).not.toContain('hunter2');
    }
  });

  it('are fetched behind a completion, where the user has chosen the cluster', async () => {
    rmSync(names, { recursive: true });
    const words = ['pause', '--connect-url', worker.server.url, ''];
    expect(answer(words)).toEqual([]);
    expect(
      await eventually(
        async () => answer(words),
        (found) => found.length > 0,
      ),
    ).toContain('my sink');
  });

  it('are never fetched because a project file says so, until a command has asked that URL', async () => {
    rmSync(names, { recursive: true });
    const project = path.join(folder, 'project');
    mkdirSync(project);
    const write = (url: string) =>
      writeFileSync(path.join(project, 'sluice.yaml'), `version: 1\ncontexts:\n  dev:\n    connect: ${url}\n`);
    write(worker.server.url);
    expect(answer(['pause', '-c', 'dev', ''], {}, project)).toEqual([]);
    expect(answer(['pause', '-c', ''], {}, project)).toEqual(['dev', 'sandbox']);
    expect(existsSync(names)).toBe(false);
    await sluice(['status', '-c', 'dev'], { env: { ...env, SLUICE_CONNECT_URL: '' }, cwd: project });
    expect(answer(['pause', '-c', 'dev', 'my'], {}, project)).toEqual(['my sink']);
    rmSync(names, { recursive: true });
  });

  it('are silently missing if nothing can be reached, or the cache is damaged', () => {
    expect(answer(['pause', '--connect-url', 'http://127.0.0.1:1', ''])).toEqual([]);
    mkdirSync(names, { recursive: true });
    for (const file of readdirSync(names)) writeFileSync(path.join(names, file), '{"connectors": 5');
    expect(answer(['pause', '--connect-url', 'http://127.0.0.1:1', ''])).toEqual([]);
    expect(answer(['pause', '--connect-url', 'not a URL', ''])).toEqual([]);
    expect(answer(['nosuch', ''])).toEqual([]);
  });
});

it('offers templates, their placeholders, rules, classes and files', () => {
  expect(answer(['template', 'show', 'debezium-postgres'])).toEqual(['debezium-postgres-source']);
  expect(answer(['template', 'render', 'debezium-postgres-source', '--set', 'pa'])).toEqual(['password=']);
  expect(answer(['template', 'render', '../../package', '--set', ''])).toEqual([]);
  expect(answer(['rules', 'show', 'no-heart'])).toEqual(['no-heartbeat']);
  expect(answer(['schemas', 'show', 'PostgresC'])).toEqual(['PostgresConnector']);
  expect(answer(['validate', 'bin/'])).toEqual(['bin/sluice']);
});

describe('the scripts', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('for %s is printed, also by its former name', async (shell) => {
    const { code, stdout } = await sluice(['completion', shell]);
    expect(code).toBe(0);
    expect((await sluice(['autocomplete', shell])).stdout).toBe(stdout);
    expect(stdout).toContain((await sluice(['autocomplete', 'script', shell])).stdout);
    expect(stdout).toContain(
      `sluice __complete ${shell}`.replace('sluice __complete powershell', '__complete powershell'),
    );
    // Nothing evaluates what the program answers.
    expect(stdout).not.toMatch(/\beval\b|\$\(\$|Invoke-Expression\s+\$/);
  });

  it('are refused for another shell', async () => {
    const { code, stderr } = await sluice(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash');
  });
});

/** PowerShell is not in Debian's packages: its script is only read here. */
describe.each(['bash', 'zsh', 'fish'] satisfies InteractiveShell[])('in %s', (shell) => {
  const found = hasTerminal ? findShell(shell) : undefined;
  const why = hasTerminal ? `there is no ${shell}, and its packages cannot be downloaded` : 'Python has no pty';
  const title =
    found === undefined ? `a name is completed (skipped: ${why})` : 'a name is completed, quoted, and runs nothing';

  it.skipIf(found === undefined)(title, { timeout: 120_000 }, async () => {
    await sluice(['status'], { env });
    const program = found as NonNullable<typeof found>;
    await using terminal = new TestTerminal([], {
      columns: 200,
      command: ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...program.command],
      env: { ...program.env, ...env },
    });
    const say = (line: string) => terminal.type(`${line}\r`);
    const ready = async (line: string, text: string) => {
      say(`${line}; echo ${text.slice(0, 2)}''${text.slice(2)}`);
      await terminal.until(`${text}\r\n`);
    };
    await ready(program.setUp, 'awake');
    const load = shell === 'fish' ? 'sluice completion fish | source' : `source <(sluice completion ${shell})`;
    await ready(load, 'loaded');
    // What is run at the end, instead of the program, which completion still calls.
    await ready(
      shell === 'fish'
        ? `function sluice; printf '[%s]' $argv; echo ' ran'; end`
        : `sluice() { printf '[%s]' "$@"; echo ' ran'; }`,
      'shadowed',
    );
    for (const [typed, name] of Object.entries(HOSTILE)) {
      terminal.type(`sluice pause ${typed}\t`);
      await terminal.until(name.slice(typed.length, typed.length + 1) === ' ' ? 'sink' : name.slice(-1));
      terminal.type('--all\r');
      await terminal.until(`[pause][${name}][--all] ran`);
    }
    for (const typed of ['my', 'cmd'])
      for (const quote of ["'", '"']) {
        terminal.type(`sluice pause ${quote}${typed}\t`);
        await terminal.until(HOSTILE[typed]?.slice(-3) ?? '');
        terminal.type(' --all\r');
        await terminal.until(`[pause][${HOSTILE[typed]}][--all] ran`);
      }
    // The value of a flag, behind its equals sign, and a command.
    terminal.type('sluice stat\t--type=so\t\r');
    await terminal.until('[status][--type=source] ran');
    // No name with a line end is offered.
    terminal.type('sluice pause lin\t\r');
    await terminal.until('[pause][lin] ran');
    expect(readdirSync(folder)).not.toContain('pwned');
  });
});
