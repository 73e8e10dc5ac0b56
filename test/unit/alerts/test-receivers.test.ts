import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import { alertmanagerAlert, pagerDutyPayload, slackPayload, webhookPayload } from '../../../src/alerts/payloads.ts';
import { NotDelivered, type Receiver } from '../../../src/alerts/receiver.ts';
import { receiversToTest, testReceivers } from '../../../src/alerts/test-receivers.ts';
import type { AlertChange } from '../../../src/store/alerts.ts';

const KEY = 'sluice/test/1';
const NOW = Date.UTC(2026, 0, 10, 12);
const rule = DEFAULT_RULES.find(({ kind }) => kind === 'task-failed');

function receiver(name: string, given: Partial<Receiver> = {}): { receiver: Receiver; sent: AlertChange[] } {
  const sent: AlertChange[] = [];
  const send = async (change: AlertChange) => {
    sent.push(change);
    return '202';
  };
  return { receiver: { name, kind: 'webhook', send, ...given }, sent };
}

const refusing = (away: boolean) => ({
  send: () => Promise.reject(new NotDelivered('it answered 500', { retryable: true, away })),
});
const run = (...receivers: Receiver[]) => testReceivers({ rule, context: 'prod', key: KEY, now: NOW }, receivers);

describe('a test of receivers', () => {
  it('sends a beginning and an end with the key of the test', async () => {
    const { receiver: ops, sent } = receiver('ops');
    const report = await run(ops);
    expect(sent.map(({ change, testKey }) => [change, testKey])).toEqual([
      ['firing', KEY],
      ['resolved', KEY],
    ]);
    expect(report).toMatchObject({ rule: 'task-failed', exitCode: 0 });
    expect(report.results[0]?.steps).toEqual([
      { change: 'firing', accepted: true, answer: '202' },
      { change: 'resolved', accepted: true, answer: '202' },
    ]);
  });

  it('leaves the end to a receiver that forgets by itself', async () => {
    const { receiver: manager, sent } = receiver('manager', { kind: 'alertmanager', forgetsMs: 240_000 });
    const report = await run(manager);
    expect(sent).toHaveLength(1);
    expect(report.results[0]?.steps[0]?.answer).toBe('202; it ends there by itself within 4m');
  });

  it.each([
    ['refused by all', [false, false], 13],
    ['not answered by any', [true, true], 12],
  ])('%s', async (_, away, exitCode) => {
    const report = await run(...away.map((one, index) => receiver(`r${index}`, refusing(one)).receiver));
    expect(report.exitCode).toBe(exitCode);
    // Where nothing has begun, nothing is ended.
    expect(report.results.every(({ steps }) => steps.length === 1)).toBe(true);
  });

  it('accepted by some', async () => {
    expect((await run(receiver('a').receiver, receiver('b', refusing(true)).receiver)).exitCode).toBe(14);
  });

  it('reports an end that was refused: something stays open', async () => {
    let count = 0;
    const send = async () => {
      count += 1;
      if (count === 2) throw new NotDelivered('it answered 500', { retryable: true });
      return '202';
    };
    const report = await run(receiver('pager', { send }).receiver);
    expect(report.exitCode).toBe(13);
    expect(report.results[0]?.steps.map(({ accepted }) => accepted)).toEqual([true, false]);
  });

  it('is marked in every form, and shares no identity with a real alert', async () => {
    const { receiver: ops, sent } = receiver('ops');
    await run(ops);
    const [firing, resolved] = sent as [AlertChange, AlertChange];
    const { testKey: _, ...real } = firing;
    expect(webhookPayload(firing)).toMatchObject({ test: true, key: KEY, status: 'firing' });
    expect(webhookPayload(real)).toMatchObject({ test: false, key: 'sluice/prod/task-failed/test' });
    expect(slackPayload(firing)).toMatchObject({ text: 'TEST FIRING: task-failed of test on prod' });
    expect(pagerDutyPayload(firing, 'k')).toMatchObject({ event_action: 'trigger', dedup_key: KEY });
    expect(pagerDutyPayload(resolved, 'k')).toMatchObject({ event_action: 'resolve', dedup_key: KEY });
    expect(alertmanagerAlert(firing, NOW)).toMatchObject({ labels: { alertname: 'SluiceTaskFailed', test: KEY } });
    expect(alertmanagerAlert(real, NOW)).toMatchObject({ labels: expect.not.objectContaining({ test: KEY }) });
  });
});

describe('what is tested', () => {
  const pager = { ...rule, name: 'pager rule', notify: ['pager'] } as NonNullable<typeof rule>;
  const rules = [...DEFAULT_RULES, pager, { ...pager, name: 'off', enabled: false }, { ...pager, name: 'both' }];
  const receivers = ['ops', 'pager', 'both'];

  it.each([
    ['ops', undefined, ['ops']],
    ['lag', 'lag', receivers],
    ['pager rule', 'pager rule', ['pager']],
  ])('%s', (word, ofRule, names) => {
    const found = receiversToTest(word, rules, receivers);
    expect([found.rule?.name, found.names]).toEqual([ofRule, names]);
  });

  it.each([
    ['opps', receivers, 'there is no rule for alerts and no receiver "opps"'],
    ['both', receivers, '"both" is a receiver and a rule for alerts'],
    ['off', receivers, 'the rule "off" is off: it notifies nobody'],
    ['lag', [], 'sluice.yaml has no receiver'],
  ])('%s is refused', (word, known, message) => {
    expect(() => receiversToTest(word, rules, known)).toThrow(message);
  });
});
