import { afterEach, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import { openReceiver } from '../../../src/alerts/open-receiver.ts';
import { emailOf } from '../../../src/alerts/payloads.ts';
import { receiverAddress } from '../../../src/alerts/settings.ts';
import { nextAlerts } from '../../../src/alerts/state.ts';
import type { ReceiverSettings } from '../../../src/config/serve-settings.ts';
import { judgeConnector } from '../../../src/monitor/health.ts';
import { verdictsOf } from '../../../src/serve/verdicts.ts';
import { type Hook, startHook } from '../../helpers/hook-server.ts';
import { connectorSnapshot, NOON, snapshot } from '../../helpers/snapshot.ts';

const SECRET = 'hunter2-geheim';
let hook: Hook | undefined;
afterEach(() => hook?.close());

/** Alerts of a connector whose configuration and traces are full of secrets. */
function alertsOfLeakyConnector() {
  const trace = [
    `org.apache.kafka.connect.errors.ConnectException: cannot connect to jdbc:postgresql://u:${SECRET}@h:5432/d?password=${SECRET}`,
    '\tat a.B.c(B.java:1)',
    `Caused by: org.postgresql.util.PSQLException: FATAL: {"password":"${SECRET}"}, ${SECRET} is wrong`,
  ].join('\n');
  const config = {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    topics: 't',
    'connection.password': SECRET,
  };
  const judged = judgeConnector(
    {
      name: 'orders',
      info: { name: 'orders', type: 'sink', config, tasks: [{ connector: 'orders', task: 0 }] },
      status: {
        name: 'orders',
        type: 'sink',
        connector: { state: 'FAILED', worker_id: 'w:8083', trace },
        tasks: [{ id: 0, state: 'FAILED', worker_id: 'w:8083', trace }],
      },
    },
    undefined,
  );
  const seen = snapshot([
    { ...connectorSnapshot('orders'), ...judged, since: new Date(NOON - 3_600_000).toISOString() },
  ]);
  return nextAlerts([], verdictsOf(seen, DEFAULT_RULES), {
    ...{ context: 'prod', now: NOON, isMuted: () => false, isUnread: () => false },
  }).changes;
}

it.each<[string, (url: string) => ReceiverSettings]>([
  ['webhook', (url) => ({ webhook: { url: `${url}/h?token=${SECRET}`, headers: { 'X-Key': SECRET }, token: SECRET } })],
  ['slack', (url) => ({ slack: `${url}/services/${SECRET}` })],
  ['pagerduty', (url) => ({ pagerduty: { routingKey: 'a-key-of-its-own', url } })],
  ['alertmanager', (url) => ({ alertmanager: { url, username: 'u', password: SECRET } })],
])('what is sent to %s has no secret of a trace, a configuration, a URL or a header', async (kind, settings) => {
  hook = await startHook();
  const changes = alertsOfLeakyConnector();
  expect(changes.map(({ alert }) => alert.kind)).toEqual(
    expect.arrayContaining(['connector-failed', 'task-failed', 'downtime']),
  );
  const ports = { signal: new AbortController().signal, now: () => NOON };
  const receiver = openReceiver(kind, receiverAddress(kind, settings(hook.url)), ports);
  for (const change of changes) await receiver.send(change);
  expect(hook.got).toHaveLength(changes.length);
  const sent = JSON.stringify(hook.got.map(({ body }) => body));
  expect(sent).toContain('PSQLException');
  expect(sent).not.toContain(SECRET);
});

it('nor has what is sent by mail', () => {
  const mails = alertsOfLeakyConnector().map(emailOf);
  expect(JSON.stringify(mails)).toContain('PSQLException');
  expect(JSON.stringify(mails)).not.toContain(SECRET);
});
