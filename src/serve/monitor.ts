import { type ErrorDocument, fromErrorDocument } from '../errors/error.ts';
import { type Condition, type Finding, judgeGate, needsRates } from '../monitor/gate.ts';
import type { Clock } from '../ports/clock.ts';
import type { Count } from '../text/numbers.ts';
import type { Poller } from './poll.ts';
import { type MonitorReading, readingOf } from './reading.ts';
import type { Snapshot } from './snapshot.ts';

export interface MonitorPorts {
  poller: Pick<Poller, 'poll'>;
  clock: Clock;
  signal: AbortSignal;
  /** Between two readings (ms). */
  everyMs: number;
}

/** What a gate asks for. */
export interface GateRequest {
  conditions: readonly Condition[];
  /** How long none of them may become true (ms); by default one reading, or two if rates are asked for. */
  forMs?: number | undefined;
}

/** What a gate found. */
export interface GateReport {
  conditions: string[];
  /** How long none of them was to become true (ms). */
  forMs: Count;
  readings: Count;
  /**
   * `undetermined`: a number that a condition needs is not known, or a connector has gone, or none was selected. `unreadable`:
   * Connect or Kafka could not be read.
   */
  verdict: 'passed' | 'failed' | 'undetermined' | 'unreadable';
  violated: Finding[];
  unknown: Finding[];
}

/** The last reading, and what the gate made of it and of those before. */
export interface MonitorReport extends MonitorReading {
  /** Null if nothing was to be judged. */
  gate: GateReport | null;
}

/** One reading. @throws why the worker cannot be read */
export async function readOnce({ poller }: Pick<MonitorPorts, 'poller'>): Promise<MonitorReport> {
  return { ...readingOf(readable(await poller.poll({ settle: true, alone: true }))), gate: null };
}

/**
 * Snapshots until the signal aborts, and ends without an error then.
 * @throws why the worker cannot be read at first; later that is in the snapshot
 */
export async function* watchSnapshots({ poller, clock, signal, everyMs }: MonitorPorts): AsyncGenerator<Snapshot> {
  try {
    for (let first = true; ; first = false) {
      const snapshot = await poller.poll();
      yield first ? readable(snapshot) : snapshot;
      await clock.sleep(everyMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Whether a condition is true at any reading of a period: the first that is true ends it. What cannot be read, or is not known,
 * never passes: health must be known at the end, and so must a number, which may only be unknown before it was known for the first
 * time (a rate needs two readings, and a new group commits after a while).
 * @throws why the worker cannot be read
 */
export async function runGate(
  { conditions, forMs = 0 }: GateRequest,
  { poller, clock, signal, everyMs }: MonitorPorts,
): Promise<MonitorReport> {
  const now = () => clock.now().getTime();
  const began = now();
  const least = needsRates(conditions) ? 2 : 1;
  // Whether a sink stalls is in doubt for a while, and then no longer.
  const ofHealth = new Set(conditions.filter(({ kind }) => kind === 'health').map(({ text }) => text));
  const seen = new Set<string>();
  const known = new Set<string>();
  for (let readings = 1; ; readings += 1) {
    const reading = readingOf(readable(await poller.poll({ settle: true, alone: forMs === 0 })));
    const { violated, unknown } = judgeGate(conditions, reading.connectors);
    const gate = { conditions: conditions.map(({ text }) => text), forMs, readings, violated, unknown };
    const end = (verdict: GateReport['verdict'], lost: Finding[] = []): MonitorReport => ({
      ...reading,
      gate: { ...gate, verdict, unknown: [...unknown, ...lost] },
    });
    if (violated.length > 0) return end('failed');
    if (reading.failures.some(blinds)) return end('unreadable');
    const names = new Set(reading.connectors.map(({ name }) => name));
    const gone = [...seen].filter((name) => !names.has(name));
    if (gone.length > 0)
      return end(
        'undetermined',
        gone.map((name) => ({ name, condition: '', text: 'is no longer there, or no longer selected' })),
      );
    const isUnknown = new Set(unknown.map(keyOf));
    if (unknown.some((one) => !ofHealth.has(one.condition) && known.has(keyOf(one)))) return end('undetermined');
    for (const name of names) {
      seen.add(name);
      for (const { text } of conditions) {
        const key = keyOf({ name, condition: text });
        if (!isUnknown.has(key)) known.add(key);
      }
    }
    const leftMs = began + forMs - now();
    if (leftMs <= 0 && readings >= least)
      return end(unknown.length > 0 || names.size === 0 ? 'undetermined' : 'passed');
    await clock.sleep(leftMs > 0 ? Math.min(everyMs, leftMs) : everyMs, signal);
  }
}

/** Without metrics, or a database, some numbers are not known; without Connect or Kafka, not even the health. */
export function blinds({ code }: ErrorDocument): boolean {
  return !/^(?:METRICS|DATABASE)_/.test(code);
}

function keyOf({ name, condition }: Pick<Finding, 'name' | 'condition'>): string {
  return `${condition} ${name}`;
}

function readable(snapshot: Snapshot): Snapshot {
  if (snapshot.error !== null) throw fromErrorDocument(snapshot.error);
  return snapshot;
}
