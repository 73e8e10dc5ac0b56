import { type ConfigSecrets, configSecrets } from '../schemas/secrets.ts';
import { redactEntry } from '../text/redact.ts';
import { type ConnectorChange, type DesiredConnector, type KeyChange, stateOf } from './diff.ts';

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
  /** Live state that stays as it is, because the file does not mention it; null if that is running. */
  keeps: 'paused' | 'stopped' | null;
  /** Keys that the worker masks: not compared. */
  unknown: string[];
}

/** Which values of a configuration may be shown. */
export type Secrets = (connector: Pick<DesiredConnector, 'config' | 'written'>) => ConfigSecrets;

export function showChange(change: ConnectorChange, secrets: Secrets = configSecrets): ShownChange {
  const { name, file, action, state, unknown } = change;
  const keys = showKeys(change.keys, eitherSecret(change, secrets));
  return { name, file, action, keys, state, keeps: keptState(change), unknown };
}

function keptState({ live, desired }: ConnectorChange): ShownChange['keeps'] {
  if (live === undefined || desired.state !== undefined) return null;
  const state = stateOf(live);
  return state === 'running' ? null : state;
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
