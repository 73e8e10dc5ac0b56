import { differingKeys, sameConfig } from '../connect/configs.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { stateOf, type TargetState } from '../plan/diff.ts';

/** What a connector was given. */
interface Given {
  name: string;
  config: ConnectorConfig;
  state: TargetState;
  before: { config: ConnectorConfig; state: TargetState } | undefined;
  written: 'nothing' | 'creation' | 'change';
}

/** How a live connector differs from what it was given. */
export interface Deviation {
  /** False where a worker that lags may show the same for a while. */
  certain: boolean;
  /** What such a worker shows. */
  shown?: string;
  error: SluiceError;
}

/** Holds a live connector against what was written. Undefined where it is that, as far as can be known. Pure. */
export function deviation(given: Given, live: ListedConnector): Deviation | undefined {
  return configOf(given, live) ?? stateDeviation(given, live);
}

export function configOf({ name, config, before }: Given, { info }: ListedConnector): Deviation | undefined {
  const keys = differingKeys(info.config, config);
  if (keys.length === 0) return undefined;
  if (before !== undefined && sameConfig(info.config, before.config)) {
    return {
      certain: false,
      shown: 'its former configuration is shown',
      error: changed(
        name,
        `"${name}" still has its former configuration, though the worker accepted the new one: it was not carried out, or someone else has restored the former one`,
        keys,
      ),
    };
  }
  return {
    certain: true,
    error: changed(name, `"${name}" was changed by someone else during the deploy: ${keys.join(', ')}`, keys),
  };
}

/** States of a connector that has one; on its way from one to another a worker shows others, such as UNASSIGNED. */
const SETTLED = /^(RUNNING|FAILED|PAUSED|STOPPED)$/;

/** The state before may be shown for a while; a third one that lasts is somebody else's. */
function stateDeviation({ name, state, before, written }: Given, live: ListedConnector): Deviation | undefined {
  if (live.status === null || !SETTLED.test(live.status.connector.state)) return undefined;
  const now = stateOf(live);
  // A worker that cannot create a connector in a state lets it run first.
  const possible = [state, before?.state, ...(written === 'creation' ? ['running'] : [])];
  if (possible.includes(now)) return undefined;
  const did = { running: 'resumed', paused: 'paused', stopped: 'stopped' }[now];
  return {
    certain: false,
    shown: `it is ${now}`,
    error: changed(name, `"${name}" was ${did} by someone else during the deploy`),
  };
}

/** Of a connector that is not there. */
export function absent({ name, written }: Given): Deviation {
  const said =
    written === 'creation'
      ? `"${name}" is not there, though the worker accepted it: it was not carried out, or someone else has deleted it`
      : `"${name}" was deleted by someone else during the deploy`;
  return { certain: true, error: changed(name, said) };
}

function changed(name: string, said: string, keys?: readonly string[]): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', said, {
    hint: 'Look at the connector as it is now, then deploy again.',
    details: { name, ...(keys === undefined ? {} : { keys }) },
  });
}
