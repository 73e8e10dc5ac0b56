import { type ConfigSecrets, configSecrets } from '../schemas/secrets.ts';
import type { ConnectorChange, KeyChange } from './diff.ts';

/** A change as it may be shown: secrets masked. A secret that changed shows as changed, never its text. */
export interface ShownKey {
  key: string;
  change: 'added' | 'removed' | 'changed';
  before: string | null;
  after: string | null;
}

export function showKeys(changes: readonly KeyChange[], secrets: Pick<ConfigSecrets, 'desired' | 'live'>): ShownKey[] {
  return changes.map(({ key, before, after }) => ({
    key,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    before: before === null ? null : secrets.live(key, before),
    after: after === null ? null : secrets.desired(key, after),
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

export function showChange(
  change: ConnectorChange,
  secrets: Pick<ConfigSecrets, 'desired' | 'live'> = configSecrets(change.desired),
): ShownChange {
  const { name, file, action, state, unknown } = change;
  return { name, file, action, keys: showKeys(change.keys, secrets), state, unknown };
}
