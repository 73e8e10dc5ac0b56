import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import { LAST_SAMPLE_MS } from '../connect/poll.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { GroupFacts } from '../monitor/health.ts';
import { describe, failureHint, failures, failureText, isRunning, longerHint, TOO_SHORT } from '../operate/state.ts';
import type { TargetState } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { secretValues } from '../text/redact.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { absent, configOf, type Deviation, deviation } from './deviation.ts';

/** One connector to wait for. */
export interface Awaited {
  name: string;
  state: TargetState;
  /** The configuration it was deployed with. */
  config: ConnectorConfig;
  /** Before the write; undefined for a creation. */
  before: { config: ConnectorConfig; state: TargetState } | undefined;
  /** Values that no error may show: those of the file's references. */
  hidden: readonly string[];
  /** Failures from before the write; they are still reported for a moment after it. */
  former: readonly string[];
  /** Kind of write. Decides how long RUNNING must hold: 0 for none, stableMs for a creation, at least the status lag for a change. */
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
  /** Called with a short text. */
  onProgress?: (text: string) => void;
}

/** Undefined if the connector reached its target state. */
export type Outcome = SluiceError | undefined;

/** Pauses between polls, ms: short at first, as most connectors start at once, then longer to spare the worker. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 300;
const PAUSE_GROWTH = 1.3;
/** How long a worker may still report the status from before a change. */
const LAG_MS = 2_500;
/** Samples that must confirm it in that time: a gap between two samples proves nothing. */
const MIN_SAMPLES = 4;
/** How long a worker may still report a failure from before the write that should have fixed it. */
const FORMER_MS = 5_000;

/** How long a worker may still show the previous configuration before the write counts as not carried out. */
const CONFIG_LAG_MS = 5_000;

