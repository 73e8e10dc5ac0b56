import { differingKeys, sameConfig } from '../connect/configs.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { stateOf, type TargetState } from '../plan/diff.ts';

/** What a connector was deployed with. */
interface Given {
  name: string;
  config: ConnectorConfig;
  state: TargetState;
  before: { config: ConnectorConfig; state: TargetState } | undefined;
  written: 'nothing' | 'creation' | 'change';
}

/** How a live connector differs from what was deployed. */
export interface Deviation {
  /** False if a lagging worker may show the same for a while. */
  certain: boolean;
  /** What a lagging worker shows. */
  shown?: string;
  error: SluiceError;
}

/** Compares a live connector with what was written. Undefined if they match or the difference is masked. Pure. */
export function deviation(given: Given, live: ListedConnector): Deviation | undefined {
  return configOf(given, live) ?? stateDeviation(given, live);
}

export function configOf({ name, config, before }: Given, { info }: ListedConnector): Deviation | undefined {
  const keys = differingKeys(info.config, config);
  if (keys.length === 0) return undefined;
  if (before !== undefined && sameConfig(info.config, before.config)) {
    return {
      certain: false,
      shown: 'it still shows its previous configuration',
      error: changed(
        name,
        `"${name}" still has its previous configuration, though the worker accepted the new one: the change was not carried out, or someone else has reverted it`,
        keys,
      ),
    };
  }
  return {
    certain: true,
    error: changed(name, `"${name}" was changed by someone else during the deploy: ${keys.join(', ')}`, keys),
  };
}

/** Settled states; in between, a worker shows others, such as UNASSIGNED. */
const SETTLED = /^(RUNNING|FAILED|PAUSED|STOPPED)$/;

/** The previous state may show for a while; a third one that lasts was set by someone else. */
function stateDeviation({ name, state, before, written }: Given, live: ListedConnector): Deviation | undefined {
  if (live.status === null || !SETTLED.test(live.status.connector.state)) return undefined;
  const now = stateOf(live);
  // A worker without support for initial states lets a new connector run first.
  const possible = [state, before?.state, ...(written === 'creation' ? ['running'] : [])];
  if (possible.includes(now)) return undefined;
  const did = { running: 'resumed', paused: 'paused', stopped: 'stopped' }[now];
  return {
    certain: false,
    shown: `it is ${now}`,
    error: changed(name, `"${name}" was ${did} by someone else during the deploy`),
  };
}

/** For a connector that does not exist. */
export function absent({ name, written }: Given): Deviation {
  const message =
    written === 'creation'
      ? `"${name}" does not exist, though the worker accepted it: it was not created, or someone else has deleted it`
      : `"${name}" was deleted by someone else during the deploy`;
  return { certain: true, error: changed(name, message) };
}

function changed(name: string, message: string, keys?: readonly string[]): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', message, {
    hint: 'Run sluice plan, then deploy again.',
    details: { name, ...(keys === undefined ? {} : { keys }) },
  });
}
