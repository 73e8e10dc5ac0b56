import type { KeySpool } from './key-spool.ts';
import { type LeftAlone, namedKey } from './left-alone.ts';
import { type KeyDifference, rowsOf } from './merge.ts';
import type { Fence, ReconcilePorts } from './options.ts';
import { AMBIGUOUS } from './repair.ts';
import { noCounts, type RepairCounts } from './report.ts';
import { keysAtOnce, lookAnew, type OpenKey, readRows } from './rows.ts';
import type { SignalChannel } from './signal-channel.ts';
import { collectionName, signalChunks, unsignalable } from './signal-plan.ts';
import type { TablePair } from './table-pair.ts';

const POLL_MS = 500;

export interface SignalOptions {
  channel: SignalChannel;
  fence: Fence | undefined;
  /** Longest wait for the next row to arrive, in ms. */
  timeout: number;
}

/**
 * Repairs missing and different rows of one table through its own pipeline: the source connector is asked to read them
 * again, and then they are looked at until they have arrived. Rows that only the target has are none of its business.
 * @param name of the table in the report
 * @throws what the channel throws
 */
export async function signalRepair(
  pair: TablePair,
  spool: KeySpool,
  options: SignalOptions,
  name: string,
  left: LeftAlone,
  ports: Pick<ReconcilePorts, 'clock' | 'signal'> & { onProgress(done: number): void },
): Promise<RepairCounts> {
  const total = noCounts();
  const leave = (reason: string, keys: readonly KeyDifference[]) => {
    for (const one of keys) left.add(name, reason, rowsOf(one), namedKey(pair.plan, one.key));
  };
  let missing = 0;
  const { session, table } = pair.source;
  const { dialect, server } = session;
  const reason = unsignalable(dialect.engine, table, pair.plan);
  const longest = reason === undefined ? await options.channel.longest() : 0;
  // Once nothing at all came of a signal, no more are sent: each would be waited for in vain.
  let deaf = false;
  for await (const batch of spool.batches(keysAtOnce(pair))) {
    const wanted = batch.filter(isBrought);
    if (wanted.length === 0) continue;
    if (reason !== undefined) {
      leave(reason, wanted);
      continue;
    }
    const seen = await stillOpen(pair, wanted);
    total.settled += wanted.length - seen.length;
    // Of a key that is there several times no row can be told from another.
    const open = seen.filter(({ differences }) => differences.every(({ columns }) => columns.length > 0));
    const several = seen.filter((one) => !open.includes(one));
    leave(AMBIGUOUS, several);
    missing += several.length;
    const chunks = signalChunks(open, {
      dialect,
      key: pair.plan.key,
      collection: collectionName(dialect.engine, table, server.database),
      longest,
    });
    for (const { keys, data } of chunks) {
      if (deaf) {
        leave('not asked for: nothing had come of the signal before', keys);
        missing += keys.length;
        continue;
      }
      await options.channel.send('execute-snapshot', data);
      const missed = await arrived(pair, keys, options.timeout, ports);
      deaf = missed.length === keys.length;
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
    if (again > 0) left.add(name, 'arrived, and differ again behind the fence: compare once more', again);
  }
  return total;
}

function notArrived({ channel, timeout }: SignalOptions): string {
  return `not arrived within ${timeout / 1000} s of a signal through ${channel.text}: does the source take signals, and is the table captured?`;
}

/** Of these keys those whose rows the source has and the target has not, or not alike, read anew on both sides. */
async function stillOpen(pair: TablePair, keys: readonly KeyDifference[]): Promise<OpenKey[]> {
  await lookAnew(pair);
  const { open } = await readRows(pair, keys, { again: true });
  return open.filter(isBrought);
}

/** The source has rows of the key that the target has not, or not in the same way: a signal can bring them. */
function isBrought({ missing, different }: KeyDifference): boolean {
  return missing + different > 0;
}

/** Waits until the rows are alike; each that arrives gives the others as much time again. @returns those that are not */
async function arrived(
  pair: TablePair,
  keys: readonly KeyDifference[],
  timeout: number,
  { clock, signal }: Pick<ReconcilePorts, 'clock' | 'signal'>,
): Promise<OpenKey[]> {
  let open = await stillOpen(pair, keys);
  let deadline = clock.now().getTime() + timeout;
  while (open.length > 0 && clock.now().getTime() < deadline) {
    await clock.sleep(POLL_MS, signal);
    const next = await stillOpen(pair, open);
    if (next.length < open.length) deadline = clock.now().getTime() + timeout;
    open = next;
  }
  return open;
}

/** Rows that differ behind the fence: what was on its way when they were repaired has arrived by then, too. */
async function differing(pair: TablePair, spool: KeySpool, fence: Fence): Promise<number> {
  // Where it is given up, that the rows were alike when they arrived is all that can be said.
  if ((await fence.pass(pair.source.session)) !== undefined) return 0;
  let different = 0;
  for await (const batch of spool.batches(keysAtOnce(pair))) {
    const wanted = batch.filter(isBrought);
    if (wanted.length > 0) different += (await stillOpen(pair, wanted)).length;
  }
  return different;
}
