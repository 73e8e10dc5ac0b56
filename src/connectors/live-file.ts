import type { ListedConnector } from '../connect/types.ts';
import type { Environment } from '../secrets/environment.ts';
import type { ConnectorFile, ConnectorPositions } from './connector-file.ts';
import { resolveValue } from './references.ts';

/** Keys to set and to remove. */
export interface ConfigPatch {
  /** As in a connector file: `${NAME}` is a variable. */
  set: Readonly<Record<string, string>>;
  unset: readonly string[];
}

const NOWHERE: ConnectorPositions = {
  start: () => undefined,
  key: () => undefined,
  value: () => undefined,
  file: () => '',
  excerpt: () => ({ text: '', offset: 0 }),
  line: () => '',
};

/**
 * A live connector as if a file had it, with some keys changed, to be checked and deployed like one. Pure.
 * @param environment for variables in the new values; live values are what the worker has
 */
export function patchedConnector(
  { name, info }: Pick<ListedConnector, 'name' | 'info'>,
  { set, unset }: ConfigPatch,
  environment: Environment,
): ConnectorFile {
  const { name: _name, ...live } = info.config;
  const removed = new Set(unset);
  const kept = Object.entries(live).filter(([key]) => !removed.has(key) && !Object.hasOwn(set, key));
  const fresh = Object.entries(set).map(([key, written]) => ({ key, written, ...resolveValue(written, environment) }));
  return {
    name,
    config: Object.fromEntries([...kept, ...fresh.map(({ key, value }) => [key, value] as const)]),
    written: Object.fromEntries([...kept, ...fresh.map(({ key, written }) => [key, written] as const)]),
    filled: new Map(fresh.map(({ key, filled }) => [key, filled])),
    unset: new Set(fresh.filter(({ unset: missing }) => missing.length > 0).map(({ key }) => key)),
    file: name,
    form: 'flat',
    positions: async () => NOWHERE,
  };
}
