import { redactEntry } from '../text/redact.ts';
import type { ConnectorChange, KeyChange } from './diff.ts';

/** A change as it may be shown: secrets masked. A secret that changed shows as changed, never its text. */
export interface ShownKey {
  key: string;
  change: 'added' | 'removed' | 'changed';
  before: string | null;
  after: string | null;
}

/** @param secretKeys keys that the plugin's definition types PASSWORD */
export function showKeys(changes: readonly KeyChange[], secretKeys?: ReadonlySet<string>): ShownKey[] {
  return changes.map(({ key, before, after }) => ({
    key,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    before: before === null ? null : redactEntry(key, before, secretKeys),
    after: after === null ? null : redactEntry(key, after, secretKeys),
  }));
}

export interface ShownChange {
  name: string;
  file: string;
  action: ConnectorChange['action'];
  keys: ShownKey[];
  state: ConnectorChange['state'];
  unknown: string[];
}

export function showChange(change: ConnectorChange, secretKeys?: ReadonlySet<string>): ShownChange {
  const { name, file, action, state, unknown } = change;
  return { name, file, action, keys: showKeys(change.keys, secretKeys), state, unknown };
}
