import type { WriteStream } from 'node:tty';
import { visibleButColours } from '../text/visible.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

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
  readonly #redraw = () => this.#write();
  #drawing: Drawing = () => '';
  #open = true;

  constructor(out: WriteStream) {
    this.#out = out;
    process.once('exit', this.#leave);
    out.on('resize', this.#redraw);
    out.write(ENTER);
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#write();
  }

  #write(): void {
    if (!this.#open) return;
    const size = { width: this.#out.columns || 80, height: this.#out.rows || 24 };
    const lines = visibleButColours(this.#drawing(size)).split('\n').slice(0, size.height);
    // Overwrites line by line: clearing the screen first would flicker.
    this.#out.write(`${HOME}${lines.map((line) => `${line}${REST_OF_LINE}`).join('\r\n')}${REST_OF_SCREEN}`);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#leave);
    this.#out.off('resize', this.#redraw);
    this.#out.write(LEAVE);
  }
}