/**
 * Waits for several connectors at once, with one call per poll however many there are. Each poll also compares the live
 * connector with what was written. A sink counts as running only when its consumer group has its members; without Kafka,
 * the REST status must do. An unavailable worker is waited for as well.
 * Returns one outcome per name: CONNECTOR_FAILED as soon as something has FAILED, CONNECTOR_CHANGED if it is not what was
 * written, and at the deadline TIMED_OUT or why the worker could not be reached.
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
    // Including those that already run: until the last one does, someone may change them, or a task may fail.
    const watched = awaited.filter((one) => outcomes.get(one.name) === undefined);
    const seen = await sample(watched, options);
    for (const one of watched) {
      const { name } = one;
      const found = seen.get(name);
      const { verdict, message, error, hint, doubtful } = judge(one, found, now() - began < FORMER_MS);
      if (outcomes.has(name)) {
        // Tasks moving to another worker, or an unavailable worker, change no outcome; a doubt must last here, too.
        if (verdict !== 'failed' && !doubtful) continue;
        outcomes.delete(name);
      }
      const doubt = doubtful ? longer(doubts, name, now()) : undefined;
      if (doubt === undefined) doubts.delete(name);
      if (verdict === 'failed') outcomes.set(name, error ?? failed(name, message, hint));
      else if (doubt !== undefined && doubt.samples >= MIN_SAMPLES && now() - doubt.at >= CONFIG_LAG_MS) {
        const certain = await confirmed(one, found, options);
        if (certain) outcomes.set(name, certain.error);
        doubts.delete(name);
      }
      // A failed poll is not an interruption: a task that fails meanwhile is still FAILED at the next.
      if (verdict === 'pending' && found?.error === undefined) since.delete(name);
      if (verdict === 'ready') {
        const { at, samples } = longer(since, name, now());
        const enough = one.written !== 'change' || samples >= MIN_SAMPLES;
        if (enough && now() - at >= lasting(one, options.stableMs)) outcomes.set(name, undefined);
      }
      if (!outcomes.has(name) && now() >= options.deadline) {
        const waited = now() - began;
        const isTooShort = verdict === 'ready';
        outcomes.set(
          name,
          error === undefined ? timedOut(one, message, isTooShort, waited) : unseen(one, error, waited),
        );
      }
    }
    options.onProgress?.(tally(outcomes, awaited.length));
    if (outcomes.size < awaited.length) await options.clock.sleep(Math.round(pauseMs), options.signal);
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * PAUSE_GROWTH);
  }
  return outcomes;
}

interface Since {
  at: number;
  samples: number;
}

function longer(all: Map<string, Since>, name: string, now: number): Since {
  const { at, samples } = all.get(name) ?? { at: now, samples: 0 };
  const since = { at, samples: samples + 1 };
  all.set(name, since);
  return since;
}

/** A connector missing from a listing is requested by name before it counts as absent. */
async function confirmed(
  one: Awaited,
  seen: Sample | undefined,
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
  const ready = [...outcomes.values()].filter((outcome) => outcome === undefined).length;
  const failed = outcomes.size - ready;
  return `${ready} of ${all}${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** Either the connector, or why it could not be read. */
type Sample =
  | { connector: ListedConnector; facts: GroupFacts | undefined; error?: undefined }
  | { connector?: undefined; error: SluiceError };

async function sample(
  pending: readonly Awaited[],
  { client, groups, clock, deadline, signal }: AwaitOptions,
): Promise<Map<string, Sample>> {
  const names = pending.map((one) => one.name);
  try {
    // A response after the deadline is useless, but the last poll still gets a moment.
    const left = Math.max(LAST_SAMPLE_MS, Math.ceil(deadline - clock.now().getTime()));
    const { connectors, unreadable } = await client.listStarted(names, left);
    // Kafka matters only for connectors that run according to REST.
    const { facts } = await groups.read(connectors.filter(({ status }) => status !== null && isRunning(status)));
    return new Map<string, Sample>([
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
  verdict: 'ready' | 'pending' | 'failed';
  message: string;
  error?: SluiceError | undefined;
  hint?: string | undefined;
  /** The write may not have been carried out. */
  doubtful?: boolean;
}

function judge(one: Awaited, seen: Sample | undefined, early: boolean): Judgement {
  const { state, former, hidden } = one;
  if (seen === undefined) return { verdict: 'pending', message: 'the worker reports no status for it', doubtful: true };
  if (seen.error !== undefined) {
    // An unavailable worker may come back; rejected credentials stay rejected.
    const final = seen.error.code === 'CONNECT_UNAUTHORIZED';
    const error = final ? unseen(one, seen.error) : seen.error;
    return { verdict: final ? 'failed' : 'pending', message: error.message, error };
  }
  const moved = deviation(one, seen.connector);
  if (moved !== undefined) {
    return moved.certain
      ? { verdict: 'failed', message: moved.error.message, error: moved.error }
      : { verdict: 'pending', message: moved.shown ?? moved.error.message, doubtful: true };
  }
  const { connector, facts } = seen;
  const { status } = connector;
  const message = describe(status ?? undefined);
  if (status === null) return { verdict: 'pending', message };
  const secrets = [...hidden, ...secretValues(connector.info.config)];
  const found = failures(status, secrets);
  if (found.length > 0) {
    const old = early && found.every((one) => former.includes(one));
    return { verdict: old ? 'pending' : 'failed', message: failureText(status, secrets), hint: failureHint(status) };
  }
  if (state !== 'running') {
    const wanted = state === 'paused' ? 'PAUSED' : 'STOPPED';
    const reached =
      status.connector.state === wanted &&
      (state === 'paused' ? status.tasks.every((task) => task.state === wanted) : status.tasks.length === 0);
    return { verdict: reached ? 'ready' : 'pending', message };
  }
  if (!isRunning(status) || status.tasks.length !== connector.info.tasks.length) return { verdict: 'pending', message };
  const group = facts?.summary;
  if (connectorType(connector) === 'sink' && group !== undefined) {
    const joined = group.members >= status.tasks.length && group.state === 'Stable';
    if (!joined)
      return {
        verdict: 'pending',
        message: `${message}; its consumer group is ${group.state} with ${group.members} ${group.members === 1 ? 'member' : 'members'}`,
      };
  }
  return { verdict: 'ready', message };
}

function failed(name: string, message: string, hint: string | undefined): SluiceError {
  return new SluiceError('CONNECTOR_FAILED', `"${name}" does not run: ${message}`, {
    hint: hint ?? `Full trace: ${command(`status ${shellWord(name)}`, { json: true })}`,
    details: { name },
  });
}

function timedOut({ name, state }: Awaited, message: string, isTooShort: boolean, waitedMs: number): SluiceError {
  return new SluiceError(
    'TIMED_OUT',
    `"${name}" was not ${state} after ${Math.round(waitedMs / 1000)} s: ${message}${isTooShort ? TOO_SHORT : ''}`,
    { hint: isTooShort ? longerHint() : `See: ${command(`status ${shellWord(name)}`)}`, details: { name } },
  );
}

/** The worker could not be reached up to the end. */
function unseen({ name, state }: Awaited, error: SluiceError, waitedMs?: number): SluiceError {
  const after = waitedMs === undefined ? '' : ` after ${Math.round(waitedMs / 1000)} s`;
  return new SluiceError(error.code, `whether "${name}" is ${state} is unknown${after}: ${error.message}`, {
    hint: `See: ${command(`status ${shellWord(name)}`)}`,
    cause: error,
    details: { ...error.details, name },
  });
}
