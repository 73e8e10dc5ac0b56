import type { HealFileSettings, HealRuleSettings } from '../config/serve-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { durationMs } from '../text/duration.ts';
import { mostSpecific } from '../text/most-specific.ts';

export interface HealSettings {
  enabled: boolean;
  /** Between restart n and the next one n² + n of these pass (ms). */
  baseMs: number;
  /** Longest time between two restarts (ms). */
  longestMs: number;
  /** Up to this part of a delay is added to it, at random: 0.1 for a tenth. */
  jitter: number;
  /** Restarts of a connector whose cause is transient, before it is left to a person. */
  restarts: number;
  /** The same if its cause is unknown. */
  tries: number;
  /** Restarts of a connector in 24 hours, stable times in between or not. */
  perDay: number;
  /** A restart counts as a success once everything has run this long (ms). */
  confirmMs: number;
  /** Once everything has run this long, earlier restarts no longer count (ms). */
  stableMs: number;
}

const MINUTE = 60_000;

export const HEAL_DEFAULTS: HealSettings = {
  enabled: true,
  baseMs: MINUTE,
  longestMs: 30 * MINUTE,
  jitter: 0.1,
  restarts: 20,
  tries: 3,
  perDay: 50,
  confirmMs: 30_000,
  stableMs: 10 * MINUTE,
};

/** Settings by connector. */
export type HealPlan = (connector: string) => HealSettings;

/** @returns undefined if healing is off @throws PROJECT_INVALID */
export function healPlan(heal: boolean | HealFileSettings | undefined): HealPlan | undefined {
  if (heal === undefined || heal === false) return undefined;
  const { connectors = [], ...general } = heal === true ? {} : heal;
  const standard = settingsOf(general, HEAL_DEFAULTS, 'serve.heal');
  const rules = connectors.map(({ match, ...rule }, index) => {
    const key = `serve.heal.connectors[${index}]`;
    if (match === '') throw invalid(`${key}.match`, 'it is empty', 'Write a name, or * for all.');
    return { match, settings: settingsOf(rule, standard, key) };
  });
  return (connector) => mostSpecific(rules, connector, ({ match }) => match)?.settings ?? standard;
}

function settingsOf(given: HealRuleSettings, standard: HealSettings, key: string): HealSettings {
  const { base, longest, confirm, stable, ...plain } = given;
  const ms = (text: string | undefined, name: string, otherwise: number) => {
    const read = text === undefined ? otherwise : durationMs(text);
    if (read === undefined || read <= 0)
      throw invalid(`${key}.${name}`, `"${text}" is not a duration`, 'Write a number and a unit: 30s, 5m, 2h.');
    return read;
  };
  const settings: HealSettings = {
    ...standard,
    ...plain,
    baseMs: ms(base, 'base', standard.baseMs),
    longestMs: ms(longest, 'longest', standard.longestMs),
    confirmMs: ms(confirm, 'confirm', standard.confirmMs),
    stableMs: ms(stable, 'stable', standard.stableMs),
  };
  if (settings.stableMs < settings.confirmMs)
    throw invalid(key, 'stable is shorter than confirm', 'Restarts are counted until they have been confirmed.');
  return settings;
}

function invalid(key: string, message: string, hint: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', `sluice.yaml: ${key}: ${message}`, { hint });
}
