import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packagePath } from '../../../src/config/package-root.ts';

/** Python opens the pseudo-terminal; Node.js cannot. */
export const hasTerminal = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

const DEADLINE_MS = 20_000;

interface Ended {
  /** Negative: by this signal. */
  code: number;
  /** The modes of the terminal are those from before. */
  restored: boolean;
}

/** The built program, or another, in a real terminal, used as a person would. */
export class TestTerminal implements AsyncDisposable {
  readonly #child;
  readonly #ended: Promise<Ended>;
  /** Everything that was written to it. */
  output = '';
  #seen = 0;

  constructor(
    args: readonly string[],
    options: { columns?: number; rows?: number; env?: Record<string, string>; command?: readonly string[] } = {},
  ) {
    const command = options.command ?? [process.execPath, '--', packagePath('bin', 'run.js')];
    const { SLUICE_CONTEXT: _c, SLUICE_CONNECT_URL: _u, CI: _ci, FORCE_COLOR: _f, ...env } = process.env;
    this.#child = spawn(
      'python3',
      [
        packagePath('test', 'helpers', 'terminal', 'run.py'),
        String(options.columns ?? 80),
        String(options.rows ?? 24),
        ...command,
        ...args,
      ],
      { env: { ...env, NO_COLOR: '1', TERM: 'xterm-256color', ...options.env }, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', () => reject(new Error('the pseudo-terminal is gone')));
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        const said = JSON.parse(line) as Ended | { output: string };
        if ('output' in said) this.output += Buffer.from(said.output, 'hex').toString('utf8');
        else resolve(said);
      });
    });
    this.#ended.catch(() => undefined);
  }

  /** Waits until this is written, after what was waited for before. */
  async until(text: string | RegExp): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const rest = this.output.slice(this.#seen);
      const at = typeof text === 'string' ? rest.indexOf(text) : rest.search(text);
      if (at >= 0) {
        this.#seen += at + (typeof text === 'string' ? text.length : 1);
        return;
      }
      if (Date.now() > deadline) throw new Error(`${text} was not written, but:\n${this.screen.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  type(keys: string): void {
    this.#order({ type: keys });
  }

  resize(columns: number, rows: number): void {
    this.#order({ resize: [columns, rows] });
  }

  signal(name: NodeJS.Signals): void {
    this.#order({ signal: name });
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** The lines of the last screen that was drawn. */
  get screen(): string[] {
    const last = this.output.slice(this.output.lastIndexOf('\u001b[H') + 3);
    const [drawn = ''] = last.split('\u001b[J', 1);
    return drawn.replaceAll('\u001b[K', '').replaceAll('\r', '').split('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'close');
  }

  #order(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }
}
