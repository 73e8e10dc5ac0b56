import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** At most this much of a log's end is read. */
const TAIL_BYTES = 256 * 1024;

/** The last lines of a log; empty if there is no file. */
export function tail(file: string, lines: number): string[] {
  const reader = new LogReader(file);
  const all = [...reader.read(), ...reader.rest()];
  return lines === 0 ? [] : all.slice(-lines);
}

/** Reads a log from near its end onward; each `read` returns the complete lines added since. */
export class LogReader {
  readonly #file: string;
  #inode = 0;
  #offset: number | undefined;
  #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  read(): string[] {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    try {
      const { size, ino } = fstatSync(descriptor);
      // A restarted component writes a new file with the same name.
      if (this.#offset !== undefined && (ino !== this.#inode || size < this.#offset)) this.#restart(0);
      if (this.#offset === undefined) this.#restart(Math.max(0, size - TAIL_BYTES));
      this.#inode = ino;
      const start = this.#offset as number;
      const buffer = Buffer.alloc(size - start);
      const length = readSync(descriptor, buffer, 0, buffer.length, start);
      this.#offset = start + length;
      const lines = (this.#rest + this.#decoder.write(buffer.subarray(0, length))).split('\n');
      this.#rest = lines.pop() as string;
      return lines;
    } finally {
      closeSync(descriptor);
    }
  }

  /** A last line without its line break. */
  rest(): string[] {
    return this.#rest === '' ? [] : [this.#rest];
  }

  #restart(offset: number): void {
    this.#offset = offset;
    this.#decoder = new StringDecoder('utf8');
    this.#rest = '';
  }
}
