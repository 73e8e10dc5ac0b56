import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { KeyDifference } from './merge.ts';

const IN_MEMORY = 10_000;

/** Differing keys on their way from the scan to a second read: a few in memory, the rest in a temporary file. */
export class KeySpool {
  #memory: KeyDifference[] = [];
  #folder: string | undefined;
  #file: number | undefined;
  size = 0;

  add(difference: KeyDifference): void {
    this.size += 1;
    this.#memory.push(difference);
    if (this.#memory.length >= IN_MEMORY) this.#flush();
  }

  #flush(): void {
    if (this.#file === undefined) {
      this.#folder = mkdtempSync(path.join(tmpdir(), 'sluice-reconcile-'));
      this.#file = openSync(path.join(this.#folder, 'keys.jsonl'), 'wx', 0o600);
    }
    writeSync(this.#file, this.#memory.map((one) => `${JSON.stringify(one)}\n`).join(''));
    this.#memory = [];
  }

  /** Everything that was added, in order, some at a time. */
  async *batches(size: number): AsyncGenerator<KeyDifference[]> {
    let batch: KeyDifference[] = [];
    if (this.#folder !== undefined) {
      const lines = createInterface({
        input: createReadStream(path.join(this.#folder, 'keys.jsonl')),
        crlfDelay: Infinity,
      });
      for await (const line of lines) {
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

  /** Removes the file; the spool is of no use afterwards. */
  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#file = undefined;
    this.#folder = undefined;
  }
}
