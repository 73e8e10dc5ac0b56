import { type AlertRule, ruleFor } from '../alerts/rules.ts';
import type { Verdict } from '../alerts/state.ts';
import type { AlertKind } from '../store/alerts.ts';
import { counted, tenths } from '../text/counted.ts';
import { spanText } from '../text/duration.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { thousands } from '../text/thousands.ts';
import type { CertificateReading } from './certificates.ts';
import { logVerdict, runs, slotInactiveVerdict, slotSafeVerdict, slotWalVerdict } from './log-verdicts.ts';
import { type ConnectorSnapshot, kafkaFailure, type Snapshot } from './snapshot.ts';

/** What one kind of rule says of one connector. */
type Judge = (
  connector: ConnectorSnapshot,
  limit: number,
  now: number,
) => { active: boolean | 'unknown'; summary: string; hint?: string | null };

/**
 * What the rules say of a context. Pure. If its worker is away, nothing is known of its connectors: their alerts stay as they
 * are, and the worker has one of its own.
 */
export function verdictsOf(snapshot: Snapshot, rules: readonly AlertRule[]): Verdict[] {
  const { context, error, at, connectors } = snapshot;
  const away: Verdict = {
    kind: 'worker-away',
    target: context,
    rule: ruleFor(rules, 'worker-away', context),
    active: error !== null,
    summary: error === null ? 'The worker answers.' : error.message,
    hint: error?.hint ?? null,
  };
  const kafka = kafkaFailure(snapshot);
  const blind: Verdict = {
    kind: 'kafka-away',
    target: context,
    rule: ruleFor(rules, 'kafka-away', context),
    // Of a worker that is away nothing else was asked.
    active: error !== null ? 'unknown' : kafka !== undefined,
    summary:
      kafka === undefined ? 'Kafka answers.' : `${kafka.message}. Meanwhile nobody knows how far sinks are behind`,
    hint: kafka?.hint ?? null,
  };
  const of = (connector: ConnectorSnapshot): Verdict[] =>
    (Object.entries(JUDGES) as [AlertKind, Judge][]).map(([kind, judge]) => {
      const rule = ruleFor(rules, kind, connector.name);
      const { active, summary, hint } = judge(connector, rule?.limit ?? 0, at);
      return {
        kind,
        target: connector.name,
        rule,
        active: error === null ? active : 'unknown',
        summary,
        hint: hint ?? connector.hint ?? `See: ${command(`doctor ${shellWord(connector.name)}`)}`,
      };
    });
  const ending = (snapshot.certificates ?? []).map((one) => certificateVerdict(one, rules, at));
  return [away, blind, ...connectors.flatMap(of), ...ending];
}

function certificateVerdict(
  { address, endsAt }: CertificateReading,
  rules: readonly AlertRule[],
  now: number,
): Verdict {
  const rule = ruleFor(rules, 'certificate', address);
  const left = endsAt === null ? null : endsAt - now;
  return {
    kind: 'certificate',
    target: address,
    rule,
    active: left === null ? 'unknown' : left < (rule?.limit ?? 0),
    summary:
      left === null || endsAt === null
        ? 'Its certificate could not be read.'
        : `Its certificate ${left < 0 ? 'ended' : 'ends'} on ${new Date(endsAt).toISOString().slice(0, 10)}, ${daysText(left)}`,
    hint: 'Renew it: once it has ended, connections fail.',
  };
}

