import { SluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import type { AlertChange } from '../store/alerts.ts';
import { durationText } from '../text/duration.ts';
import { NotDelivered, type Receiver, type ReceiverKind } from './receiver.ts';
import type { AlertRule } from './rules.ts';
import { unknownRuleOrReceiver } from './unknown.ts';

/** What one receiver did with one of the two notices of a test. */
export interface TestStep {
  change: AlertChange['change'];
  accepted: boolean;
  /** Its status, or why it did not accept the notice. */
  answer: string;
}

export interface TestedReceiver {
  receiver: string;
  kind: ReceiverKind;
  /** Beginning and end, as of a real alert. Alertmanager ends it by itself: it would not pass on an alert that has ended already. */
  steps: TestStep[];
  /** The key of the test: what it opened is found by it. */
  key: string;
}

export interface TestReport {
  context: string;
  /** The rule whose receivers were tested; null for one receiver. */
  rule: string | null;
  results: TestedReceiver[];
  exitCode: ExitCode;
}

/** Whom a word means: one receiver, or those that a rule notifies. @throws ALERT_UNKNOWN, REQUEST_INVALID */
export function receiversToTest(
  word: string,
  rules: readonly AlertRule[],
  receivers: readonly string[],
): { rule: AlertRule | undefined; names: readonly string[] } {
  const rule = rules.findLast(({ name }) => name === word);
  if (receivers.includes(word)) {
    if (rule === undefined) return { rule, names: [word] };
    throw new SluiceError('REQUEST_INVALID', `"${word}" is a receiver and a rule for alerts`, {
      hint: 'Give one of them another name in sluice.yaml.',
    });
  }
  if (rule === undefined) throw unknownRuleOrReceiver(word, rules, receivers);
  if (!rule.enabled)
    throw new SluiceError('REQUEST_INVALID', `the rule "${word}" is off: it notifies nobody`, {
      hint: 'Remove enabled: false from it in sluice.yaml.',
    });
  const names = rule.notify.length === 0 ? receivers : rule.notify;
  if (names.length > 0) return { rule, names };
  throw new SluiceError('REQUEST_INVALID', 'sluice.yaml has no receiver', {
    hint: 'Define one under alerts.receivers.',
  });
}

/**
 * Sends each receiver the beginning and the end of an alert that is marked as a test, on the way that real ones take.
 * @param key of this test: no real alert has it
 */
export async function testReceivers(
  { rule, context, key, now }: { rule: AlertRule | undefined; context: string; key: string; now: number },
  receivers: readonly Receiver[],
): Promise<TestReport> {
  const example = (receiver: string): AlertChange => ({
    change: 'firing',
    at: now,
    reason: null,
    testKey: key,
    alert: {
      context,
      kind: rule?.kind ?? 'lag',
      target: 'test',
      rule: rule?.name ?? 'test',
      severity: rule?.severity ?? 'info',
      notify: [receiver],
      status: 'firing',
      summary: `This is a test of the receiver ${receiver}: nothing is wrong`,
      hint: null,
      since: now,
      firedAt: now,
      notified: true,
      givenUp: false,
    },
  });
  const results = await Promise.all(
    receivers.map(async (receiver): Promise<TestedReceiver & { away: boolean }> => {
      const change = example(receiver.name);
      const first = await step(receiver, change);
      const steps = [first];
      if (first.accepted && receiver.forgetsMs === undefined)
        steps.push(await step(receiver, { ...change, change: 'resolved', reason: 'The test has ended' }));
      const shown = steps.map(({ away: _, ...one }) => one);
      return { receiver: receiver.name, kind: receiver.kind, steps: shown, key, away: steps.some(({ away }) => away) };
    }),
  );
  return {
    context,
    rule: rule?.name ?? null,
    results: results.map(({ away: _, ...result }) => result),
    exitCode: exitCodeOf(results),
  };
}

async function step(receiver: Receiver, change: AlertChange): Promise<TestStep & { away: boolean }> {
  try {
    const status = await receiver.send(change);
    const lasts =
      receiver.forgetsMs === undefined ? '' : `; it ends there by itself within ${durationText(receiver.forgetsMs)}`;
    return { change: change.change, accepted: true, answer: `${status}${lasts}`, away: false };
  } catch (error) {
    if (!(error instanceof NotDelivered)) throw error;
    return { change: change.change, accepted: false, answer: error.message, away: error.away };
  }
}

function exitCodeOf(results: readonly (TestedReceiver & { away: boolean })[]): ExitCode {
  const failed = results.filter(({ steps }) => steps.some(({ accepted }) => !accepted));
  if (failed.length === 0) return EXIT.ok;
  if (failed.length < results.length) return EXIT.partial;
  return failed.every(({ away }) => away) ? EXIT.unreachable : EXIT.rejected;
}
