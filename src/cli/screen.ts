import type { WriteStream } from 'node:tty';
import { visibleButColours } from '../text/visible.ts';
import { atEnd } from './at-end.ts';
import { clipLine } from './wrap-lines.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** Of a terminal, in characters. */
export interface Size {
  width: number;
  height: number;
}

/** What is drawn, for any size of the terminal. */
export type Drawing = (size: Size) => string;

/**
 * The alternate screen of a terminal, as `top` and `less` use it: the previous content is restored at the end, however
 * the program ends. Drawn again when the window changes.
 */
export class Screen implements Disposable {
  readonly #out: WriteStream;
  readonly #leave = () => this[Symbol.dispose]();
  readonly #forget = atEnd(this.#leave);
  readonly #redraw = () => this.#write();
  #drawing: Drawing = () => '';
  #open = true;
  #suspended = false;

  constructor(out: WriteStream) {
    this.#out = out;
    // An internal error is shown on the ordinary screen.
    process.once('uncaughtExceptionMonitor', this.#leave);
    out.on('resize', this.#redraw);
    out.write(ENTER);
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#write();
  }

  /** Until `resume`, the terminal is as it was. */
  suspend(): void {
    if (!this.#open || this.#suspended) return;
    this.#suspended = true;
    this.#out.write(LEAVE);
  }

  resume(): void {
    if (!this.#open || !this.#suspended) return;
    this.#suspended = false;
    this.#out.write(ENTER);
    this.#write();
  }

  #write(): void {
    if (!this.#open || this.#suspended) return;
    const size = { width: this.#out.columns || 80, height: this.#out.rows || 24 };
    const lines = visibleButColours(this.#drawing(size))
      .split('\n')
      .slice(0, size.height)
      .map((line) => clipLine(line, size.width));
    // Overwrites line by line: clearing the screen first would flicker.
    this.#out.write(`${HOME}${lines.map((line) => `${line}${REST_OF_LINE}`).join('\r\n')}${REST_OF_SCREEN}`);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.suspend();
    this.#open = false;
    this.#forget();
    process.off('uncaughtExceptionMonitor', this.#leave);
    this.#out.off('resize', this.#redraw);
  }
}
