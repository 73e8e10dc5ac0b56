import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { BucketVector, type BucketVectorData } from './buckets.ts';
import type { Side } from './model.ts';
import type { Spread } from './queries.ts';

/** A part of one side's table that one query reads. */
export interface ScanPart {
  /** SQL; undefined for the whole table. */
  condition: string | undefined;
  /** About how many rows it has. */
  rows: number;
  /** What has been read before is read again, as far as it has changed. */
  again?: true;
}

/** How far the scan of one side has come. */
export interface SideProgress {
  vector: BucketVector;
  /** Where the next part begins: a block or a key, as the engine's text; undefined at the start. */
  cursor: string | undefined;
  /** No part begins behind the cursor. */
  planned: boolean;
  /** Of a table in ranges of blocks: when the first part was begun, as the engine's snapshots have it. */
  since: string | undefined;
  /** Begun and not ended: they are read again when the scan is taken up. */
  open: ScanPart[];
  /** Parts that are in the vector. */
  parts: number;
  /** Rows of these. */
  rows: number;
}

/** Rows from one key (with it) to another (without it); open where a bound is undefined. */
export interface KeyRange {
  from: string | undefined;
  to: string | undefined;
}

/** How far a table has been compared by ranges of its key. */
export interface RangeLook {
  /** When the first range was begun, ISO 8601. */
  began: string;
  /** All before this key has been compared; undefined at the start, and at the end. */
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
  parts: { source: number; target: number };
  /** An earlier run, or a connection that was lost, had read some of it. */
  resumed: boolean;
}

export interface ScanStateOptions {
  /** Tells whether another run compares the same in the same way. */
  fingerprint: string;
  /** Folder to keep the state in, so that another run can go on; undefined to keep it in memory only. */
  folder?: string | undefined;
  /** Told where the file cannot be written or read: the scan itself goes on. */
  warn?: ((message: string) => void) | undefined;
}

/** Raised when what is stored is stored in another way. */
const VERSION = 8;
/** Between two writes of the file, in ms. */
const SAVE_EVERY = 1000;

interface Stored {
  version: number;
  fingerprint: string;
  buckets: number;
  spread: Spread;
  began: string;
  /** One of the two: a table is compared by ranges first, or in buckets. */
  look: RangeLook | undefined;
  sides: StoredSides | undefined;
}

type StoredSides = Record<Side, Omit<SideProgress, 'vector'> & { vector: BucketVectorData }>;

/**
 * The sums of the parts that have been read: what a lost connection or a killed process need not read again. It has
 * sums only, and no values but the bounds of parts.
 */
export class ScanState {
  readonly #options: ScanStateOptions;
  #saved = 0;
  #unwritable = false;
  buckets = 0;
  spread: Spread = 'hash';
  /** When the first part was begun, ISO 8601. */
  began = '';
  /** Begun by an earlier run. */
  resumed = false;
  #sides: Record<Side, SideProgress> | undefined;
  #look: RangeLook | undefined;

  constructor(options: ScanStateOptions) {
    this.#options = options;
  }

  get fingerprint(): string {
    return this.#options.fingerprint;
  }

  /** A scan has been begun and not been dropped. */
  get started(): boolean {
    return this.#sides !== undefined;
  }

  /** Ranges have been compared, and the look not been given up. */
  get looking(): boolean {
    return this.#look !== undefined;
  }

  /** The look at ranges, taken up or new. */
  beginLook(now: Date): RangeLook {
    this.#look ??= {
      began: now.toISOString(),
      cursor: undefined,
      ended: false,
      ranges: 0,
      rows: { source: 0, target: 0 },
      different: [],
    };
    this.began = this.#look.began;
    return this.#look;
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
    this.#look = undefined;
    this.#sides = { source: fresh(), target: fresh() };
  }

  /** Writes what has been read, now and then; the last second may be lost. */
  save(now: Date, options: { always?: boolean } = {}): void {
    const file = this.#file;
    if (file === undefined || (this.#sides === undefined && this.#look === undefined)) return;
    if (options.always !== true && now.getTime() - this.#saved < SAVE_EVERY) return;
    this.#saved = now.getTime();
    const stored: Stored = {
      version: VERSION,
      fingerprint: this.fingerprint,
      buckets: this.buckets,
      spread: this.spread,
      began: this.began,
      look: this.#look,
      sides: this.#sides && bothSides(this.#sides, (side) => ({ ...side, vector: side.vector.data })),
    };
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      // A kill while it is written leaves the former file.
      const body = serialize(stored);
      writeFileSync(`${file}.new`, Buffer.concat([digestOf(body), body]), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      this.#giveUp(file, error);
    }
  }

  /** From here on the state is in memory only. A former file stays: what it says is still true. */
  #giveUp(file: string, error: unknown): void {
    this.#unwritable = true;
    try {
      rmSync(`${file}.new`, { force: true });
    } catch {
      // It is of no use to anybody, and does no harm.
    }
    this.#options.warn?.(
      `how far the scan is cannot be noted in ${path.dirname(file)}, so that --resume could not go on from here: ${(error as Error).message}`,
    );
  }

  /** Takes up what another run has left; false where there is nothing of this comparison. */
  load(): boolean {
    const file = this.#file;
    if (file === undefined) return false;
    let stored: Stored;
    try {
      stored = deserialize(wholeBody(readFileSync(file))) as Stored;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#options.warn?.(`${file} cannot be read, and the scan starts over: ${(error as Error).message}`);
      return false;
    }
    if (stored.version !== VERSION || stored.fingerprint !== this.fingerprint) return false;
    this.buckets = stored.buckets;
    this.spread = stored.spread;
    this.began = stored.began;
    this.#look = stored.look;
    this.#sides =
      stored.sides &&
      bothSides(stored.sides, ({ vector, ...rest }) => ({ ...rest, vector: BucketVector.from(vector) }));
    this.resumed = true;
    return true;
  }

  /** Forgets all, the file too. */
  drop(): void {
    this.#sides = undefined;
    this.#look = undefined;
    const { folder } = this.#options;
    const file = this.#pathIn(folder);
    if (file === undefined) return;
    try {
      rmSync(file, { force: true });
    } catch (error) {
      this.#options.warn?.(`${file} is of no use any more and cannot be removed: ${(error as Error).message}`);
    }
  }

  get #file(): string | undefined {
    return this.#unwritable ? undefined : this.#pathIn(this.#options.folder);
  }

  #pathIn(folder: string | undefined): string | undefined {
    return folder === undefined ? undefined : path.join(folder, `${this.fingerprint.slice(0, 32)}.scan`);
  }
}

/** Of a file that lost a part when the machine went down, sums may be zero on both sides, and so be alike. */
function wholeBody(content: Buffer): Buffer {
  const body = content.subarray(DIGEST_BYTES);
  if (!digestOf(body).equals(content.subarray(0, DIGEST_BYTES))) throw new Error('it is not as it was written');
  return body;
}

const DIGEST_BYTES = 32;

function digestOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

function bothSides<A, B>({ source, target }: Record<Side, A>, make: (side: A) => B): Record<Side, B> {
  return { source: make(source), target: make(target) };
}

/** One short text for all that decides what the sums of a comparison are. */
export function fingerprintOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
