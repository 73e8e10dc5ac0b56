import { expect, it } from 'vitest';
import { servePlan } from '../../../src/serve/settings.ts';

it.each([
  [{ serve: { contexts: ['prod', 'test', 'prod'] } }, {}, 'serve.contexts: "prod" is there twice'],
  [{ serve: { every: '100ms' } }, {}, 'serve.every: "100ms" is not a duration of at least 1s'],
  [{ serve: { alerts: true } }, { pager: { pagerduty: ' ' } }, 'alerts.receivers.pager.pagerduty: it is empty'],
  [{ alerts: { rules: [{ kind: 'lag' as const, over: 'soon' }] } }, {}, 'alerts.rules[0].over: "soon"'],
])('refuses %j', (document, receivers, message) =>
  expect(() => servePlan(document, receivers)).toThrow(`sluice.yaml: ${message}`),
);

it('watches without a word, and does nothing else', () => {
  expect(servePlan({}, {})).toMatchObject({ alerting: false, rules: [], reconciling: false, heal: undefined });
});
