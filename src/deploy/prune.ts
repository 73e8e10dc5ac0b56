import type { ConnectClient } from '../connect/client.ts';
import { sameConfig } from '../connect/configs.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { type DeleteReport, deleteConnectors } from '../operate/delete.ts';
import { pollUntil } from '../operate/poll.ts';
import { globExpression } from '../plan/glob.ts';
import type { Clock } from '../ports/clock.ts';
import type { Done } from './interrupted.ts';

export interface PruneOptions {
  /** Patterns of names (`*`, `?`) that belong to the project; nothing else is ever removed. */
  match: readonly string[];
  /** Names in any file, also in those that this deploy leaves out. */
  declared: ReadonlySet<string>;
  /** Stop, reset the offsets, then delete. */
  resetOffsets: boolean;
  /** Asks; throws where the answer is no. */
  confirm(names: readonly string[]): Promise<void>;
}

export type PruneClient = Pick<ConnectClient, 'find' | 'status' | 'delete' | 'stop' | 'resetOffsets'>;

interface Ports {
  client: PruneClient;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  context: string;
  prune?: PruneOptions | undefined;
}

const TIMEOUT_MS = 60_000;

/** Names of live connectors that match and are in no file. Pure. */
export function pruneCandidates(
  live: readonly { name: string }[],
  { match, declared }: Pick<PruneOptions, 'match' | 'declared'>,
): string[] {
  const patterns = match.map((glob) => globExpression(glob));
  return live
    .map((connector) => connector.name)
    .filter((name) => !declared.has(name) && patterns.some((pattern) => pattern.test(name)))
    .sort();
}

/** Deletes connectors; every one is tried and has its result. @param done names are added as soon as they are gone, or may be */
export async function prune(
  surplus: readonly ListedConnector[],
  ports: Ports,
  done: Pick<Done, 'deleted' | 'unsure'>,
): Promise<DeleteReport | undefined> {
  if (ports.prune === undefined) return undefined;
  const { groups, clock, signal, context } = ports;
  const { resetOffsets: resets } = ports.prune;
  const client: Pick<PruneClient, 'find' | 'status' | 'delete'> = {
    find: (name) => ports.client.find(name),
    status: (name) => ports.client.status(name),
    delete: async (name) => {
      await assertUntouched(name, surplus, ports.client);
      if (resets) await resetOffsets(name, ports);
      const wasThere = await ports.client.delete(name).catch((error: unknown) => {
        if (error instanceof SluiceError && error.details?.['outcome'] === 'unknown') done.unsure.add(name);
        throw error;
      });
      if (wasThere) done.deleted.add(name);
      return wasThere;
    },
  };
  const options = { clock, signal, wait: true, timeoutMs: TIMEOUT_MS };
  const names = surplus.map(({ name }) => name);
  const report = await deleteConnectors(names, context, client, groups, options);
  if (!resets) return report;
  return { ...report, results: report.results.map((result) => ({ ...result, kept: null })) };
}

/** What somebody has changed since it was listed is not what was confirmed: perhaps it is wanted again. */
async function assertUntouched(
  name: string,
  surplus: readonly ListedConnector[],
  client: Pick<PruneClient, 'find'>,
): Promise<void> {
  const [then, now] = [surplus.find((one) => one.name === name), await client.find(name)];
  if (then === undefined || now === undefined || sameConfig(now.info.config, then.info.config)) return;
  throw new SluiceError(
    'CONNECTOR_CHANGED',
    `"${name}" was changed by someone else in the meantime; it was not deleted`,
    {
      hint: 'Look at the connector as it is now, then deploy again.',
      details: { name },
    },
  );
}

async function resetOffsets(name: string, { client, clock, signal }: Ports): Promise<void> {
  await client.stop(name);
  const { reached } = await pollUntil(
    () => client.status(name),
    (status) => status?.connector.state === 'STOPPED' && status.tasks.length === 0,
    { clock, signal, timeoutMs: TIMEOUT_MS },
  );
  if (!reached) {
    throw new SluiceError(
      'TIMED_OUT',
      `"${name}" did not stop, so its offsets could not be reset; it was not deleted`,
      {
        hint: `See: sluice status ${name}`,
      },
    );
  }
  await client.resetOffsets(name);
}
