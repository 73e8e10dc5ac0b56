import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { makeFolder } from '../../files/make-folder.ts';
import type { Integer } from '../../text/numbers.ts';
import { setting } from '../../text/settings.ts';
import type { Side } from '../model.ts';
import { BucketVector, type BucketVectorData } from './buckets.ts';
import type { Spread } from './queries.ts';

/** Part of one side's table, read by one query. */
export interface ScanPart {
  /** SQL; undefined for the whole table. */
  condition: string | undefined;
  /** Estimated number of rows. */
  rows: number;
  /** Rereads rows of earlier parts that have changed since. */
  again?: true;
}

/** Progress of one side's scan. */
export interface SideProgress {
  vector: BucketVector;
  /** Start of the next part: a block or a key, as the engine's text; undefined at the start. */
  cursor: string | undefined;
  /** No part begins after the cursor. */
  planned: boolean;
  /** For block ranges: the engine's snapshot in which the first part began. */
  since: string | undefined;
  /** Started but not finished: read again when the scan resumes. */
  open: ScanPart[];
  /** Parts that are in the vector. */
  parts: number;
  /** Rows of these. */
  rows: number;
}

/** Keys in [from, to); an undefined bound is open. */
export interface KeyRange {
  from: string | undefined;
  to: string | undefined;
}

/** Progress of comparing a table by ranges of its key. */
export interface RangeProgress {
  /** When the first range was started, ISO 8601. */
  began: string;
  /** Everything before this key has been compared; undefined at the start and at the end. */
  cursor: string | undefined;
  ended: boolean;
  ranges: number;
  rows: { source: number; target: number };
  /** Ranges that differ, with the rows of each side. */
  different: (KeyRange & { rows: Record<Side, number> })[];
}

/** When and how the sums were read. */
export interface ScanFacts {
  /** ISO 8601. */
  from: string;
  to: string;
  /** Queries that each side was read with. */
  parts: { source: Integer; target: Integer };
  /** Part of it was read by an earlier run, or before a connection was lost. */
  resumed: boolean;
}

export interface ScanStateOptions {
  /** Equal for runs that compare the same data in the same way. */
  fingerprint: string;
  /** Folder for the saved state, so that another run can resume; undefined keeps it in memory only. */
  folder?: string | undefined;
  /** Called when the file cannot be written or read; the scan itself continues. */
  warn?: ((message: string) => void) | undefined;
}

/** Bump when the stored format changes. */
const VERSION = 9;
/** Between two writes of the file, in ms. */
const SAVE_EVERY = 1000;

interface Stored {
  version: number;
  fingerprint: string;
  buckets: number;
  spread: Spread;
  began: string;
  /** Either ranges or buckets: a table is compared by ranges first, or in buckets. */
  ranges: RangeProgress | undefined;
  sides: StoredSides | undefined;
}

type StoredSides = Record<Side, Omit<SideProgress, 'vector'> & { vector: BucketVectorData }>;

/**
 * Progress of a scan: the sums of the parts read so far, which need not be read again after a lost connection or a kill.
 * It has sums and bounds of parts, no other values.
 */
export class ScanState {
  readonly #options: ScanStateOptions;
  #saved = 0;
  #unwritable = false;
  buckets = 0;
  spread: Spread = 'hash';
  /** When the first part was started, ISO 8601. */
  began = '';
  /** Started by an earlier run. */
  resumed = false;
  #sides: Record<Side, SideProgress> | undefined;
  #ranges: RangeProgress | undefined;

  constructor(options: ScanStateOptions) {
    this.#options = options;
  }

  get fingerprint(): string {
    return this.#options.fingerprint;
  }

  /** A scan was started and not abandoned. */
  get started(): boolean {
    return this.#sides !== undefined;
  }

  /** A comparison by ranges was started and not abandoned. */
  get comparingRanges(): boolean {
    return this.#ranges !== undefined;
  }

