import type { ConnectSettings } from '../config/connect-settings.ts';
import type { HttpAddress } from '../config/http-address.ts';
import type { AlertRuleSettings, AlertSettings, ReceiverSettings } from '../config/serve-settings.ts';
import { SluiceError } from '../errors/error.ts';
import type { AlertKind } from '../store/alerts.ts';
import { durationMs } from '../text/duration.ts';
import { sizeBytes } from '../text/size.ts';
import { DEFAULT_RULES, FROM_BELOW, LIMITS } from './defaults.ts';
import type { ReceiverAddress } from './open-receiver.ts';
import type { AlertRule } from './rules.ts';

/**
 * The rules that hold, those of sluice.yaml after those that come with sluice, so that of two alike the former count.
 * @throws PROJECT_INVALID
 */
export function alertRules({ defaults = true, rules = [], receivers = {} }: AlertSettings): AlertRule[] {
  const own = rules.map((settings, index) => ruleOf(settings, `alerts.rules[${index}]`, Object.keys(receivers)));
  const names = own.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid('alerts.rules', `two rules are called "${twice}"`, 'Give each rule a name of its own.');
  return [...(defaults ? DEFAULT_RULES : []), ...own];
}

function ruleOf(settings: AlertRuleSettings, key: string, receivers: readonly string[]): AlertRule {
  const { kind, match = '*', enabled = true, severity, notify = [] } = settings;
  const standard = DEFAULT_RULES.find((rule) => rule.kind === kind);
  const unknown = [notify].flat().find((name) => !receivers.includes(name));
  if (unknown !== undefined)
    throw invalid(`${key}.notify`, `there is no receiver "${unknown}"`, 'Define it under alerts.receivers.');
  if (match === '') throw invalid(`${key}.match`, 'it is empty', 'Write a name, or leave it out for all.');
  return {
    name: settings.name ?? (match === '*' ? kind : `${kind} ${match}`),
    kind,
    scope: match,
    limit: limitOf(settings, key) ?? standard?.limit ?? null,
    forMs: settings.for === undefined ? (standard?.forMs ?? 0) : duration(settings.for, `${key}.for`),
    severity: severity ?? standard?.severity ?? 'warning',
    enabled,
    notify: [notify].flat(),
  };
}

/** Undefined if it has none of its own. */
function limitOf({ kind, over, under }: AlertRuleSettings, of: string): number | undefined {
  const unit = LIMITS[kind];
  const [own, other] = FROM_BELOW.has(kind) ? (['under', 'over'] as const) : (['over', 'under'] as const);
  const written = { over, under };
  if (unit !== undefined && written[other] !== undefined)
    throw invalid(`${of}.${other}`, `a rule of kind ${kind} fires ${own} its limit`, `Write ${own}.`);
  const value = over ?? under;
  if (value === undefined) return undefined;
  const key = `${of}.${over === undefined ? 'under' : 'over'}`;
  return limitIn(unit, { kind, text: String(value).trim(), key });
}

function limitIn(
  unit: (typeof LIMITS)[AlertKind],
  { kind, text, key }: { kind: AlertKind; text: string; key: string },
): number {
  switch (unit) {
    case undefined:
      throw invalid(key, `a rule of kind ${kind} has no limit`, 'Remove it.');
    case 'duration':
      return duration(text, key);
    case 'bytes': {
      const bytes = sizeBytes(text);
      if (bytes === undefined)
        throw invalid(key, `"${text}" is not a size`, 'Write a number and a unit: 512MiB, 10GiB.');
      return bytes;
    }
    default: {
      const number = Number(text);
      if (text === '' || !Number.isFinite(number) || number < 0)
        throw invalid(key, `"${text}" is not a number`, 'Write a number such as 10.');
      return number;
    }
  }
}

function duration(text: string, key: string): number {
  const days = /^(\d+(?:\.\d+)?)d$/.exec(text.trim());
  const ms = days ? Number(days[1]) * 24 * 3_600_000 : durationMs(text);
  if (ms === undefined)
    throw invalid(key, `"${text}" is not a duration`, 'Write a number and a unit: 30s, 5m, 2h, 14d.');
  return ms;
}

const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';

/** @param settings references resolved @throws PROJECT_INVALID; no message repeats a URL, which may be a password */
export function receiverAddress(name: string, settings: ReceiverSettings): ReceiverAddress {
  const key = `alerts.receivers.${name}`;
  if ('webhook' in settings) return { kind: 'webhook', address: address(settings.webhook, `${key}.webhook`) };
  if ('slack' in settings) return { kind: 'slack', address: address(settings.slack, `${key}.slack`) };
  if ('alertmanager' in settings)
    return { kind: 'alertmanager', address: address(settings.alertmanager, `${key}.alertmanager`) };
  if ('pagerduty' in settings) {
    const { routingKey, url = PAGERDUTY } =
      typeof settings.pagerduty === 'string' ? { routingKey: settings.pagerduty } : settings.pagerduty;
    if (routingKey.trim() === '') throw invalid(`${key}.pagerduty`, 'it is empty', 'Write the routing key.');
    return { kind: 'pagerduty', routingKey, address: address(url, `${key}.pagerduty`) };
  }
  const { server } = settings.email;
  if (!URL.canParse(server) || !/^smtps?:$/.test(new URL(server).protocol))
    throw invalid(
      `${key}.email.server`,
      'it is not the URL of a mail server',
      'Write smtp://user@host:587 or smtps://host.',
    );
  return { kind: 'email', settings: settings.email };
}

function address(written: string | ConnectSettings, key: string): HttpAddress {
  const { url, ...settings } = typeof written === 'string' ? { url: written } : written;
  const urls = [url].flat().map((one) => {
    const parsed = URL.canParse(one) ? new URL(one) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hash !== '')
      throw invalid(key, 'it is not a valid URL', 'Write the whole URL, with https://.');
    if (parsed.username !== '' || parsed.password !== '')
      throw invalid(key, 'it has a user or password', 'Give them as username and password beside url.');
    return one.trim().replace(/\/$/, '');
  });
  return { urls, settings };
}

function invalid(key: string, message: string, hint: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', `sluice.yaml: ${key}: ${message}`, { hint });
}
