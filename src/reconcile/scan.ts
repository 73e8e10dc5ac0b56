import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { BucketVector } from './buckets.ts';
import type { Session } from './dialects/dialect.ts';
import { LoadGovernor } from './load.ts';
import type { Side } from './model.ts';
import { pace, TELL_EVERY } from './pace.ts';
import type { ScanPart, ScanState, SideProgress } from './scan-state.ts';
import { isInParts, onEach } from './sessions.ts';
import type { OpenSide, TablePair } from './table-pair.ts';

export interface ScanHooks {
  clock: Clock;
  signal?: AbortSignal | undefined;
  onProgress(detail: string): void;
  /** Rows that one query reads, about; undefined for the whole table. */
  partRows?: number | undefined;
  /** Times the quickest small read that one may take before the scan holds back; undefined not to look. */
  maxLoad?: number | undefined;
}

/**
 * The sums of all buckets on both sides, in the state. Where a table is split, its parts are read by all sessions of its
 * side; a part that has ended is never read again, by this run or by one that takes up its state.
 */
export async function scanBoth(pair: TablePair, state: ScanState, hooks: ScanHooks): Promise<void> {
  const began = hooks.clock.now().getTime();
  const before = state.side('source').rows + state.side('target').rows;
  const total = pair.source.table.estimatedRows + pair.target.table.estimatedRows;
  let told = began;
  const onPart = () => {
    const now = hooks.clock.now();
    state.save(now);
    const rows = state.side('source').rows + state.side('target').rows;
    if (now.getTime() - told < TELL_EVERY) return;
    told = now.getTime();
    const left = Math.max(total, rows) - before;
    hooks.onProgress(`checksums ${pace(rows - before, left, told - began)}`);
  };
  const sides = await Promise.allSettled(
    (['source', 'target'] as const).map((side) => scanSide(pair[side], side, state, hooks, onPart)),
  );
  // Both have ended: no query is left behind on the other connection. What was read is kept for another attempt.
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
  const governor =
    hooks.maxLoad === undefined || hooks.partRows === undefined
      ? undefined
      : new LoadGovernor(hooks.maxLoad, hooks.partRows);
  await readAgain(open, progress);
  const running = new Set<ScanPart>();
  const claim = oneByOne(async (session: Session) => {
    // What an earlier attempt had begun comes first.
    const part =
      progress.open.find((one) => !running.has(one)) ??
      (await nextPart(open, session, progress, governor?.rows ?? hooks.partRows));
    if (part !== undefined) running.add(part);
    return part;
  });
  let failed = false;
  const work = async (session: Session) => {
    while (!failed) {
      hooks.signal?.throwIfAborted();
      if (governor !== undefined) await holdBack(governor, open, session, hooks);
      const part = await claim(session);
      if (part === undefined) return;
      // The sums of a part count once it has been read to its end, and never in halves.
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
 * Of a scan that is taken up: a row may have moved into blocks that had been read, and not be in those that had not. What came
 * there since is read once more: so is what stayed there and was changed, on both sides alike, or the bucket differs.
 */
async function readAgain({ session }: OpenSide, progress: SideProgress): Promise<void> {
  const { newer } = session.dialect;
  if (progress.since === undefined || newer === undefined) return;
  const condition = newer.since(progress.since, await momentOf(session, newer), progress.cursor);
  if (condition === undefined) {
    throw new SluiceError('TABLE_NOT_COMPARABLE', 'the scan began too long ago to be resumed, or on another server', {
      hint: 'Leave --resume out.',
    });
  }
  progress.open = [...progress.open.filter((one) => !one.again), { condition, rows: 0, again: true }];
}

async function momentOf(session: Session, { moment }: NonNullable<Session['dialect']['newer']>): Promise<string> {
  return (await session.query(moment))[0]?.[0] ?? '';
}

/** Of a table that cannot be split, or is hardly larger than a part, all at once. The part is noted as open. */
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
  if (from === undefined && splitting.by === 'blocks' && session.dialect.newer !== undefined)
    progress.since = await momentOf(session, session.dialect.newer);
  const to = await nextBound(session, queries.keyAfter, splitting, estimatedRows, from, rows);
  const part = { condition: session.dialect.partCondition(splitting, from, to), rows };
  // At once, or what is saved between would miss the part.
  progress.cursor = to;
  progress.planned = to === undefined;
  progress.open.push(part);
  return part;
}

/** Where a part that begins at one bound ends; undefined for the last one. */
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
    // The first column of a key may have one value in more rows than a part should have.
    return from !== undefined && to === from ? behind(String(BigInt(from) + 1n), 0) : to;
  }
  const step = Math.max(1, Math.round((splitting.blocks * rows) / Math.max(1, estimatedRows)));
  const to = Number(from ?? '0') + step;
  // The last part is open, since a table may have grown.
  return to >= splitting.blocks ? undefined : String(to);
}

async function holdBack(
  governor: LoadGovernor,
  { queries }: OpenSide,
  session: Session,
  hooks: ScanHooks,
): Promise<void> {
  for (;;) {
    const began = hooks.clock.now().getTime();
    await session.query(queries.sample());
    const wait = governor.observe(hooks.clock.now().getTime() - began);
    if (wait === 0) return;
    hooks.onProgress(`waiting: the database is busy (${wait} ms)`);
    await hooks.clock.sleep(wait, hooks.signal);
  }
}

/** Calls run one after another, in the order in which they were made. */
export function oneByOne<A, R>(run: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const result = last.then(() => run(argument));
    last = result.catch(() => {});
    return result;
  };
}
