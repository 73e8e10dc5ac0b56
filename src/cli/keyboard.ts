import { emitKeypressEvents, type Interface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { atEnd } from './at-end.ts';
import type { Key } from './watch-keys.ts';

/** Longer than a process takes to stop. */
const STOPPED_MS = 50;

/** Within this, what follows Escape belongs to one key, such as an arrow. */
const ESCAPE_MS = 100;

interface Hooks {
  key(key: Key): void;
  /** Before Ctrl-Z or SIGTSTP stops the program, and after it goes on. */
  suspend(): void;
  resume(): void;
}

/**
 * Single keys, as they are pressed. Ctrl-C and Ctrl-Z, which a terminal does not act on meanwhile, still do what they
 * always do; so does SIGTSTP. The terminal reads lines again when this is disposed of, or when the program ends.
 */
export class Keyboard implements Disposable {
  readonly #in: ReadStream;
  readonly #hooks: Hooks;
  readonly #forget = atEnd(() => this[Symbol.dispose]());
  readonly #told = () => this.#suspend(process.pid);
  readonly #pressed = (_text: string | undefined, key: Key) => this.#press(key);

  /** @param stdin a terminal */
  constructor(stdin: ReadStream, hooks: Hooks) {
    this.#in = stdin;
    this.#hooks = hooks;
    emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    stdin.setRawMode(true);
    stdin.on('keypress', this.#pressed);
    stdin.resume();
    if (process.platform !== 'win32') process.on('SIGTSTP', this.#told);
  }

  #press(key: Key): void {
    if (key.ctrl && key.name === 'c') process.emit('SIGINT', 'SIGINT');
    // The whole job, as the terminal would.
    else if (key.ctrl && key.name === 'z') this.#suspend(0);
    else this.#hooks.key(key);
  }

  /** @param whom a process, or 0 for all of its group */
  #suspend(whom: number): void {
    if (process.platform === 'win32') return;
    this.#hooks.suspend();
    this.#in.setRawMode(false);
    process.off('SIGTSTP', this.#told);
    // Time stands still until it goes on.
    process.kill(whom, 'SIGTSTP');
    setTimeout(() => {
      if (this.#in.listeners('keypress').includes(this.#pressed)) {
        process.on('SIGTSTP', this.#told);
        this.#in.setRawMode(true);
        this.#hooks.resume();
      }
    }, STOPPED_MS);
  }

  [Symbol.dispose](): void {
    this.#forget();
    process.off('SIGTSTP', this.#told);
    this.#in.off('keypress', this.#pressed);
    this.#in.setRawMode(false);
    this.#in.pause();
  }
}
