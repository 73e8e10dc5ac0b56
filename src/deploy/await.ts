import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { connectorType, type GroupFacts } from '../monitor/health.ts';
import { describe, failureHint, failures, isRunning } from '../operate/state.ts';
import type { TargetState } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { secretValues } from '../text/redact.ts';
import { absent, configOf, type Deviation, deviation } from './deviation.ts';

/** One connector that is waited for. */
export interface Awaited {
  name: string;
  state: TargetState;
  /** What it was given. */
  config: ConnectorConfig;
  /** What was there before the write; undefined for a creation. */
  before: { config: ConnectorConfig; state: TargetState } | undefined;
  /** Values that no error may repeat: what the file's references stand for. */
  hidden: readonly string[];
  /** Failures that were there before the write; they are reported for a moment after it, too. */
  former: readonly string[];
  /** What was written. Where nothing was, its state need not last; that of a new connector cannot be a former one. */
  written: 'nothing' | 'creation' | 'change';
}

export interface AwaitOptions {
  client: Pick<ConnectClient, 'listStarted' | 'find'>;
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

/** What the worker has for its answer to the last look, ms. */
const LAST_LOOK_MS = 2_000;
/** How long what was there before a write may go on being shown before the write counts as not carried out. */
const CONFIG_LAG_MS = 5_000;

/**
 * Waits for several connectors at once, in one call a look however many they are. Each look also compares the live
 * connector with what was written. A sink is there only when its consumer group has its members; where Kafka cannot be asked,
 * REST's word must do. A worker that is away is waited for, too.
 * Returns one outcome a name: CONNECTOR_FAILED as soon as something has FAILED, CONNECTOR_CHANGED where it is not what was
 * written, at the deadline TIMED_OUT or why the worker could not be asked.
 */
export async function awaitConnectors(
  awaited: readonly Awaited[],
  options: AwaitOptions,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const since = new Map<string, Since>();
  const doubts = new Map<string, Since>();
  const now = () => options.clock.now().getTime();
  const began = now();
  let pauseMs = FIRST_PAUSE_MS;
  while (outcomes.size < awaited.length) {
    // Also those that were reached by now: until the last one is, somebody may change it again, or a task of it fail.
    const watched = awaited.filter((one) => outcomes.get(one.name) === undefined);
    const seen = await look(watched, options);
    for (const one of watched) {
      const { name } = one;
      const found = seen.get(name);
      const { verdict, said, error, hint, doubtful } = judge(one, found, now() - began < FORMER_MS);
      if (outcomes.has(name)) {
        // Tasks that move to another worker, and a worker that is away, take nothing back; a doubt must last here, too.
        if (verdict !== 'failed' && !doubtful) continue;
        outcomes.delete(name);
      }
      const doubt = doubtful ? longer(doubts, name, now()) : undefined;
      if (doubt === undefined) doubts.delete(name);
      if (verdict === 'failed') outcomes.set(name, error ?? failed(name, said, hint));
      else if (doubt !== undefined && doubt.looks >= LEAST_LOOKS && now() - doubt.at >= CONFIG_LAG_MS) {
        const certain = await confirmed(one, found, options);
        if (certain) outcomes.set(name, certain.error);
        doubts.delete(name);
      }
      // A look that failed has seen no break: what fails meanwhile is still FAILED at the next.
      if (verdict === 'pending' && found?.error === undefined) since.delete(name);
      if (verdict === 'there') {
        const { at, looks } = longer(since, name, now());
        const enough = one.written !== 'change' || looks >= LEAST_LOOKS;
        if (enough && now() - at >= lasting(one, options.stableMs)) outcomes.set(name, undefined);
      }
      if (!outcomes.has(name) && now() >= options.deadline) {
        const waited = now() - began;
        const state = verdict === 'there' ? `${said}, but not for long enough yet` : said;
        outcomes.set(name, error === undefined ? timedOut(one, state, waited) : unseen(one, error, waited));
      }
    }
    options.onProgress?.(tally(outcomes, awaited.length));
    if (outcomes.size < awaited.length) await options.clock.sleep(Math.round(pauseMs), options.signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
  }
  return outcomes;
}

interface Since {
  at: number;
  looks: number;
}

function longer(all: Map<string, Since>, name: string, now: number): Since {
  const { at, looks } = all.get(name) ?? { at: now, looks: 0 };
  const since = { at, looks: looks + 1 };
  all.set(name, since);
  return since;
}

/** A connector that listings leave out is asked for by name before it counts as not there. */
async function confirmed(
  one: Awaited,
  seen: Look | undefined,
  { client, signal }: AwaitOptions,
): Promise<Deviation | undefined> {
  if (seen?.connector !== undefined) return deviation(one, seen.connector);
  try {
    const found = await client.find(one.name);
    return found === undefined ? absent(one) : configOf(one, found);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SluiceError)) throw error;
    return undefined;
  }
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

/** Either the connector, or why it could not be seen. */
type Look =
  | { connector: ListedConnector; facts: GroupFacts | undefined; error?: undefined }
  | { connector?: undefined; error: SluiceError };

async function look(
  pending: readonly Awaited[],
  { client, groups, clock, deadline, signal }: AwaitOptions,
): Promise<Map<string, Look>> {
  const names = pending.map((one) => one.name);
  try {
    // An answer that comes after the deadline helps nobody; a last look still gets its moment.
    const left = Math.max(LAST_LOOK_MS, Math.ceil(deadline - clock.now().getTime()));
    const { connectors, unreadable } = await client.listStarted(names, left);
    // Kafka is asked only for what runs as far as REST tells: before that it could not decide anything.
    const { facts } = await groups.read(connectors.filter(({ status }) => status !== null && isRunning(status)));
    return new Map<string, Look>([
      ...connectors.map((connector) => [connector.name, { connector, facts: facts.get(connector.name) }] as const),
      ...unreadable.map(({ name, error }) => [name, { error }] as const),
    ]);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SluiceError)) throw error;
    return new Map(names.map((name) => [name, { error }]));
  }
}

