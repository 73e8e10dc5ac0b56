import { type ConfigSecrets, configSecrets } from '../schemas/secrets.ts';
import { redactEntry } from '../text/redact.ts';
import type { ConnectorChange, DesiredConnector, KeyChange } from './diff.ts';

/** A changed secret shows as changed, never its value. */
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
  /** What differs; secrets masked. */
  keys: ShownKey[];
  state: ConnectorChange['state'];
  /** Keys that the worker masks: not compared. */
  unknown: string[];
}

/** Which values of a configuration may be shown. */
export type Secrets = (connector: Pick<DesiredConnector, 'config' | 'written'>) => ConfigSecrets;

export function showChange(change: ConnectorChange, secrets: Secrets = configSecrets): ShownChange {
  const { name, file, action, state, unknown } = change;
  return { name, file, action, keys: showKeys(change.keys, eitherSecret(change, secrets)), state, unknown };
}

/** The class may change, or be known to the worker only: a key is secret if one of the two sides says so. */
function eitherSecret({ desired, live }: ConnectorChange, secrets: Secrets): Pick<ConfigSecrets, 'desired' | 'live'> {
  const own = secrets(desired);
  if (live === undefined) return own;
  const other = secrets({ config: live.info.config });
  const isSecret = (key: string) => own.isSecret(key) || other.isSecret(key);
  return {
    desired: (key, value) => redactEntry(key, own.desired(key, value), isSecret),
    live: (key, value) => redactEntry(key, own.live(key, value), isSecret),
  };
}
