import { type AlertChange, changeSummary } from '../store/alerts.ts';

/** One change for a receiver, in the words that every form of it shares. */
interface Message {
  /** `FIRING: lag of orders on prod`. */
  title: string;
  summary: string;
  hint: string | null;
  /** Stays the same from an alert's beginning to its end, and for no other alert. */
  key: string;
}

function messageOf(changed: AlertChange): Message {
  const { change, alert, testKey } = changed;
  const { context, kind, target, hint } = alert;
  return {
    title: `${testKey === undefined ? '' : 'TEST '}${change === 'firing' ? 'FIRING' : 'RESOLVED'}: ${kind} of ${target} on ${context}`,
    summary: changeSummary(changed),
    hint: change === 'firing' ? hint : null,
    key: testKey ?? `sluice/${context}/${kind}/${target}`,
  };
}

/** What a generic webhook is sent. */
export function webhookPayload(changed: AlertChange): object {
  const { change, alert, at, reason, testKey } = changed;
  const { context, kind, target, rule, severity, summary, hint, since, firedAt } = alert;
  return {
    schemaVersion: 1,
    status: change,
    key: messageOf(changed).key,
    test: testKey !== undefined,
    at: iso(at),
    context,
    kind,
    target,
    rule,
    severity,
    summary,
    hint,
    since: iso(since),
    firedAt: firedAt === null ? null : iso(firedAt),
    reason,
  };
}

/** @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackPayload(changed: AlertChange): object {
  const { title, summary, hint } = messageOf(changed);
  const { alert, change } = changed;
  const color =
    change === 'resolved' ? '#2e7d32' : { info: '#1565c0', warning: '#ef6c00', critical: '#c62828' }[alert.severity];
  const lines = [slackText(summary), ...(hint === null ? [] : [`\`${slackText(hint).replaceAll('`', "'")}\``])];
  return {
    text: slackText(title),
    attachments: [{ color, text: lines.join('\n'), fallback: slackText(`${title}: ${summary}`), mrkdwn_in: ['text'] }],
  };
}

/** Names of connectors must not mention people, or become links. @see https://docs.slack.dev/messaging/formatting-message-text */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** @see https://developer.pagerduty.com/docs/send-alert-event */
export function pagerDutyPayload(changed: AlertChange, routingKey: string): object {
  const { title, summary, hint, key } = messageOf(changed);
  const { change, alert } = changed;
  const event = { routing_key: routingKey, dedup_key: key.slice(0, 255) };
  if (change === 'resolved') return { ...event, event_action: 'resolve' };
  return {
    ...event,
    event_action: 'trigger',
    payload: {
      summary: `${title}: ${summary}`.slice(0, 1024),
      source: alert.context,
      severity: alert.severity,
      component: alert.target,
      class: alert.kind,
      timestamp: iso(alert.firedAt ?? alert.since),
      custom_details: { rule: alert.rule, hint },
    },
  };
}

/**
 * One alert of Alertmanager's API v2. It is sent again while the alert lasts, with an end in the near future, so that it
 * resolves by itself if the daemon dies; an end in the past resolves it at once. Labels make the alert's identity, so only
 * what never changes is one.
 * @see https://raw.githubusercontent.com/prometheus/alertmanager/main/api/v2/openapi.yaml
 */
export function alertmanagerAlert(changed: AlertChange, endsAt: number): object {
  const { alert, testKey } = changed;
  const { summary, hint } = messageOf(changed);
  return {
    labels: {
      alertname: alertName(alert.kind),
      context: alert.context,
      target: alert.target,
      severity: alert.severity,
      rule: alert.rule,
      ...(testKey === undefined ? {} : { test: testKey }),
    },
    annotations: { summary, ...(hint === null ? {} : { hint }) },
    startsAt: iso(alert.firedAt ?? alert.since),
    endsAt: iso(endsAt),
  };
}

/** `SluiceTaskFailed`, as rules of Prometheus are named. */
export function alertName(kind: string): string {
  return `Sluice${kind.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

export function emailOf(changed: AlertChange): { subject: string; text: string } {
  const { title, summary, hint } = messageOf(changed);
  const { alert, at, change } = changed;
  const lines = [
    summary,
    ...(hint === null ? [] : ['', `Next: ${hint}`]),
    '',
    `Severity: ${alert.severity}`,
    `Rule: ${alert.rule}`,
    `Since: ${iso(alert.since)}`,
    ...(change === 'resolved' ? [`Resolved: ${iso(at)}`] : []),
  ];
  // A line break would end the header.
  return { subject: `[sluice] ${title}`.replaceAll(/\s+/g, ' '), text: `${lines.join('\n')}\n` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
