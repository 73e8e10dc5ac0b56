import type { Column } from '../../databases/model.ts';
import type { Session } from '../../databases/session.ts';
import type { ValueTexts } from '../dialects/dialect.ts';
import { dialectFor } from '../dialects/index.ts';
import type { ColumnPair, Form, Side } from '../model.ts';
import type { KeyRange, RangeProgress, ScanState } from './checkpoint.ts';
import { firstSpread } from './queries.ts';
import { formatProgress, PROGRESS_EVERY_MS } from './rate.ts';
import { nextBound, type ScanHooks, serialized } from './scan.ts';
import { onEach } from './session-pool.ts';
import type { TablePair } from './table-pair.ts';

/** Maximum rows per digest. */
const MAX_ROWS = 65_536;
/** Below this, the queries cost more than the digests save. */
const MIN_ROWS = 1000;
/** Safety margin: lower-casing can lengthen a few characters. */
const MARGIN = 0.75;
/** Ranges planned ahead, so that no side waits for bounds. */
const AHEAD = 4;
/** If a larger share of the ranges differs, buckets find the rows sooner. */
const MAX_DIFFERENT = 0.05;
/** Maximum keys per row for bounds to be computed instead of read from the index. */
const MAX_KEYS = 2;
/** Abort if the target's range has more than N× the expected rows (the source may have deleted them all). */
const MAX_GROWTH = 2;

/**
 * Compares a table by ranges of an integer key: one digest over the texts of all rows of a range, in key order. It is
 * stronger than sums of hashes, since only the digest combines rows, and takes half the time, since rows have no digest
 * of their own. The bounds come from the source's index. Progress is kept in the state.
 * @param size rows of a range: see `rangeRows`
 * @returns undefined if too many ranges differ
 */
export async function compareByRanges(
  pair: TablePair,
  size: number,
  state: ScanState,
  hooks: ScanHooks,
): Promise<RangeProgress | undefined> {
  const progress = state.beginRanges(hooks.clock.now());
  return (await new RangeScan(pair, size, state, progress, hooks).run()) ? progress : undefined;
}

/** Rows per range that are sure to fit; undefined if a size is not declared, or for other keys and hashes. */
export function rangeRows({ source, target, plan, hash }: TablePair): number | undefined {
  if (hash === 'fast' || firstSpread(plan) !== 'integers') return undefined;
  if (source.queries.digest === undefined || target.queries.digest === undefined) return undefined;
  const limits = (['source', 'target'] as const).flatMap((side) => {
    const { session } = { source, target }[side];
    const { longestText } = session.server;
    return longestText === undefined ? [] : [(MARGIN * longestText) / rowBytes(plan.pairs, side, dialectFor(session))];
  });
  const rows = Math.floor(Math.min(MAX_ROWS, ...limits));
  return limits.length === 0 || !(rows >= MIN_ROWS) ? undefined : rows;
}

function rowBytes(pairs: readonly ColumnPair[], side: Side, dialect: ValueTexts): number {
  return pairs.reduce((sum, pair) => sum + valueBytes(pair[side], pair.form, dialect), 2 * pairs.length);
}

/**
 * Maximum bytes of a value's text: a decimal has 67, plus 12 with its length before it, plus zeros up to the form's
 * scale.
 */
function valueBytes({ type, length, charset }: Column, form: Form, dialect: ValueTexts): number {
  switch (type.family) {
    case 'text':
    case 'other':
    case 'bytes':
    case 'json':
      if (length === undefined) return Number.POSITIVE_INFINITY;
      if (type.family === 'bytes') return 2 * length + 12;
      return dialect.characterBytes({ charset }) * length + 16;
    default:
      return 80 + (form.kind === 'decimal' ? (form.scale ?? 0) : 0);
  }
}

interface Digest {
  rows: number;
  digest: string | null;
}

class RangeScan {
  readonly #pair: TablePair;
  readonly #size: number;
  readonly #state: ScanState;
  readonly #progress: RangeProgress;
  readonly #hooks: ScanHooks;
  readonly #ranges: KeyRange[] = [];
  readonly #digests: Record<Side, Digest[]> = { source: [], target: [] };
  readonly #began: number;
  readonly #before: number;
  readonly #plan: (session: Session) => Promise<void>;
  /** Settles when more bounds are known, or no more will follow. */
  #planned = Promise.withResolvers<void>();
  #cursor: string | undefined;
  #last: bigint | undefined;
  /** So far, hardly any keys are missing in the source. */
  #dense = false;
  #ended: boolean;
  #compared = 0;
  #stopped = false;
  #reportedAt: number;

  constructor(pair: TablePair, size: number, state: ScanState, progress: RangeProgress, hooks: ScanHooks) {
    this.#pair = pair;
    this.#size = size;
    this.#state = state;
    this.#progress = progress;
    this.#hooks = hooks;
    this.#cursor = progress.cursor;
    this.#ended = progress.ended;
    this.#began = hooks.clock.now().getTime();
    this.#reportedAt = this.#began;
    this.#before = progress.rows.source;
    this.#plan = serialized((session: Session) => this.#planOne(session));
  }

