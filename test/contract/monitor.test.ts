import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MonitorDocument, MonitorLineDocument } from '../../src/cli/views/monitor.ts';
import { packagePath } from '../../src/config/package-root.ts';
import { workFolder } from '../helpers/connectors.ts';
import { FakeWorker, type Spoil } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';
import { hasTerminal, TestTerminal } from '../helpers/terminal/terminal.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

const folder = workFolder('monitor-contract');
const env = { SLUICE_STATE_DIR: folder.path('state') };
const sources = Array.from({ length: 40 }, (_, index) => `shop-source-${String(index).padStart(2, '0')}`);
const plugins: Spoil = ({ path }) =>
  path.startsWith('/connector-plugins?') ? { json: [] } : path.endsWith('/topics') ? { json: {} } : undefined;
const SECRET = 'hunter22-of-billing';
let worker: FakeWorker;

beforeAll(async () => {
  worker = await FakeWorker.start(
    {
      ...Object.fromEntries(sources.map((name) => [name, {}])),
      'billing-source': { failed: true, config: { 'database.password': SECRET } },
    },
    ({ path }) =>
      path.startsWith('/connector-plugins?') ? { json: [] } : path.endsWith('/topics') ? { json: {} } : undefined,
  );
});
afterAll(async () => {
  await worker.stop();
  folder.remove();
});

const run = (...args: string[]) => sluice(['monitor', '--connect-url', worker.server.url, ...args], { env });

describe('monitor --once', () => {
  it('prints one reading, exit 10 if a connector is ill', async () => {
    const { code, stdout } = await run('--once', '--json');
    const report = parseDocument<MonitorDocument & Record<string, unknown>>(stdout, 'monitor');
    expect(code).toBe(10);
    expect(report.connectors).toHaveLength(41);
    expect(report.connectors[0]).toMatchObject({
      name: 'billing-source',
      health: 'failed',
      cause: 'X: broken',
      lagMs: null,
    });
    const shown = await run('shop-source-00', '--once');
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('1 connector: 1 healthy')]);
  });

  it('writes what it read as metrics, also if a condition is true', async () => {
    const file = folder.path('monitor.prom');
    const { code } = await run('--fail-on', 'failed', '--metrics-to', `textfile:${file}`);
    expect(code).toBe(10);
    const text = readFileSync(file, 'utf8');
    const labels = `run="monitor",command="monitor",context="${worker.server.url}"`;
    for (const line of [
      `sluice_run_outcome{${labels},outcome="negative"} 1`,
      `sluice_connectors{${labels},health="failed"} 1`,
      `sluice_connector_health{${labels},connector="billing-source",type="source",health="failed"} 1`,
    ])
      expect(text.split('\n')).toContain(line);
  });

  it.each([
    ['failed', 10, 'billing-source is failed: task 0 has FAILED (failed)'],
    ['paused,stopped', 0, 'No condition was true (1 reading).'],
    // Nothing measures it here.
    ['lag>60s', 16, 'shop-source-00 its lag in time is not known (lag>60s)'],
  ])('--fail-on %s ends with %i', async (conditions, code, said) => {
    const gate = await run('--fail-on', conditions);
    expect([gate.code, gate.stdout]).toEqual([code, expect.stringContaining(said)]);
    const document = parseDocument<MonitorDocument & Record<string, unknown>>(
      (await run('--fail-on', conditions, '--json')).stdout,
      'monitor',
    );
    expect(document.gate?.conditions).toEqual(conditions.split(','));
  });

  it('watches for a time: what breaks meanwhile ends it', async () => {
    const calls = worker.server.calls.length;
    const gate = run('shop-source-0*', '--fail-on', 'failed', '--for', '1m', '--interval', '100ms');
    const since = () => worker.server.calls.slice(calls).filter(({ path }) => path.startsWith('/connectors?')).length;
    while (since() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    worker.get('shop-source-07').failed = true;
    try {
      expect(await gate).toMatchObject({ code: 10, stdout: expect.stringContaining('shop-source-07 is failed') });
    } finally {
      worker.get('shop-source-07').failed = false;
    }
  });

  it.each([
    [
      'a worker that is away',
      12,
      'CONNECT_UNREACHABLE',
      ['--connect-url', 'http://127.0.0.1:1', '--fail-on', 'failed'],
    ],
    [
      'a condition that is none',
      2,
      '"lag" is not a condition',
      ['--connect-url', 'http://127.0.0.1:1', '--fail-on', 'lag'],
    ],
    ['--for alone', 2, '--fail-on', ['--connect-url', 'http://127.0.0.1:1', '--for', '2m']],
    ['-o yaml for a stream', 2, '--once', ['--connect-url', 'http://127.0.0.1:1', '-o', 'yaml']],
    [
      '--metrics-to for a stream',
      2,
      '--once',
      ['--connect-url', 'http://127.0.0.1:1', '--metrics-to', `textfile:${folder.path('stream.prom')}`],
    ],
  ])('refuses %s: exit %i', async (_what, code, said, args) => {
    expect(await sluice(['monitor', ...args], { env })).toMatchObject({ code, stderr: expect.stringContaining(said) });
  });
});

