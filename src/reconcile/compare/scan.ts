import type { Session } from '../../databases/session.ts';
import { SluiceError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';
import { setting } from '../../text/settings.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { dialectFor } from '../dialects/index.ts';
import type { Side } from '../model.ts';
import { BucketVector } from './buckets.ts';
import type { ScanPart, ScanState, SideProgress } from './checkpoint.ts';
import { formatProgress, PROGRESS_EVERY_MS } from './rate.ts';
import { isInParts, onEach } from './session-pool.ts';
import type { OpenSide, TablePair } from './table-pair.ts';
import { Throttle } from './throttle.ts';

export interface ScanHooks {
  clock: Clock;
  signal?: AbortSignal | undefined;
  onProgress(detail: string): void;
  /** Approximate rows per query; undefined for the whole table. */
  partRows?: number | undefined;
  /** How many times slower than the fastest a small read may be before the scan waits; undefined: not measured. */
  maxLoad?: number | undefined;
}

/**
 * Computes the sums of all buckets on both sides, into the state. All sessions of a side read parts of a split table. A
 * finished part is never read again, neither by this run nor by one that resumes it.
 */
export async function scanBoth(pair: TablePair, state: ScanState, hooks: ScanHooks): Promise<void> {
  const began = hooks.clock.now().getTime();
  const before = state.side('source').rows + state.side('target').rows;
  const total = pair.source.table.estimatedRows + pair.target.table.estimatedRows;
  let reportedAt = began;
  const onPart = () => {
    const now = hooks.clock.now();
    state.save(now);
    const rows = state.side('source').rows + state.side('target').rows;
    if (now.getTime() - reportedAt < PROGRESS_EVERY_MS) return;
    reportedAt = now.getTime();
    const left = Math.max(total, rows) - before;
    hooks.onProgress(`checksums ${formatProgress(rows - before, left, reportedAt - began)}`);
  };
  const sides = await Promise.allSettled(
    (['source', 'target'] as const).map((side) => scanSide(pair[side], side, state, hooks, onPart)),
  );
  // Both sides have ended: no query is left running. What was read is kept for another attempt.
  const failed = sides.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    state.save(hooks.clock.now(), { always: true });
    throw failed.reason;
  }
}

async function scanSide(
  open: OpenSide,
  side: Side,
  state: ScanState,
  hooks: ScanHooks,
  onPart: () => void,
): Promise<void> {
  const progress = state.side(side);
  const { queries } = open;
  const throttle =
    hooks.maxLoad === undefined || hooks.partRows === undefined
      ? undefined
      : new Throttle(hooks.maxLoad, hooks.partRows);
  await readAgain(open, progress);
  const running = new Set<ScanPart>();
  const claim = serialized(async (session: Session) => {
    // First the parts that an earlier attempt started.
    const part =
      progress.open.find((one) => !running.has(one)) ??
      (await nextPart(open, session, progress, throttle?.rows ?? hooks.partRows));
    if (part !== undefined) running.add(part);
    return part;
  });
  let failed = false;
  const work = async (session: Session) => {
    while (!failed) {
      hooks.signal?.throwIfAborted();
      if (throttle !== undefined) await waitWhileBusy(throttle, open, session, hooks);
      const part = await claim(session);
      if (part === undefined) return;
      // Add the sums of a part only when it has been read completely.
      const read = new BucketVector(state.buckets, queries.hashes);
      await session.each(queries.scan(state.buckets, state.spread, part.condition), (row) =>
        queries.readScan(row, (bucket, rows, hashes) => read.set(bucket, rows, hashes)),
      );
      progress.vector.add(read, queries.combine);
      progress.open = progress.open.filter((one) => one !== part);
      progress.parts += 1;
      progress.rows += part.rows;
      onPart();
    }
  };
  const workers = await onEach(open, (session) =>
    work(session).catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const failure = workers.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/**
 * For a resumed scan: a row may have moved into blocks already read, out of blocks not yet read. Rows that arrived
 * there since are read once more. Rows that stayed but changed are read twice, equally on both sides, or the bucket
 * differs.
 */
async function readAgain({ session }: OpenSide, progress: SideProgress): Promise<void> {
  const { newer } = dialectFor(session);
  if (progress.since === undefined || newer === undefined) return;
  const condition = newer.since(progress.since, await momentOf(session, newer), progress.cursor);
  if (condition === undefined) {
    throw new SluiceError('TABLE_NOT_COMPARABLE', 'the scan began too long ago to be resumed, or on another server', {
      hint: `Remove ${setting('resume')}.`,
    });
  }
  progress.open = [...progress.open.filter((one) => !one.again), { condition, rows: 0, again: true }];
}

async function momentOf(session: Session, { moment }: NonNullable<Dialect['newer']>): Promise<string> {
  return (await session.query(moment))[0]?.[0] ?? '';
}

/** Without splitting, or if the table is hardly larger than a part, the whole table. Marks the part as open. */
async function nextPart(
  { table, queries }: OpenSide,
  session: Session,
  progress: SideProgress,
  rows: number | undefined,
): Promise<ScanPart | undefined> {
  if (progress.planned) return undefined;
  const { splitting, estimatedRows } = table;
  if (
    rows === undefined ||
    splitting === undefined ||
    (progress.cursor === undefined && !isInParts(estimatedRows, rows))
  ) {
    const whole = { condition: undefined, rows: estimatedRows };
    progress.planned = true;
    progress.open.push(whole);
    return whole;
  }
  const from = progress.cursor;
  const dialect = dialectFor(session);
  if (from === undefined && splitting.by === 'blocks' && dialect.newer !== undefined)
    progress.since = await momentOf(session, dialect.newer);
  const to = await nextBound(session, queries.keyAfter, splitting, estimatedRows, from, rows);
  const part = { condition: dialect.partCondition(splitting, from, to), rows };
  // Immediately, or a save in between would miss the part.
  progress.cursor = to;
  progress.planned = to === undefined;
  progress.open.push(part);
  return part;
}

/** End of a part that begins at a bound; undefined for the last one. */
export async function nextBound(
  session: Session,
  keyAfter: OpenSide['queries']['keyAfter'],
  splitting: NonNullable<OpenSide['table']['splitting']>,
  estimatedRows: number,
  from: string | undefined,
  rows: number,
): Promise<string | undefined> {
  if (splitting.by === 'key') {
    const behind = async (start: string | undefined, offset: number) =>
      (await session.query(keyAfter(splitting.column, start, offset)))[0]?.[0] ?? undefined;
    const to = await behind(from, rows);
    // More rows than fit a part may share one value of the key's first column.
    return from !== undefined && to === from ? behind(String(BigInt(from) + 1n), 0) : to;
  }
  const step = Math.max(1, Math.round((splitting.blocks * rows) / Math.max(1, estimatedRows)));
  const to = Number(from ?? '0') + step;
  // The last part is open, since a table may have grown.
  return to >= splitting.blocks ? undefined : String(to);
}

async function waitWhileBusy(
  throttle: Throttle,
  { queries }: OpenSide,
  session: Session,
  hooks: ScanHooks,
): Promise<void> {
  for (;;) {
    const began = hooks.clock.now().getTime();
    await session.query(queries.sample());
    const wait = throttle.observe(hooks.clock.now().getTime() - began);
    if (wait === 0) return;
    hooks.onProgress(`waiting: the database is busy (${wait} ms)`);
    await hooks.clock.sleep(wait, hooks.signal);
  }
}

/** Runs calls one after another, in call order. */
export function serialized<A, R>(run: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const result = last.then(() => run(argument));
    last = result.catch(() => {});
    return result;
  };
}