  /** False if it was abandoned. */
  async run(): Promise<boolean> {
    const { source, target } = this.#pair;
    const work = async (side: Side, session: Session, claim: () => number) => {
      try {
        for (let at = claim(); !this.#stopped && (await this.#known(at, side, session)); at = claim()) {
          this.#hooks.signal?.throwIfAborted();
          await this.#read(at, side, session);
        }
      } catch (error) {
        this.#stop();
        throw error;
      }
    };
    const workers = (['source', 'target'] as const).map((side) => {
      let next = 0;
      return onEach({ source, target }[side], (session) => work(side, session, () => next++));
    });
    // All workers have ended: no query is left running. What was read is kept for another attempt.
    const failed = (await Promise.all(workers)).flat().find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      this.#state.save(this.#hooks.clock.now(), { always: true });
      throw failed.reason;
    }
    return !this.#stopped;
  }

  /** Whether the range exists; the source's sessions find the bounds, the target's wait for them. */
  async #known(at: number, side: Side, session: Session): Promise<boolean> {
    while (!this.#stopped && !this.#ended && this.#ranges.length <= at + (side === 'source' ? AHEAD : 0)) {
      if (side === 'source') await this.#plan(session);
      else await this.#planned.promise;
    }
    return at < this.#ranges.length;
  }

  async #planOne(session: Session): Promise<void> {
    if (this.#ended || this.#stopped) return;
    const from = this.#cursor;
    const to = this.#dense && from !== undefined ? await this.#keyOn(session, from) : await this.#rowOn(session, from);
    this.#ranges.push({ from, to });
    this.#cursor = to;
    this.#ended = to === undefined;
    this.#wake();
  }

  /** The bound a fixed number of keys further: at most as many rows, and no query is needed. */
  async #keyOn(session: Session, from: string): Promise<string | undefined> {
    this.#last ??= BigInt((await session.query(this.#pair.source.queries.lastKey(this.#column)))[0]?.[0] ?? from);
    const to = BigInt(from) + BigInt(this.#size);
    return to > this.#last ? undefined : String(to);
  }

  /** The bound a fixed number of rows further, by the index. */
  async #rowOn(session: Session, from: string | undefined): Promise<string | undefined> {
    const { queries, table } = this.#pair.source;
    const splitting = { by: 'key', column: this.#column } as const;
    const to = await nextBound(session, queries.keyAfter, splitting, table.estimatedRows, from, this.#size);
    this.#dense = density({ from, to }, this.#size) === 'dense';
    return to;
  }

  async #read(at: number, side: Side, session: Session): Promise<void> {
    const range = this.#ranges[at];
    const { queries } = this.#pair[side];
    if (range === undefined || queries.digest === undefined) return;
    const condition = rangeCondition(session, this.#pair.plan.key, side, range);
    const [[rows = '0', digest = null] = []] = await session.query(queries.digest(condition, MAX_GROWTH * this.#size));
    this.#digests[side][at] = { rows: Number(rows), digest };
    // After a gap, the index shows where keys continue.
    if (side === 'source' && density(range, Number(rows)) === 'sparse') this.#dense = false;
    this.#compare();
  }

  /** In range order, so that everything up to one bound has been compared. */
  #compare(): void {
    const progress = this.#progress;
    for (;;) {
      const range = this.#ranges[this.#compared];
      const source = this.#digests.source[this.#compared];
      const target = this.#digests.target[this.#compared];
      if (range === undefined || source === undefined || target === undefined) break;
      this.#compared += 1;
      progress.rows.source += source.rows;
      progress.rows.target += target.rows;
      progress.ranges += 1;
      progress.cursor = range.to;
      progress.ended = range.to === undefined;
      const rows = Math.max(source.rows, target.rows);
      // Without a digest, nothing is known about the rows.
      const blind = rows > 0 && (source.digest === null || target.digest === null);
      if (blind || source.rows !== target.rows || source.digest !== target.digest)
        progress.different.push({ ...range, rows: { source: source.rows, target: target.rows } });
      const all = this.#pair.source.table.estimatedRows / this.#size;
      if (progress.different.length > Math.max(2, MAX_DIFFERENT * all) || rows >= MAX_GROWTH * this.#size) this.#stop();
    }
    const now = this.#hooks.clock.now();
    this.#state.save(now);
    const elapsed = now.getTime();
    if (elapsed - this.#reportedAt < PROGRESS_EVERY_MS) return;
    this.#reportedAt = elapsed;
    const left = Math.max(0, this.#pair.source.table.estimatedRows - progress.rows.source);
    this.#hooks.onProgress(
      `checksums ${formatProgress(progress.rows.source - this.#before, left, elapsed - this.#began)}`,
    );
  }

  get #column(): string {
    return this.#pair.plan.key[0]?.source.name ?? '';
  }

  #stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #wake(): void {
    this.#planned.resolve();
    this.#planned = Promise.withResolvers();
  }
}

/** Undefined if the range is open: its number of keys is unknown. */
function density({ from, to }: KeyRange, rows: number): 'dense' | 'sparse' | undefined {
  if (from === undefined || to === undefined) return undefined;
  return BigInt(to) - BigInt(from) <= BigInt(MAX_KEYS * rows) ? 'dense' : 'sparse';
}

/** The rows of a range, as a condition on one side's key. */
export function rangeCondition(
  session: Session,
  [key]: readonly ColumnPair[],
  side: Side,
  { from, to }: KeyRange,
): string | undefined {
  return dialectFor(session).partCondition({ by: 'key', column: key?.[side].name ?? '' }, from, to);
}
