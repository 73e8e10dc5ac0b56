import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLag } from '../ports/kafka.ts';
import type { GroupReader } from './group-reader.ts';
import { type ConnectorReport, type GroupFacts, judgeConnector, type LagFacts } from './health.ts';
import { Movement } from './movement.ts';

/** What a sink's lag is compared with. */
export interface LagLimits {
  /** Longest time a committed offset may stay the same while records wait (ms). */
  stalledAfterMs: number;
  /** Most records behind. */
  maxRecords?: number | undefined;
  /** Longest time that a record may wait (ms). */
  maxMs?: number | undefined;
}

export interface LagOptions {
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  limits?: LagLimits | undefined;
  /** What earlier polls saw; without it, sinks with lag are polled again here. */
  movement?: Movement | undefined;
}

/** Twice the time between two commits of a worker, by its default. */
const DEFAULT_LIMITS: LagLimits = { stalledAfterMs: 120_000 };
/** For a worker that commits as seldom as that, a single run only shows a suspicion after this time (ms). */
const LOOK_MS = 2_000;
/** Longest time a single run waits for a proof (ms). */
const MAX_LOOK_MS = 10_000;
const POLL_MS = 500;

/**
 * Judges the lag of running sinks, too. A single sample cannot tell a stalled sink from a working one, since a
 * worker commits only every `offset.flush.interval.ms`: an offset is stalled if it has not moved for `stalledAfterMs`.
 * If it was watched for less time than that, but records have waited longer, the verdict is `unknown`.
 * @param listed as judged in `reports`
 * @param latest gets the lag of each sink that was asked for again
 */
export async function withLag(
  listed: readonly ListedConnector[],
  reports: readonly ConnectorReport[],
  { groups, clock, signal, limits = DEFAULT_LIMITS, movement }: LagOptions,
  latest: Map<string, GroupLag> = new Map(),
): Promise<{ reports: ConnectorReport[]; error: SluiceError | undefined }> {
  const lagging = new Set(
    reports.filter(({ state, group }) => state === 'RUNNING' && (group?.lag ?? 0) > 0).map(({ name }) => name),
  );
  const sinks = listed.filter(({ name }) => lagging.has(name));
  if (sinks.length === 0) return { reports: [...reports], error: undefined };
  const seen = movement ?? new Movement();
  const now = () => clock.now().getTime();
  const sample = async () => {
    const { facts, error } = await groups.read(sinks);
    if (error !== undefined) throw error;
    for (const [name, { lag }] of facts) if (lag !== undefined) latest.set(name, lag);
    const lags = [...facts.values()].flatMap(({ lag }) => lag ?? []);
    seen.observe(lags, now());
    return { facts, stands: lags.some((lag) => seen.standing(lag, now()).some(({ moved }) => !moved)) };
  };
  try {
    let { facts, stands } = await sample();
    const deadline = now() + (limits.stalledAfterMs > MAX_LOOK_MS ? LOOK_MS : limits.stalledAfterMs);
    while (movement === undefined && stands && now() < deadline) {
      await clock.sleep(POLL_MS, signal);
      ({ facts, stands } = await sample());
    }
    const judged = await lagFacts(facts, seen, groups, limits, now());
    const again = new Map(
      sinks.map((sink) => {
        const known = facts.get(sink.name);
        return [sink.name, judgeConnector(sink, known && { ...known, lagFacts: judged.get(sink.name) })];
      }),
    );
    return { reports: reports.map((report) => again.get(report.name) ?? report), error: undefined };
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    return { reports: [...reports], error };
  }
}

/** @param now ms */
async function lagFacts(
  facts: ReadonlyMap<string, GroupFacts>,
  seen: Movement,
  groups: GroupReader,
  { stalledAfterMs, maxRecords, maxMs }: LagLimits,
  now: number,
): Promise<Map<string, LagFacts>> {
  const lags = [...facts].flatMap(([name, { lag }]) => (lag !== undefined && lag.total > 0 ? [{ name, lag }] : []));
  const waiting = lags.flatMap(({ lag }) => lag.partitions.filter((one) => one.lag > 0));
  const [stale, late] = await Promise.all([
    groups.waitingSince(waiting, now - stalledAfterMs),
    maxMs === undefined ? undefined : groups.waitingSince(waiting, now - maxMs),
  ]);
  return new Map(
    lags.map(({ name, lag }): [string, LagFacts] => {
      const standing = seen.standing(lag, now);
      const proven = standing.filter(({ forMs }) => forMs >= stalledAfterMs);
      const counted =
        proven.length > 0 ? proven : standing.filter(({ partition, moved }) => !moved && stale.has(partition));
      const exceeded: LagFacts['exceeded'] = [];
      if (maxRecords !== undefined && lag.total > maxRecords) exceeded.push({ records: maxRecords });
      if (maxMs !== undefined && lag.partitions.some((one) => late?.has(one))) exceeded.push({ ms: maxMs });
      const [longest] = counted;
      const recordsIn = (those: typeof standing) => those.reduce((sum, { partition }) => sum + partition.lag, 0);
      if (longest === undefined)
        return [
          name,
          {
            standing: null,
            early: recordsIn(standing.filter(({ moved, forMs }) => !moved && forMs >= LOOK_MS)),
            exceeded,
          },
        ];
      const standingStill = { records: recordsIn(counted), forMs: longest.forMs, proven: proven.length > 0 };
      return [name, { standing: standingStill, early: 0, exceeded }];
    }),
  );
}
