import { SluiceError } from '../errors/error.ts';
import { counted } from '../text/counted.ts';
import { durationMs, durationText } from '../text/duration.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { CONNECTOR_STATES, HEALTHS, type Health, ILL } from './health.ts';

/** One condition that must not be true. */
export type Condition = {
  /** As it was written: `lag>60s`. */
  text: string;
} & (
  | { kind: 'health'; health: Health }
  | { kind: 'lagRecords' | 'lagMs' | 'errorsPerMinute' | 'deadLettersPerMinute'; over: number }
);

/** What conditions look at; null where it is unknown. */
export interface Gated {
  name: string;
  type: 'source' | 'sink' | 'unknown';
  health: Health;
  /** Null: the worker has no status for it. */
  state: string | null;
  tasks: { running: Count; failed: Count; unassigned: Count; total: Count };
  /** Why it is not healthy, in sentences. */
  reasons: readonly string[];
  /** Of a sink: whether Kafka was asked about its consumer group; null for others. */
  groupChecked: boolean | null;
  /** Records that wait for a sink. */
  lagRecords: Integer | null;
  /** How long the oldest of them has waited; of a source, how far it is behind its database (ms). */
  lagMs: number | null;
  errorsPerMinute: number | null;
  /** Records in a minute that came into its dead letter queue; 0 without a queue. */
  deadLettersPerMinute: number | null;
}

export interface Finding {
  name: string;
  /** As it was written: `lag>60s`. */
  condition: string;
  /** In words: `is failed: task 0 has FAILED`. */
  text: string;
}

export interface GateVerdict {
  violated: Finding[];
  /** What a condition needs and is not known: the gate can then not say that all is well. */
  unknown: Finding[];
}

const LIMITS: readonly {
  pattern: RegExp;
  kind: Exclude<Condition['kind'], 'health'>;
  of(text: string): number | undefined;
}[] = [
  { pattern: /^lag>(.*[a-z].*)$/i, kind: 'lagMs', of: durationMs },
  { pattern: /^lag>(.*)$/i, kind: 'lagRecords', of: count },
  { pattern: /^errors>(.*)$/i, kind: 'errorsPerMinute', of: count },
  { pattern: /^dead-letters>(.*)$/i, kind: 'deadLettersPerMinute', of: count },
];

/**
 * Reads `lag>60s,lag>1000,errors>5,dead-letters>0,failed`: a lag in time or records, errors and dead letters a minute, or
 * one of the words of health.
 * @throws REQUEST_INVALID
 */
export function parseGate(text: string): Condition[] {
  return text.split(',').map((part) => {
    const word = part.trim().replaceAll(/\s*>\s*/g, '>');
    const health = HEALTHS.find((one) => one === word.toLowerCase());
    if (health !== undefined && health !== 'healthy') return { text: word, kind: 'health', health };
    for (const { pattern, kind, of } of LIMITS) {
      const [, written] = pattern.exec(word) ?? [];
      const over = written === undefined ? undefined : of(written.trim());
      if (over !== undefined) return { text: word, kind, over };
    }
    throw new SluiceError('REQUEST_INVALID', `"${part.trim()}" is not a condition`, {
      hint: `Write lag>60s, lag>1000 (records), errors>5 or dead-letters>0 (a minute), or ${HEALTHS.filter((one) => one !== 'healthy').join(', ')}.`,
    });
  });
}

/** Rates are only known from the second reading on. */
export function needsRates(conditions: readonly Condition[]): boolean {
  return conditions.some(({ kind }) => kind === 'errorsPerMinute' || kind === 'deadLettersPerMinute');
}

function count(text: string): number | undefined {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Judges one reading. Pure. */
export function judgeGate(conditions: readonly Condition[], connectors: readonly Gated[]): GateVerdict {
  const verdict: GateVerdict = { violated: [], unknown: [] };
  for (const connector of connectors) {
    for (const condition of conditions) {
      const finding = judge(condition, connector);
      if (finding !== undefined)
        verdict[finding.kind].push({ name: connector.name, condition: condition.text, text: finding.text });
    }
  }
  return verdict;
}

const WHAT = {
  lagRecords: ['its lag', (value: number) => `${counted(value, 'record')} behind`],
  lagMs: ['its lag in time', (value: number) => `${durationText(value)} behind`],
  errorsPerMinute: ['its rate of errors', (value: number) => `${counted(value, 'error')} a minute`],
  deadLettersPerMinute: ['its rate of dead letters', (value: number) => `${counted(value, 'dead letter')} a minute`],
} as const;

function judge(condition: Condition, connector: Gated): { kind: keyof GateVerdict; text: string } | undefined {
  if (condition.kind === 'health') {
    if (!isSo(condition.health, connector)) return unchecked(condition.health, connector);
    const { health, reasons } = connector;
    return { kind: 'violated', text: `is ${[health, reasons.join('; ')].filter((one) => one !== '').join(': ')}` };
  }
  // What is paused or stopped has no lag that a limit is about, and nothing fails in it.
  if (connector.health === 'paused' || connector.health === 'stopped') return undefined;
  // Records wait in a topic only for a sink.
  if (condition.kind === 'lagRecords' && connector.type === 'source') return undefined;
  const [name, say] = WHAT[condition.kind];
  const value = connector[condition.kind];
  if (value === null) return { kind: 'unknown', text: `${name} is not known` };
  if (value <= condition.over) return undefined;
  // Seconds are enough, unless they hide that it is more.
  const shown = condition.kind === 'lagMs' ? Math.round(value / 1000) * 1000 : value;
  return {
    kind: 'violated',
    text: `is ${say(shown > condition.over ? shown : Math.round(value))} (limit: ${say(condition.over)})`,
  };
}

/**
 * A connector of which one task has failed works in part, but something has failed; likewise with what no worker has taken. And
 * one that does not work at all is worse than degraded.
 */
function isSo(wanted: Health, { health, tasks }: Gated): boolean {
  if (health === wanted || (wanted === 'degraded' && ILL.has(health))) return true;
  return (wanted === 'failed' && tasks.failed > 0) || (wanted === 'unassigned' && tasks.unassigned > 0);
}

/** Why it cannot be said that it is not so. */
function unchecked(
  wanted: Health,
  { health, state, reasons, groupChecked }: Gated,
): { kind: 'unknown'; text: string } | undefined {
  if (!ILL.has(wanted) || health === 'paused' || health === 'stopped') return undefined;
  const why = reasons.join('; ');
  if (state === null || !CONNECTOR_STATES.has(state)) return { kind: 'unknown', text: `is ${health}: ${why}` };
  if (wanted === 'unassigned') return undefined;
  // REST reports RUNNING for a sink whose consumer is gone: only its group tells.
  if (groupChecked === false) return { kind: 'unknown', text: 'its consumer group was not checked' };
  return wanted === 'degraded' && health === 'unknown' ? { kind: 'unknown', text: `is ${health}: ${why}` } : undefined;
}
