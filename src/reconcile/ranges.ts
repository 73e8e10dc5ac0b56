import type { Session } from './dialects/dialect.ts';
import { isWhole } from './dialects/mysql-types.ts';
import type { Column, ColumnPair, Form, Side } from './model.ts';
import { pace, TELL_EVERY } from './pace.ts';
import { firstSpread } from './queries.ts';
import { nextBound, oneByOne, type ScanHooks } from './scan.ts';
import type { KeyRange, RangeLook, ScanState } from './scan-state.ts';
import { onEach } from './sessions.ts';
import type { TablePair } from './table-pair.ts';

/** Rows that one digest is made of. */
const MOST_ROWS = 65_536;
/** With fewer of them the queries would cost more than the digests spare. */
const LEAST_ROWS = 1000;
/** Of a server's longest text: what is declared is exceeded by a few letters that have no small letter of their own. */
const MARGIN = 0.75;
/** Ranges whose bounds are known before they are read, so that no side waits for them. */
const AHEAD = 4;
/** Where more of the ranges differ, buckets find the rows sooner. */
const MOST_DIFFERENT = 0.05;
/** Keys for each row that there is of them, at most, for a range to have its bounds by arithmetic. */
const MOST_KEYS = 2;
/** Times the rows that it should have: in a range that the source has cleared, the target may have any number of them. */
const MOST_GROWTH = 2;

/**
 * Compares a table by ranges of an integer key: one MD5 over the texts of all rows of a range, in the order of the key.
 * It is stronger than sums of hashes, since nothing is put together but by the digest itself, and takes half the time,
 * since no row has a digest of its own. The bounds come from the source's index. What has been read is in the state.
 * @param size rows of a range: see `rangeRows`
 * @returns undefined where they differ in too many ranges
 */
export async function lookByRanges(
  pair: TablePair,
  size: number,
  state: ScanState,
  hooks: ScanHooks,
): Promise<RangeLook | undefined> {
  const look = state.beginLook(hooks.clock.now());
  return (await new RangeScan(pair, size, state, look, hooks).run()) ? look : undefined;
}

/** Rows of a range whose texts surely fit; undefined where nothing is declared of their size, or for other keys and hashes. */
export function rangeRows({ source, target, plan, hash }: TablePair): number | undefined {
  if (hash === 'fast' || firstSpread(plan) !== 'integers') return undefined;
  if (source.queries.digest === undefined || target.queries.digest === undefined) return undefined;
  const limits = (['source', 'target'] as const).flatMap((side) => {
    const { longestText } = { source, target }[side].session.server;
    return longestText === undefined ? [] : [(MARGIN * longestText) / rowBytes(plan.pairs, side)];
  });
  const rows = Math.floor(Math.min(MOST_ROWS, ...limits));
  return limits.length === 0 || !(rows >= LEAST_ROWS) ? undefined : rows;
}

function rowBytes(pairs: readonly ColumnPair[], side: Side): number {
  return pairs.reduce((sum, pair) => sum + valueBytes(pair[side], pair.form), 2 * pairs.length);
}