function daysText(ms: number): string {
  const days = Math.floor(Math.abs(ms) / DAY_MS);
  const text = `${thousands(days)} ${days === 1 ? 'day' : 'days'}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

const DAY_MS = 24 * 3_600_000;

const JUDGES: Readonly<Partial<Record<AlertKind, Judge>>> = {
  'connector-failed': ({ state, cause }) => ({
    active: state === null ? 'unknown' : state === 'FAILED',
    summary: withReason('The connector has FAILED', cause),
  }),
  'task-failed': ({ taskList, state }) => {
    const failed = taskList.filter((task) => task.state === 'FAILED');
    const ids = failed.map(({ id }) => id).join(', ');
    const causes = [...new Set(failed.map(({ cause }) => cause).filter((cause) => cause !== null))];
    return {
      active: state === null ? 'unknown' : failed.length > 0,
      summary: withReason(
        `${failed.length === 1 ? 'Task' : 'Tasks'} ${ids} of ${taskList.length} ${failed.length === 1 ? 'has' : 'have'} FAILED`,
        causes.join('; '),
      ),
    };
  },
  downtime: ({ health, since, reasons }, limit, now) => {
    const down = health === 'failed' || health === 'unassigned';
    if (!down) return { active: health === 'unknown' ? 'unknown' : false, summary: 'It runs.' };
    const forMs = since === null ? 0 : now - Date.parse(since);
    return { active: forMs > limit, summary: withReason(`Down for ${spanText(forMs)}`, reasons.join('; ')) };
  },
  lag: (connector, limit) => overLimit(connector, connector.lagMs, limit, spanText, 'behind'),
  stalled: ({ health, stalled, reasons }) => ({
    active: stalled || (health === 'unknown' ? 'unknown' : false),
    summary: stalled ? reasons.join('; ') : 'It reads.',
  }),
  'error-rate': (connector, limit) =>
    overLimit(connector, connector.errorsPerMinute, limit, (value) => counted(value, 'error'), 'a minute'),
  'dead-letters': (connector, limit) => {
    const { deadLetters, deadLettersPerMinute } = connector;
    const arriving =
      deadLettersPerMinute === null || deadLettersPerMinute === 0
        ? ''
        : `, ${thousands(tenths(deadLettersPerMinute))} more a minute`;
    return {
      active: deadLetters === null ? false : deadLetters.depth === null ? 'unknown' : deadLetters.depth > limit,
      summary: `${counted(deadLetters?.depth ?? 0, 'dead letter')} in ${deadLetters?.queue ?? 'no queue'}${arriving}`,
      hint: `See: ${command(`dlq show ${shellWord(connector.name)}`)}`,
    };
  },
  'source-log': logVerdict,
  'slot-inactive': slotInactiveVerdict,
  'slot-wal': slotWalVerdict,
  'slot-safe-size': slotSafeVerdict,
  heartbeat(connector, limit, now) {
    const { heartbeat } = connector;
    if (heartbeat === 'none' || connector.type === 'sink') return { active: false, summary: 'It writes none.' };
    if (heartbeat === null) return { active: 'unknown', summary: 'None is known.' };
    const { everyMs, lastAt, beatsWhenIdle, logKnown, unansweredSince } = heartbeat;
    // A source that does not run, or is taking its first snapshot, writes none, and others say so.
    if (!runs(connector) || lastAt === null) return { active: 'unknown', summary: 'None is expected.' };
    const longest = Math.max(limit * everyMs, SHORTEST_SILENCE_MS);
    const summary = `No heartbeat for ${spanText(now - lastAt)}, and one is due every ${spanText(everyMs)}`;
    const hint = `The source may hang: ${command(`doctor ${shellWord(connector.name)}`)}`;
    if (now - lastAt <= longest) return { active: false, summary: 'They are written.' };
    if (beatsWhenIdle) return { active: true, summary, hint };
    if (unansweredSince === null)
      return { active: logKnown ? false : 'unknown', summary: 'Nothing happens in its database.' };
    return { active: now - unansweredSince > longest, summary, hint };
  },
};

/** A server may write a heartbeat for a source only this often while nothing happens. */
const SHORTEST_SILENCE_MS = 60_000;

/** What is paused or stopped is not behind, and nothing fails in it. What is unknown stays so. */
function overLimit(
  { health }: ConnectorSnapshot,
  value: number | null,
  limit: number,
  say: (value: number) => string,
  what: string,
): ReturnType<Judge> {
  if (health === 'paused' || health === 'stopped') return { active: false, summary: `It is ${health}.` };
  if (value === null) return { active: 'unknown', summary: 'It is not known.' };
  return { active: value > limit, summary: `${say(value)} ${what} (limit: ${say(limit)})` };
}

function withReason(what: string, why: string | null): string {
  return why === null || why === '' ? what : `${what}: ${why}`;
}