interface Judgement {
  verdict: 'there' | 'pending' | 'failed';
  said: string;
  error?: SluiceError | undefined;
  hint?: string | undefined;
  /** It may be that the write was not carried out. */
  doubtful?: boolean;
}

function judge(one: Awaited, seen: Look | undefined, early: boolean): Judgement {
  const { state, former, hidden } = one;
  if (seen === undefined) return { verdict: 'pending', said: 'the worker reports no status for it', doubtful: true };
  if (seen.error !== undefined) {
    // That the worker comes back is to be hoped for; that it changes its mind about who may ask is not.
    const final = seen.error.code === 'CONNECT_UNAUTHORIZED';
    const error = final ? unseen(one, seen.error) : seen.error;
    return { verdict: final ? 'failed' : 'pending', said: error.message, error };
  }
  const moved = deviation(one, seen.connector);
  if (moved !== undefined) {
    return moved.certain
      ? { verdict: 'failed', said: moved.error.message, error: moved.error }
      : { verdict: 'pending', said: moved.shown ?? moved.error.message, doubtful: true };
  }
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
  return new SluiceError('CONNECTOR_FAILED', `"${name}" does not run: ${said}`, {
    hint: hint ?? `The whole trace: sluice status ${name} --json`,
    details: { name },
  });
}

function timedOut({ name, state }: Awaited, said: string, waitedMs: number): SluiceError {
  return new SluiceError('TIMED_OUT', `"${name}" was not ${state} after ${Math.round(waitedMs / 1000)} s: ${said}`, {
    hint: `See: sluice status ${name}`,
    details: { name },
  });
}

/** The worker could not be asked to the end. */
function unseen({ name, state }: Awaited, error: SluiceError, waitedMs?: number): SluiceError {
  const after = waitedMs === undefined ? '' : ` after ${Math.round(waitedMs / 1000)} s`;
  return new SluiceError(error.code, `whether "${name}" is ${state} is not known${after}: ${error.message}`, {
    hint: `See: sluice status ${name}`,
    cause: error,
    details: { ...error.details, name },
  });
}
