/** Offsets of one chunk. */
export const CHUNK = 16_384;
const BYTES = CHUNK / 8;

/**
 * A set of offsets: a bit each, in chunks that exist once they have a member. A million offsets in a row take 125 KB.
 */
export class OffsetSet {
  readonly #chunks = new Map<number, Uint8Array>();
  size = 0;

  has(offset: number): boolean {
    const at = offset % CHUNK;
    const bits = this.#chunks.get((offset - at) / CHUNK);
    return bits !== undefined && ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  /** Returns the number of its chunk, or undefined if it was there. */
  add(offset: number): number | undefined {
    const at = offset % CHUNK;
    const chunk = (offset - at) / CHUNK;
    let bits = this.#chunks.get(chunk);
    if (bits === undefined) {
      bits = new Uint8Array(BYTES);
      this.#chunks.set(chunk, bits);
    }
    const mask = 1 << (at & 7);
    const byte = bits[at >> 3] ?? 0;
    if ((byte & mask) !== 0) return undefined;
    bits[at >> 3] = byte | mask;
    this.size += 1;
    return chunk;
  }

  /** A chunk as lengths of runs, in turn of offsets that are not members and of members: `[3, 2]` has 3 and 4. */
  runs(chunk: number): number[] {
    const runs: number[] = [];
    let member = false;
    let length = 0;
    for (let at = 0; at < CHUNK; at += 1) {
      if (this.has(chunk * CHUNK + at) !== member) {
        runs.push(length);
        length = 0;
        member = !member;
      }
      length += 1;
    }
    if (member) runs.push(length);
    return runs;
  }

  /** Adds what `runs` returned. @throws Error if it cannot be that */
  addRuns(chunk: number, runs: readonly number[]): void {
    let at = 0;
    for (const [index, length] of runs.entries()) {
      if (!Number.isInteger(length) || length < 0 || at + length > CHUNK) throw new Error('not the runs of a chunk');
      if (index % 2 === 1) for (let member = at; member < at + length; member += 1) this.add(chunk * CHUNK + member);
      at += length;
    }
  }
}
