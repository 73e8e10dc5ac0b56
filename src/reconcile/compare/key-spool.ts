import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { SluiceError } from '../../errors/error.ts';
import { isFull, type Write, writeAll } from '../../files/private-file.ts';
import type { KeyDifference } from './diff-buckets.ts';

const IN_MEMORY = 10_000;

/** JSON on one line: Node's line reader also breaks lines at these characters. */
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

  /** @throws FILE_UNWRITABLE if the temporary file cannot be written, as on a full disk */
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
          hint: `${isFull(error) ? 'The disk is full: free space' : 'Check the permissions of the folder'}, or set TMPDIR to another folder.`,
          cause: error,
        },
      );
    }
    this.#memory = [];
  }

  /** Everything added, in order, in batches. @throws FILE_UNREADABLE if the temporary file cannot be read */
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
    // By its handle: even if someone deletes the folder, the file stays readable.
    const input = createReadStream('', { fd: file, start: 0, autoClose: false });
    const lines = createInterface({ input, crlfDelay: Infinity });
    let failure: Error | undefined;
    // A stream error would not end the line iteration.
    input.on('error', (error) => {
      failure = error;
      lines.close();
    });
    yield* lines;
    if (failure === undefined) return;
    throw new SluiceError('FILE_UNREADABLE', `the keys of differences cannot be read again: ${failure.message}`, {
      hint: 'Run the command again with TMPDIR set to another folder.',
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
      // It is in a temporary folder, readable by its owner only.
    }
    this.#folder = undefined;
  }
}
