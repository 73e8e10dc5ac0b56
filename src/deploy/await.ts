import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { connectorType, type GroupFacts } from '../monitor/health.ts';
import { describe, failureHint, failures, isRunning } from '../operate/state.ts';
import type { TargetState } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { secretValues } from '../text/redact.ts';

/** One connector that is waited for. */
export interface Awaited {
  name: string;
  state: TargetState;
  /** Values that no error may repeat: what the file's references stand for. */
  hidden: readonly string[];
  /** Failures that were there before the write; they are reported for a moment after it, too. */
  former: readonly string[];
  /** What was written. Where nothing was, its state need not last; that of a new connector cannot be a former one. */
  written: 'nothing' | 'creation' | 'change';
}

export interface AwaitOptions {
  client: Pick<ConnectClient, 'listStarted'>;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  /** When to give up; ms since the epoch. */
  deadline: number;
  /** How long every task must run without a break, ms. */
  stableMs: number;
  /** Called with where things stand, in words. */
  onProgress?: (said: string) => void;
}

/** Undefined where the connector is where it was meant to be. */
export type Outcome = SluiceError | undefined;

/** Pauses between looks, ms: short at first, for most connectors start at once; a look costs the worker something, too. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 300;
const PAUSE_GROWTH = 1.3;
/** How long the status from before a change may go on being reported as if it were the one after it. */
const LAG_MS = 2_500;
/** Looks that must have seen it in that time: a gap between two looks proves nothing. */
const LEAST_LOOKS = 4;
/** How long a former failure may go on being reported after the write that should have cured it. */
const FORMER_MS = 5_000;

/**
 * Waits for several connectors at once, in one call a look however many they are. A sink is there only when its
 * consumer group has its members; where Kafka cannot be asked, REST's word must do.
 * Returns one outcome a name: CONNECTOR_FAILED as soon as something has FAILED, TIMED_OUT at the deadline.
 */
export async function awaitConnectors(
  awaited: readonly Awaited[],
  options: AwaitOptions,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const since = new Map<string, { at: number; looks: number }>();
  const now = () => options.clock.now().getTime();
  const began = now();
  let pauseMs = FIRST_PAUSE_MS;
  while (outcomes.size < awaited.length) {
    const pending = awaited.filter((one) => !outcomes.has(one.name));
    const seen = await look(pending, options);
    for (const one of pending) {
      const { verdict, said, hint } = judge(one, seen.get(one.name), now() - began < FORMER_MS);
      if (verdict === 'failed') outcomes.set(one.name, failed(one.name, said, hint));
      else if (verdict === 'pending') since.delete(one.name);
      else {
        const { at, looks } = since.get(one.name) ?? { at: now(), looks: 0 };
        since.set(one.name, { at, looks: looks + 1 });
        const enough = one.written !== 'change' || looks + 1 >= LEAST_LOOKS;
        if (enough && now() - at >= lasting(one, options.stableMs)) outcomes.set(one.name, undefined);
      }
      if (!outcomes.has(one.name) && now() >= options.deadline)
        outcomes.set(one.name, timedOut(one, said, now() - began));
    }
    options.onProgress?.(tally(outcomes, awaited.length));
    if (outcomes.size < awaited.length) await options.clock.sleep(Math.round(pauseMs), options.signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
  }
  return outcomes;
}

/** How long the state must last, ms. */
function lasting({ written }: Awaited, stableMs: number): number {
  if (written === 'nothing') return 0;
  return written === 'change' ? Math.max(stableMs, LAG_MS) : stableMs;
}

function tally(outcomes: ReadonlyMap<string, Outcome>, all: number): string {
  const there = [...outcomes.values()].filter((outcome) => outcome === undefined).length;
  const failed = outcomes.size - there;
  return `${there} of ${all}${failed > 0 ? `, ${failed} failed` : ''}`;
}

interface Look {
  connector: ListedConnector;
  facts: GroupFacts | undefined;
}

async function look(pending: readonly Awaited[], { client, groups }: AwaitOptions): Promise<Map<string, Look>> {
  const names = new Set(pending.map((one) => one.name));
  const listed = (await client.listStarted()).filter((connector) => names.has(connector.name));
  // Kafka is asked only for what runs as far as REST tells: before that it could not decide anything.
  const { facts } = await groups.read(listed.filter(({ status }) => status !== null && isRunning(status)));
  return new Map(listed.map((connector) => [connector.name, { connector, facts: facts.get(connector.name) }]));
}

function judge(
  { state, former, hidden }: Awaited,
  seen: Look | undefined,
  early: boolean,
): { verdict: 'there' | 'pending' | 'failed'; said: string; hint?: string | undefined } {
  if (seen === undefined) return { verdict: 'pending', said: 'the worker has no status of it' };
  const { connector, facts } = seen;
  const { status } = connector;
  const said = describe(status ?? undefined);
  if (status === null) return { verdict: 'pending', said };
  const found = failures(status, [...hidden, ...secretValues(connector.info.config)]);
  if (found.length > 0) {
    const old = early && found.every((one) => former.includes(one));
    return { verdict: old ? 'pending' : 'failed', said: found.join('; '), hint: failureHint(status) };
  }
  if (state !== 'running') {
    const wanted = state === 'paused' ? 'PAUSED' : 'STOPPED';
    const reached =
      status.connector.state === wanted &&
      (state === 'paused' ? status.tasks.every((task) => task.state === wanted) : status.tasks.length === 0);
    return { verdict: reached ? 'there' : 'pending', said };
  }
  if (!isRunning(status) || status.tasks.length !== connector.info.tasks.length) return { verdict: 'pending', said };
  const group = facts?.summary;
  if (connectorType(connector) === 'sink' && group !== undefined) {
    const joined = group.members >= status.tasks.length && group.state === 'Stable';
    if (!joined)
      return { verdict: 'pending', said: `${said}; its consumer group is ${group.state} with ${group.members} in it` };
  }
  return { verdict: 'there', said };
}

function failed(name: string, said: string, hint: string | undefined): SluiceError {
  return new SluiceError('CONNECTOR_FAILED', `"${name}": ${said}`, {
    hint: hint ?? `The whole trace: sluice status ${name} --json`,
    details: { name },
  });
}

function timedOut({ name, state }: Awaited, said: string, waitedMs: number): SluiceError {
  return new SluiceError('TIMED_OUT', `"${name}" was not ${state} after ${Math.round(waitedMs / 1000)} s: ${said}`, {
    hint: `What was written stands. See: sluice status ${name}`,
    details: { name },
  });
}