/** Bytes of a value's text, at most: a decimal has 67, with its length before it 12 more, and zeros to the form's scale. */
function valueBytes({ type, length, charset }: Column, form: Form): number {
  switch (type.family) {
    case 'text':
    case 'other':
    case 'bytes':
    case 'json':
      if (length === undefined) return Number.POSITIVE_INFINITY;
      if (type.family === 'bytes') return 2 * length + 12;
      // Four bytes a character; behind a text with bytes that are none, two digits for each of its bytes.
      return (charset === undefined || isWhole(charset) ? 4 : 12) * length + 16;
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
  readonly #look: RangeLook;
  readonly #hooks: ScanHooks;
  readonly #ranges: KeyRange[] = [];
  readonly #digests: Record<Side, Digest[]> = { source: [], target: [] };
  readonly #began: number;
  readonly #before: number;
  readonly #plan: (session: Session) => Promise<void>;
  /** Settled when bounds are known that were not, or no more will be. */
  #planned = Promise.withResolvers<void>();
  #cursor: string | undefined;
  #last: bigint | undefined;
  /** Of the source's keys hardly one is missing, as far as it has been read. */
  #dense = false;
  #ended: boolean;
  #compared = 0;
  #stopped = false;
  #told: number;

  constructor(pair: TablePair, size: number, state: ScanState, look: RangeLook, hooks: ScanHooks) {
    this.#pair = pair;
    this.#size = size;
    this.#state = state;
    this.#look = look;
    this.#hooks = hooks;
    this.#cursor = look.cursor;
    this.#ended = look.ended;
    this.#began = hooks.clock.now().getTime();
    this.#told = this.#began;
    this.#before = look.rows.source;
    this.#plan = oneByOne((session: Session) => this.#planOne(session));
  }

  /** False where it was given up. */
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
    // All have ended: no query is left behind on a connection. What was read is kept for another attempt.
    const failed = (await Promise.all(workers)).flat().find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      this.#state.save(this.#hooks.clock.now(), { always: true });
      throw failed.reason;
    }
    return !this.#stopped;
  }

  /** Whether there is such a range; the source's sessions look for the bounds, the target's wait for them. */
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

  /** So many keys on: they have no more rows than that, and finding them costs nothing. */
  async #keyOn(session: Session, from: string): Promise<string | undefined> {
    this.#last ??= BigInt((await session.query(this.#pair.source.queries.lastKey(this.#column)))[0]?.[0] ?? from);
    const to = BigInt(from) + BigInt(this.#size);
    return to > this.#last ? undefined : String(to);
  }

  /** So many rows on, by the index. */
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
    const [[rows = '0', digest = null] = []] = await session.query(queries.digest(condition, MOST_GROWTH * this.#size));
    this.#digests[side][at] = { rows: Number(rows), digest };
    // Behind a gap the index says where keys go on.
    if (side === 'source' && density(range, Number(rows)) === 'sparse') this.#dense = false;
    this.#compare();
  }

  /** In the order of the ranges, so that what has been compared is all up to one bound. */
  #compare(): void {
    const look = this.#look;
    for (;;) {
      const range = this.#ranges[this.#compared];
      const source = this.#digests.source[this.#compared];
      const target = this.#digests.target[this.#compared];
      if (range === undefined || source === undefined || target === undefined) break;
      this.#compared += 1;
      look.rows.source += source.rows;
      look.rows.target += target.rows;
      look.ranges += 1;
      look.cursor = range.to;
      look.ended = range.to === undefined;
      const rows = Math.max(source.rows, target.rows);
      // Without a digest nothing is known of the rows.
      const blind = rows > 0 && (source.digest === null || target.digest === null);
      if (blind || source.rows !== target.rows || source.digest !== target.digest)
        look.different.push({ ...range, rows: { source: source.rows, target: target.rows } });
      const all = this.#pair.source.table.estimatedRows / this.#size;
      if (look.different.length > Math.max(2, MOST_DIFFERENT * all) || rows >= MOST_GROWTH * this.#size) this.#stop();
    }
    const now = this.#hooks.clock.now();
    this.#state.save(now);
    const elapsed = now.getTime();
    if (elapsed - this.#told < TELL_EVERY) return;
    this.#told = elapsed;
    const left = Math.max(0, this.#pair.source.table.estimatedRows - look.rows.source);
    this.#hooks.onProgress(`checksums ${pace(look.rows.source - this.#before, left, elapsed - this.#began)}`);
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

/** Undefined where the range is open, and nobody knows how many keys it has. */
function density({ from, to }: KeyRange, rows: number): 'dense' | 'sparse' | undefined {
  if (from === undefined || to === undefined) return undefined;
  return BigInt(to) - BigInt(from) <= BigInt(MOST_KEYS * rows) ? 'dense' : 'sparse';
}

/** The rows of a range, as a condition on one side's key. */
export function rangeCondition(
  { dialect }: Session,
  [key]: readonly ColumnPair[],
  side: Side,
  { from, to }: KeyRange,
): string | undefined {
  return dialect.partCondition({ by: 'key', column: key?.[side].name ?? '' }, from, to);
}
