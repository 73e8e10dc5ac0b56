import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isFull, type Write, writeAll } from '../config/private-file.ts';
import { SluiceError } from '../errors/error.ts';
import type { KeyDifference } from './merge.ts';

const IN_MEMORY = 10_000;

/** JSON in one line, also for Node's reader, to which these characters are ends of lines. */
function lineOf(difference: KeyDifference): string {
  return JSON.stringify(difference).replace(/[\u2028\u2029]/g, (end) => (end === '\u2028' ? '\\u2028' : '\\u2029'));
}

/** Differing keys on their way from the scan to a second read: a few in memory, the rest in a temporary file. */
export class KeySpool {
  #memory: KeyDifference[] = [];
  #folder: string | undefined;
  #file: number | undefined;
  readonly #parent: string;
  readonly #write: Write | undefined;
  size = 0;

  /** @param options.write for tests */
  constructor(options: { folder?: string; write?: Write } = {}) {
    this.#parent = options.folder ?? tmpdir();
    this.#write = options.write;
  }

  /** @throws FILE_UNWRITABLE where the temporary file cannot be written, as on a full disk */
  add(difference: KeyDifference): void {
    this.size += 1;
    this.#memory.push(difference);
    if (this.#memory.length >= IN_MEMORY) this.#flush();
  }

  #flush(): void {
    try {
      this.#folder ??= mkdtempSync(path.join(this.#parent, 'sluice-reconcile-'));
      this.#file ??= openSync(path.join(this.#folder, 'keys.jsonl'), 'wx+', 0o600);
      writeAll(this.#file, this.#memory.map((one) => `${lineOf(one)}\n`).join(''), this.#write);
    } catch (error) {
      throw new SluiceError(
        'FILE_UNWRITABLE',
        `the keys of ${this.size} differences cannot be kept in ${this.#parent}: ${(error as Error).message}`,
        {
          hint: `${isFull(error) ? 'The disk is full: free space' : 'Check the rights on the folder'}, or name another folder by the environment variable TMPDIR.`,
          cause: error,
        },
      );
    }
    this.#memory = [];
  }

  /** Everything that was added, in order, some at a time. @throws FILE_UNREADABLE where the temporary file cannot be read */
  async *batches(size: number): AsyncGenerator<KeyDifference[]> {
    let batch: KeyDifference[] = [];
    if (this.#file !== undefined) {
      for await (const line of this.#lines(this.#file)) {
        batch.push(JSON.parse(line) as KeyDifference);
        if (batch.length >= size) {
          yield batch;
          batch = [];
        }
      }
    }
    for (const one of this.#memory) {
      batch.push(one);
      if (batch.length >= size) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  async *#lines(file: number): AsyncGenerator<string> {
    // By its handle: whatever cleans the folder up cannot take it away.
    const input = createReadStream('', { fd: file, start: 0, autoClose: false });
    const lines = createInterface({ input, crlfDelay: Infinity });
    let failure: Error | undefined;
    // An error of the stream would not end the lines by itself.
    input.on('error', (error) => {
      failure = error;
      lines.close();
    });
    yield* lines;
    if (failure === undefined) return;
    throw new SluiceError('FILE_UNREADABLE', `the keys of differences cannot be read again: ${failure.message}`, {
      hint: 'Run the command again, with another folder in the environment variable TMPDIR.',
      cause: failure,
    });
  }

  /** Removes the file; the spool is of no use afterwards. */
  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (this.#folder === undefined) return;
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // It lies in a folder for temporary files, and only its owner may read it.
    }
    this.#folder = undefined;
  }
}
