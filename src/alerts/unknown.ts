import { SluiceError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';
import { command } from '../text/settings.ts';
import type { AlertRule } from './rules.ts';

export function unknownRule(word: string, rules: readonly AlertRule[]): SluiceError {
  return unknown(
    `there is no rule for alerts "${word}"`,
    word,
    rules.map(({ name }) => name),
  );
}

export function unknownRuleOrReceiver(
  word: string,
  rules: readonly AlertRule[],
  receivers: readonly string[],
): SluiceError {
  return unknown(`there is no rule for alerts and no receiver "${word}"`, word, [
    ...receivers,
    ...rules.map(({ name }) => name),
  ]);
}

export function unknownMute(word: string, context: string, isNumber: boolean): SluiceError {
  return new SluiceError(
    'ALERT_UNKNOWN',
    isNumber ? `no mute ${word} holds` : `no mute of "${word}" holds on ${context}`,
    { hint: `See: ${command('alerts list')}` },
  );
}

function unknown(message: string, word: string, known: readonly string[]): SluiceError {
  const near = nearest(word, known);
  return new SluiceError('ALERT_UNKNOWN', message, {
    hint: near === undefined ? `See: ${command('alerts list', { rules: true })}` : `Did you mean "${near}"?`,
    details: { known: [...known] },
  });
}
