import { clipLine } from './wrap-lines.ts';

/** Most answers arrive sooner. */
const SILENT_MS = 2_000;

/** Goes to the first column, and clears the line. */
const CLEAR = '\r\u001b[K';

/**
 * A line on a terminal that says what is waited for, and for how long: a worker that hangs would otherwise look like a
 * program that does. It appears after two seconds, and is gone when this is disposed of.
 */
export class WaitingLine implements Disposable {
  readonly #write: (text: string) => void;
  readonly #timer: NodeJS.Timeout;
  #shown = false;

  /** @param width of the terminal */
  constructor(title: string, width: () => number, write: (text: string) => void, now: () => number = Date.now) {
    this.#write = write;
    const began = now();
    this.#timer = setInterval(() => {
      const passed = now() - began;
      if (passed < SILENT_MS) return;
      this.#shown = true;
      write(`${CLEAR}${clipLine(`${title} (${Math.floor(passed / 1000)} s)`, width() - 1)}`);
    }, 1000);
  }

  /** Before anything else is written; the line appears again within a second. */
  clear(): void {
    if (this.#shown) this.#write(CLEAR);
    this.#shown = false;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.clear();
  }
}