describe('monitor in a pipe', () => {
  it('prints one line of JSON per reading, also when the worker is away', async () => {
    const stream = spawn(process.execPath, [
      ...['--', packagePath('bin', 'run.js'), 'monitor', 'billing*', 'shop-source-01'],
      ...['--interval', '100ms', '--connect-url', worker.server.url],
    ]);
    const lines = [];
    for await (const line of createInterface({ input: stream.stdout })) {
      lines.push(parseDocument<MonitorLineDocument & Record<string, unknown>>(line, 'monitor-line'));
      worker.spoil = () => ({ status: 400, json: { error_code: 400, message: 'no' } });
      if (lines.length >= 2) stream.kill('SIGTERM');
    }
    worker.spoil = plugins;
    expect(lines[0]).toMatchObject({ connectors: [{ name: 'billing-source' }, { name: 'shop-source-01' }] });
    expect(lines.at(-1)).toMatchObject({ error: { code: expect.stringMatching(/^CONNECT_/) } });
  });
});

const live = (args: string[] = [], options: ConstructorParameters<typeof TestTerminal>[1] = {}) =>
  new TestTerminal(['monitor', '--connect-url', worker.server.url, ...args], {
    ...options,
    env: { ...env, ...options.env },
  });

describe.skipIf(!hasTerminal)('monitor on a terminal (needs python3)', () => {
  it('selects, opens, restarts after a question, and writes the history', async () => {
    await using terminal = live();
    await terminal.until('q quit');
    expect(terminal.screen).toHaveLength(24);
    expect(terminal.screen[3]).toMatch(/^ {3}✖ failed +billing-source +0\/1/);
    terminal.type('j\r2');
    await terminal.until('X: broken');
    terminal.type('4');
    await terminal.until('The keys of its plugin are not known.');
    expect(terminal.screen.join('\n')).toMatch(/database\.password +\*+/);
    terminal.type('\u001b');
    await terminal.until('/ filter');
    terminal.type('r');
    await terminal.until('Restart what has failed in billing-source on');
    terminal.type('n');
    await terminal.until('Nothing was done.');
    expect(worker.get('billing-source').failed).toBe(true);
    terminal.type('r');
    await terminal.until('y/N');
    terminal.type('y');
    await terminal.until(/billing-source: .*restarted/);
    expect(worker.get('billing-source').failed).toBe(false);
    worker.get('billing-source').failed = true;
    terminal.type('p');
    await terminal.until('Pause billing-source on');
    terminal.type('y');
    await terminal.until('billing-source: paused');
    terminal.type('u');
    await terminal.until('Resume billing-source on');
    worker.get('billing-source').failed = false;
    terminal.type('y');
    await terminal.until('billing-source: running');
    terminal.type('?');
    await terminal.until('restart what has failed in the selected connector');
    terminal.type('xq');
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
    expect(terminal.output.endsWith(`\u001b[?25h${LEAVE}`)).toBe(true);
    expect(terminal.output).not.toContain(SECRET);
    const { stdout } = await sluice(['history', '--json'], { env });
    const { changes } = JSON.parse(stdout) as { changes: { verb: string }[] };
    expect(changes.map(({ verb }) => verb)).toEqual(['resume', 'pause', 'restart']);
    worker.get('billing-source').failed = true;
  });

  it('asks for the name of a protected context', async () => {
    const project = folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  prod:\n    connect: ${worker.server.url}\n    protected: true\n`,
    );
    await using terminal = new TestTerminal(['monitor', '--context', 'prod', '--project', project], { env });
    await terminal.until('q quit');
    terminal.type('jp');
    await terminal.until('enter confirms');
    terminal.type('dev\r');
    await terminal.until('The typed name is not that of the context');
    expect(worker.get('billing-source').state).toBe('RUNNING');
    terminal.type('p');
    await terminal.until('enter confirms');
    terminal.type('prod\r');
    await terminal.until('billing-source: paused');
    expect(worker.get('billing-source').state).toBe('PAUSED');
    worker.get('billing-source').state = 'RUNNING';
    terminal.type('q');
    expect(await terminal.ended()).toMatchObject({ restored: true });
  });

  it('follows the size of the window, and sorts and filters', async () => {
    await using terminal = live();
    await terminal.until('q quit');
    terminal.resize(40, 10);
    await terminal.until('q quit');
    expect(terminal.screen).toHaveLength(10);
    terminal.resize(200, 60);
    await terminal.until('shop-source-39');
    expect(terminal.screen).toHaveLength(60);
    terminal.type('s/-3\r');
    await terminal.until('10 of 41 · by name');
    terminal.type('q');
    expect(await terminal.ended()).toMatchObject({ restored: true });
  });

  it('draws without colours if NO_COLOR or --no-color says so', async () => {
    const colours = async (args: string[], noColor: string) => {
      await using terminal = live(args, { env: { NO_COLOR: noColor } });
      await terminal.until('q quit');
      terminal.type('q');
      await terminal.ended();
      return terminal.output.includes('\u001b[31m');
    };
    expect([await colours([], ''), await colours(['--no-color'], ''), await colours([], '1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('prints text where no screen can be drawn', async () => {
    await using terminal = live([], { env: { TERM: 'dumb' } });
    await terminal.until('41 connectors: 1 failed, 40 healthy');
    terminal.signal('SIGINT');
    expect(await terminal.ended()).toMatchObject({ code: 130 });
    expect(terminal.output).not.toContain(ENTER);
  });

  it.each([
    ['Ctrl-C', (terminal: TestTerminal) => terminal.type('\u0003'), 130],
    ['SIGTERM', (terminal: TestTerminal) => terminal.signal('SIGTERM'), 143],
    ['SIGHUP', (terminal: TestTerminal) => terminal.signal('SIGHUP'), -1],
    ['SIGQUIT', (terminal: TestTerminal) => terminal.signal('SIGQUIT'), -3],
  ])('leaves the terminal as it was after %s', async (_what, end, code) => {
    await using terminal = live();
    await terminal.until('q quit');
    end(terminal);
    expect(await terminal.ended()).toEqual({ code, restored: true });
    expect(terminal.output.endsWith(LEAVE)).toBe(true);
  });

  it('leaves the terminal as it was after a crash', async () => {
    const crash = `process.on('SIGUSR2', () => { throw new Error('a defect') })`;
    await using terminal = live([], {
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}` },
    });
    await terminal.until('q quit');
    terminal.signal('SIGUSR2');
    expect(await terminal.ended()).toEqual({ code: 1, restored: true });
    expect(terminal.output.indexOf(LEAVE)).toBeGreaterThan(0);
    expect(terminal.output.slice(terminal.output.indexOf(LEAVE))).toContain('a defect');
  });

  it('gives the terminal back while SIGTSTP stops it, in a shell', async () => {
    await using shell = new TestTerminal(['--norc', '--noprofile', '--noediting', '-i'], { command: ['bash'], env });
    const program = `'${process.execPath}' -- '${packagePath('bin', 'run.js')}' monitor`;
    shell.type(`sh -c "echo pid=\\$\\$; exec ${program} --connect-url ${worker.server.url}"\r`);
    await shell.until('q quit');
    const [, pid] = /pid=(\d+)/.exec(shell.output) ?? [];
    for (let time = 0; time < 2; time += 1) {
      process.kill(Number(pid), 'SIGTSTP');
      await shell.until(LEAVE);
      await shell.until('Stopped');
      shell.type('stty -a | grep -o " icanon"\r');
      await shell.until(/\n icanon/);
      shell.type('fg\r');
      await shell.until(ENTER);
      await shell.until('q quit');
    }
    shell.type('q');
    await shell.until(LEAVE);
    shell.type('exit 0\r');
    await shell.ended();
  });
});
