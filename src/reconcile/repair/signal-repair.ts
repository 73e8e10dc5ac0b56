import { type KeyDifference, rowsOf } from '../compare/diff-buckets.ts';
import type { KeySpool } from '../compare/key-spool.ts';
import { keysAtOnce, type OpenKey, readRows, takeSnapshots } from '../compare/rows.ts';
import type { TablePair } from '../compare/table-pair.ts';
import { dialectFor } from '../dialects/index.ts';
import type { Fence } from '../model.ts';
import type { ReconcilePorts } from '../options.ts';
import { noCounts, type RepairCounts } from '../report.ts';
import type { SignalChannel } from './signal-channel.ts';
import { signalChunks, unsignalable } from './signal-plan.ts';
import { namedKey, type SkippedRows } from './skipped-rows.ts';
import { AMBIGUOUS, foreignReason } from './statements.ts';

const POLL_MS = 500;

export interface SignalOptions {
  channel: SignalChannel;
  fence: Fence | undefined;
  /** Longest wait for the next row to arrive, in ms. */
  timeout: number;
}

/**
 * Repairs missing and different rows of one table through its own pipeline: asks the source connector to read them
 * again, then polls until they have arrived. Extra rows are not handled here.
 * @param name of the table in the report
 * @throws what the channel throws
 */
export async function signalRepair(
  pair: TablePair,
  spool: KeySpool,
  options: SignalOptions,
  name: string,
  skipped: SkippedRows,
  ports: Pick<ReconcilePorts, 'clock' | 'signal'> & { onProgress(done: number): void },
): Promise<RepairCounts> {
  const total = noCounts();
  const leave = (reason: string, keys: readonly KeyDifference[]) => {
    for (const one of keys) skipped.add(name, reason, rowsOf(one), namedKey(pair.plan, one.key));
  };
  let missing = 0;
  const { session, table } = pair.source;
  const { server } = session;
  const dialect = dialectFor(session);
  const reason = unsignalable(dialect, table, pair.plan);
  const longest = reason === undefined ? await options.channel.longest() : 0;
  // If a signal had no effect, no more are sent: each would time out.
  let unanswered = false;
  for await (const batch of spool.batches(keysAtOnce(pair))) {
    const wanted = batch.filter(isBrought);
    if (wanted.length === 0) continue;
    if (reason !== undefined) {
      leave(reason, wanted);
      continue;
    }
    const seen = await stillOpen(pair, wanted);
    total.settled += wanted.length - seen.length;
    // Rows that share a key cannot be told apart.
    const several = seen.filter(({ differences }) => differences.some(({ columns }) => columns.length === 0));
    leave(AMBIGUOUS, several);
    missing += several.length;
    const single = seen.filter((one) => !several.includes(one));
    const open = single.filter((one) => isUnlike(pair, one));
    for (const one of single) {
      if (open.includes(one)) continue;
      // Resending it would change nothing.
      leave(foreignReasons(pair, one)[0] ?? '', [one]);
    }
    const chunks = signalChunks(open, {
      dialect,
      key: pair.plan.key,
      collection: dialect.signalCollection(table, server.database),
      longest,
    });
    for (const { keys, data } of chunks) {
      if (unanswered) {
        leave('not requested: nothing arrived after the previous signal', keys);
        missing += keys.length;
        continue;
      }
      await options.channel.send('execute-snapshot', data);
      const missed = await arrived(pair, keys, options.timeout, ports);
      unanswered = missed.length === keys.length;
      leave(notArrived(options), missed);
      missing += missed.length;
      const late = new Set(missed.map(({ key }) => JSON.stringify(key)));
      for (const one of keys) {
        if (late.has(JSON.stringify(one.key))) continue;
        if (one.missing > 0) total.inserted += 1;
        else total.updated += 1;
      }
      ports.onProgress(total.inserted + total.updated);
    }
  }
  if (options.fence !== undefined && total.inserted + total.updated > 0) {
    const again = (await differing(pair, spool, options.fence)) - missing;
    if (again > 0) skipped.add(name, 'arrived, but differ again after the fence: compare again', again);
  }
  return total;
}

function notArrived({ channel, timeout }: SignalOptions): string {
  return `did not arrive within ${timeout / 1000} s of a signal through ${channel.text}: does the source accept signals, and is the table captured?`;
}

/** Of these keys, those whose rows are still missing or different in new snapshots. */
async function stillOpen(pair: TablePair, keys: readonly KeyDifference[]): Promise<OpenKey[]> {
  await takeSnapshots(pair);
  const { open } = await readRows(pair, keys, { again: true });
  return open.filter(isBrought);
}

/** The source has rows of the key that the target lacks or has differently: a signal can resend them. */
function isBrought({ missing, different }: KeyDifference): boolean {
  return missing + different > 0;
}

/** The reasons of all differing columns for which a pipeline would not write the source's value. */
function foreignReasons({ plan }: TablePair, { differences }: OpenKey): string[] {
  return differences.flatMap((one) => one.columns.flatMap((index) => foreignReason(plan, one, index) ?? []));
}

/** The row is missing, or differs in a column that the pipeline writes as the source has it. */
function isUnlike(pair: TablePair, one: OpenKey): boolean {
  const columns = one.differences.reduce((sum, difference) => sum + difference.columns.length, 0);
  return one.missing > 0 || columns === 0 || foreignReasons(pair, one).length < columns;
}

/** Waits until the rows match in what a pipeline can make match; each arrival restarts the timeout. @returns those still open */
async function arrived(
  pair: TablePair,
  keys: readonly KeyDifference[],
  timeout: number,
  { clock, signal }: Pick<ReconcilePorts, 'clock' | 'signal'>,
): Promise<OpenKey[]> {
  const notThere = async (wanted: readonly KeyDifference[]) =>
    (await stillOpen(pair, wanted)).filter((one) => isUnlike(pair, one));
  let open = await notThere(keys);
  let deadline = clock.now().getTime() + timeout;
  while (open.length > 0 && clock.now().getTime() < deadline) {
    await clock.sleep(POLL_MS, signal);
    const next = await notThere(open);
    if (next.length < open.length) deadline = clock.now().getTime() + timeout;
    open = next;
  }
  return open;
}

/** Rows that differ after the fence, when everything in flight during the repair has arrived. */
async function differing(pair: TablePair, spool: KeySpool, fence: Fence): Promise<number> {
  // Without a passed fence, all that is known is that the rows matched when they arrived.
  if ((await fence.pass(pair.source.session)) !== undefined) return 0;
  let different = 0;
  for await (const batch of spool.batches(keysAtOnce(pair))) {
    const wanted = batch.filter(isBrought);
    if (wanted.length > 0) different += (await stillOpen(pair, wanted)).filter((one) => isUnlike(pair, one)).length;
  }
  return different;
}
