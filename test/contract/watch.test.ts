import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { hasTerminal, TestTerminal } from '../helpers/terminal/terminal.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

let worker: FakeWorker;
const sources = Array.from({ length: 40 }, (_, index) => `shop-source-${String(index).padStart(2, '0')}`);

beforeAll(async () => {
  worker = await FakeWorker.start({
    ...Object.fromEntries(sources.map((name) => [name, {}])),
    'billing-source': { failed: true },
  });
});
afterAll(() => worker.stop());

const watch = (size?: { columns: number; rows: number }) =>
  new TestTerminal(['status', '--watch', '--connect-url', worker.server.url], size ?? {});

describe.skipIf(!hasTerminal)('status --watch on a terminal (needs python3)', () => {
  it('selects, shows the cause, filters, and ends with the verdict of its last look', async () => {
    await using terminal = watch();
    await terminal.until('q quit');
    expect(terminal.screen).toHaveLength(24);
    expect(terminal.screen[3]).toMatch(/^✖ failed +billing-source/);
    expect(terminal.screen.at(-1)).toBe('q quit · j/k select · enter cause · / filter');
    terminal.type('j');
    await terminal.until('❯');
    expect(terminal.screen[3]).toMatch(/^❯ {2}✖ failed +billing-source/);
    terminal.type('\r');
    await terminal.until('esc back');
    expect(terminal.screen.join('\n')).toMatch(/connector: billing-source on .*FAILED.*X: broken/s);
    terminal.type('\u001b');
    await terminal.until('/ filter');
    // Down by arrows, beyond what fits: the rows move.
    terminal.type('\u001b[B'.repeat(30));
    await terminal.until(/❯ {2}✔ healthy {2}shop-source-29/);
    expect(terminal.screen.join('\n')).not.toContain('shop-source-00');
    terminal.type('/SOURCE-3q');
    await terminal.until('No connector is called …SOURCE-3q…');
    terminal.type('\u007f\r');
    await terminal.until('/SOURCE-3 · esc clears it');
    expect(terminal.screen.filter((line) => line.includes('✔'))).toHaveLength(10);
    expect(terminal.screen.join('\n')).toContain('… not shown: 1 failed, 30 healthy');
    terminal.type('q');
    expect(await terminal.ended()).toEqual({ code: 10, restored: true });
    expect(terminal.output.indexOf(ENTER)).toBe(terminal.output.lastIndexOf(ENTER));
    expect(terminal.output.endsWith(`\u001b[?25h${LEAVE}`)).toBe(true);
  });

  it('fits a window of another size', async () => {
    await using terminal = watch();
    await terminal.until('q quit');
    terminal.resize(40, 10);
    await terminal.until('q quit');
    expect(terminal.screen).toHaveLength(10);
    terminal.resize(200, 50);
    await terminal.until('shop-source-39');
    expect(terminal.screen).toHaveLength(50);
    terminal.type('q');
    expect(await terminal.ended()).toMatchObject({ restored: true });
  });

  it('keeps its keys on the smallest windows', async () => {
    await using terminal = watch({ columns: 20, rows: 5 });
    await terminal.until('q quit');
    expect(terminal.screen).toHaveLength(5);
    terminal.type('j');
    await terminal.until('❯');
    expect(terminal.screen.at(-1)).toMatch(/^q quit/);
    terminal.type('q');
    expect(await terminal.ended()).toEqual({ code: 10, restored: true });
  });

  it('says that the connector on the screen is gone', async () => {
    worker.connectors.set('a-short-life', { config: {}, state: 'RUNNING', failed: true });
    try {
      await using terminal = watch();
      await terminal.until('a-short-life');
      terminal.type('j\r');
      await terminal.until('connector: a-short-life');
      worker.connectors.delete('a-short-life');
      await terminal.until('a-short-life is no longer on');
      terminal.type('\u001b');
      await terminal.until('/ filter');
      terminal.type('j');
      await terminal.until(/❯ {2}✖ failed +billing-source/);
      terminal.type('q');
      expect(await terminal.ended()).toEqual({ code: 10, restored: true });
    } finally {
      worker.connectors.delete('a-short-life');
    }
  });

  it('shows names that would act on the terminal, and does not obey them', async () => {
    const names = ['\u001b[31mred', 'two\nlines', 'a\ttab', 'n'.repeat(150)];
    for (const name of names) worker.connectors.set(name, { config: {}, state: 'RUNNING', failed: true });
    try {
      await using terminal = watch();
      await terminal.until('q quit');
      const screen = terminal.screen.join('\n');
      for (const shown of ['\\x1b[31mred', 'two\\nlines', 'a\\ttab', 'n'.repeat(60)]) expect(screen).toContain(shown);
      expect(screen).not.toMatch(/^lines/m);
      expect(terminal.output).not.toContain('\u001b[31m');
      terminal.type('q');
      expect(await terminal.ended()).toEqual({ code: 10, restored: true });
      const lines = await sluice(['status', ...names, '--connect-url', worker.server.url]);
      const streamed = spawn(process.execPath, [
        ...['--', packagePath('bin', 'run.js'), 'status', '--watch', '-o', 'wide', '--connect-url', worker.server.url],
      ]);
      const [first] = (await once(streamed.stdout, 'data')) as [Buffer];
      streamed.kill('SIGTERM');
      await once(streamed, 'close');
      expect(String(first)).toMatch(/ WORKER$/m);
      for (const text of [lines.stdout, String(first)]) {
        expect(text).toMatch(/^✖ failed +\\x1b\[31mred /m);
        expect(text).toMatch(/^✖ failed +two\\nlines /m);
      }
    } finally {
      for (const name of names) worker.connectors.delete(name);
    }
  });

  it.each(['status', 'status --watch', 'pause billing-source'])(
    'says that it waits for a worker that does not answer: %s',
    async (command) => {
      worker.spoil = () => ({ hang: true });
      try {
        await using terminal = new TestTerminal([...command.split(' '), '--connect-url', worker.server.url]);
        await terminal.until(`Waiting for ${worker.server.url} (`);
        terminal.type('\u0003');
        expect(await terminal.ended()).toEqual({ code: 130, restored: true });
        expect(terminal.output).not.toContain(ENTER);
      } finally {
        worker.spoil = () => undefined;
      }
    },
  );

  it.each([
    ['Ctrl-C', (terminal: TestTerminal) => terminal.type('\u0003'), 130],
    ['SIGINT', (terminal: TestTerminal) => terminal.signal('SIGINT'), 130],
    ['SIGTERM', (terminal: TestTerminal) => terminal.signal('SIGTERM'), 143],
  ])('leaves the terminal as it was after %s', async (_what, end, code) => {
    await using terminal = watch();
    await terminal.until('q quit');
    end(terminal);
    expect(await terminal.ended()).toEqual({ code, restored: true });
    expect(terminal.output.endsWith(LEAVE)).toBe(true);
  });

  it('ends at once while the worker does not answer', async () => {
    await using terminal = watch();
    await terminal.until('q quit');
    worker.spoil = () => ({ hang: true });
    const before = worker.server.calls.length;
    try {
      while (worker.server.calls.length === before) await new Promise((resolve) => setTimeout(resolve, 50));
      terminal.type('q');
      expect(await terminal.ended()).toEqual({ code: 10, restored: true });
    } finally {
      worker.spoil = () => undefined;
    }
  });

  it('stops by Ctrl-Z and goes on, in a shell', async () => {
    // Its prompt is not waited for: a wrapper around python3 may have unset PS1.
    await using shell = new TestTerminal(['--norc', '--noprofile', '--noediting', '-i'], { command: ['bash'] });
    const program = `'${process.execPath}' -- '${packagePath('bin', 'run.js')}'`;
    shell.type(`${program} status --watch --connect-url ${worker.server.url}\r`);
    await shell.until('q quit');
    shell.type('\u001a');
    await shell.until(LEAVE);
    await shell.until('Stopped');
    shell.type('stty -a | grep -o " icanon"; stty -a | grep -o " echo "\r');
    await shell.until(/\n icanon\r\n echo /);
    shell.type('fg\r');
    await shell.until(ENTER);
    await shell.until('q quit');
    shell.type('jq');
    await shell.until(LEAVE);
    shell.type('echo "code $?"; stty -a | grep -o " icanon"\r');
    await shell.until(/code 10\r\n icanon/);
    shell.type('exit 0\r');
    await shell.ended();
  });
});
