import { describe, expect, it } from 'vitest';
import { alertRules } from '../../../src/alerts/settings.ts';
import type { AlertRuleSettings } from '../../../src/config/serve-settings.ts';

const DAY = 24 * 3_600_000;
const limitOf = (rule: AlertRuleSettings) => alertRules({ defaults: false, rules: [rule] })[0]?.limit;

describe('limits of rules', () => {
  it.each<[AlertRuleSettings, number | null]>([
    [{ kind: 'slot-wal', over: '512MiB' }, 512 * 1024 ** 2],
    [{ kind: 'slot-wal', over: '1.5 GiB' }, 1.5 * 1024 ** 3],
    [{ kind: 'slot-wal', over: 1000 }, 1000],
    [{ kind: 'slot-wal' }, 10 * 1024 ** 3],
    [{ kind: 'slot-safe-size', under: '2GiB' }, 2 * 1024 ** 3],
    [{ kind: 'certificate', under: '30d' }, 30 * DAY],
    [{ kind: 'certificate' }, 14 * DAY],
    [{ kind: 'schema-change', over: '2h' }, DAY / 12],
    [{ kind: 'heartbeat', over: 3 }, 3],
    [{ kind: 'slot-inactive' }, null],
  ])('%j', (rule, limit) => expect(limitOf(rule)).toBe(limit));

  it.each<[AlertRuleSettings, string]>([
    [{ kind: 'slot-wal', over: '10GB' }, 'alerts.rules[0].over: "10GB" is not a size'],
    [{ kind: 'slot-wal', under: '1GiB' }, 'alerts.rules[0].under: a rule of kind slot-wal fires over its limit'],
    [{ kind: 'certificate', over: '14d' }, 'alerts.rules[0].over: a rule of kind certificate fires under its limit'],
    [{ kind: 'slot-inactive', over: 5 }, 'alerts.rules[0].over: a rule of kind slot-inactive has no limit'],
    [{ kind: 'lag', match: '' }, 'alerts.rules[0].match: it is empty'],
    [{ kind: 'heartbeat', over: 'some' }, 'alerts.rules[0].over: "some" is not a number'],
  ])('%j is refused', (rule, message) => expect(() => limitOf(rule)).toThrow(message));
});