  /** The comparison by ranges: resumed, or a new one. */
  beginRanges(now: Date): RangeProgress {
    this.#ranges ??= {
      began: now.toISOString(),
      cursor: undefined,
      ended: false,
      ranges: 0,
      rows: { source: 0, target: 0 },
      different: [],
    };
    this.began = this.#ranges.began;
    return this.#ranges;
  }

  side(side: Side): SideProgress {
    if (this.#sides === undefined) throw new Error('the scan has not been begun');
    return this.#sides[side];
  }

  begin(buckets: number, spread: Spread, hashes: number, now: Date): void {
    const fresh = (): SideProgress => ({
      vector: new BucketVector(buckets, hashes),
      cursor: undefined,
      planned: false,
      since: undefined,
      open: [],
      parts: 0,
      rows: 0,
    });
    this.buckets = buckets;
    this.spread = spread;
    this.began = now.toISOString();
    this.resumed = false;
    this.#ranges = undefined;
    this.#sides = { source: fresh(), target: fresh() };
  }

  /** Saves progress from time to time; up to the last second may be lost. */
  save(now: Date, options: { always?: boolean } = {}): void {
    const file = this.#file;
    if (file === undefined || (this.#sides === undefined && this.#ranges === undefined)) return;
    if (options.always !== true && now.getTime() - this.#saved < SAVE_EVERY) return;
    this.#saved = now.getTime();
    const stored: Stored = {
      version: VERSION,
      fingerprint: this.fingerprint,
      buckets: this.buckets,
      spread: this.spread,
      began: this.began,
      ranges: this.#ranges,
      sides: this.#sides && mapSides(this.#sides, (side) => ({ ...side, vector: side.vector.data })),
    };
    try {
      makeFolder(path.dirname(file), 0o700);
      // If the process is killed while writing, the previous file remains.
      const body = serialize(stored);
      writeFileSync(`${file}.new`, Buffer.concat([digestOf(body), body]), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      this.#giveUp(file, error);
    }
  }

  /** Keeps the state in memory only from now on. The old file stays: its contents are still valid. */
  #giveUp(file: string, error: unknown): void {
    this.#unwritable = true;
    try {
      rmSync(`${file}.new`, { force: true });
    } catch {
      // The leftover file is harmless.
    }
    this.#options.warn?.(
      `cannot save the scan's progress in ${path.dirname(file)}, so ${setting('resume')} will not work for this run: ${(error as Error).message}`,
    );
  }

  /** Loads the progress of another run; false if there is none for this comparison. */
  load(): boolean {
    const file = this.#file;
    if (file === undefined) return false;
    let stored: Stored;
    try {
      stored = deserialize(wholeBody(readFileSync(file))) as Stored;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#options.warn?.(`cannot read ${file}; the scan starts over: ${(error as Error).message}`);
      return false;
    }
    if (stored.version !== VERSION || stored.fingerprint !== this.fingerprint) return false;
    this.buckets = stored.buckets;
    this.spread = stored.spread;
    this.began = stored.began;
    this.#ranges = stored.ranges;
    this.#sides =
      stored.sides && mapSides(stored.sides, ({ vector, ...rest }) => ({ ...rest, vector: BucketVector.from(vector) }));
    this.resumed = true;
    return true;
  }

  /** Discards everything, including the file. */
  drop(): void {
    this.#sides = undefined;
    this.#ranges = undefined;
    const { folder } = this.#options;
    const file = this.#pathIn(folder);
    if (file === undefined) return;
    try {
      rmSync(file, { force: true });
    } catch (error) {
      this.#options.warn?.(`cannot remove ${file}, which is no longer needed: ${(error as Error).message}`);
    }
  }

  get #file(): string | undefined {
    return this.#unwritable ? undefined : this.#pathIn(this.#options.folder);
  }

  #pathIn(folder: string | undefined): string | undefined {
    return folder === undefined ? undefined : path.join(folder, `${this.fingerprint.slice(0, 32)}.scan`);
  }
}

/** A file truncated by a crash could have zero sums on both sides, which would compare equal. */
function wholeBody(content: Buffer): Buffer {
  const body = content.subarray(DIGEST_BYTES);
  if (!digestOf(body).equals(content.subarray(0, DIGEST_BYTES))) throw new Error('the file is corrupt');
  return body;
}

const DIGEST_BYTES = 32;

function digestOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

function mapSides<A, B>({ source, target }: Record<Side, A>, make: (side: A) => B): Record<Side, B> {
  return { source: make(source), target: make(target) };
}

/** Hash of everything that determines a comparison's sums. */
export function fingerprintOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
