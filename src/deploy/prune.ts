import type { ConnectClient } from '../connect/client.ts';
import { sameConfig } from '../connect/configs.ts';
import { pollUntil } from '../connect/poll.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { type DeleteReport, deleteConnectors } from '../operate/delete.ts';
import type { Clock } from '../ports/clock.ts';
import { globExpression } from '../text/glob.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import type { Done } from './interrupted.ts';

export interface PruneOptions {
  /** Patterns of names (`*`, `?`) that belong to the project; nothing else is ever removed. */
  match: readonly string[];
  /** Names in any file, including those outside this deploy. */
  declared: ReadonlySet<string>;
  /** Reads the names again: files may appear during a deploy of minutes. Throws if a file cannot be read. */
  declaredNow?: () => Promise<ReadonlySet<string>>;
  /** Stop, reset the offsets, then delete. */
  resetOffsets: boolean;
  /** For the end of one connector. */
  timeoutMs: number;
  /** Asks; throws if the answer is no. */
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

/** Names of live connectors that match but are not in any file. Pure. */
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

/** Deletes connectors; each is tried and has its own result. @param done receives names as soon as they are, or may be, gone */
export async function prune(
  surplus: readonly ListedConnector[],
  ports: Ports,
  done: Pick<Done, 'deleted' | 'unsure'>,
): Promise<DeleteReport | undefined> {
  if (ports.prune === undefined) return undefined;
  const { groups, clock, signal, context } = ports;
  const { resetOffsets: resets, declaredNow, timeoutMs } = ports.prune;
  let declared: Promise<ReadonlySet<string>> | undefined;
  const client: Pick<PruneClient, 'find' | 'status' | 'delete'> = {
    find: (name) => ports.client.find(name),
    status: (name) => ports.client.status(name),
    delete: async (name) => {
      declared ??= declaredNow?.();
      if ((await declared)?.has(name)) throw declaredSince(name);
      await assertUntouched(name, surplus, ports.client);
      if (resets) await resetOffsets(name, ports, timeoutMs);
      const wasThere = await ports.client.delete(name).catch((error: unknown) => {
        if (error instanceof SluiceError && error.details?.['outcome'] === 'unknown') done.unsure.add(name);
        throw error;
      });
      if (wasThere) done.deleted.add(name);
      return wasThere;
    },
  };
  const options = { clock, signal, wait: true, timeoutMs };
  const names = surplus.map(({ name }) => name);
  const report = await deleteConnectors(names, context, client, groups, options);
  if (!resets) return report;
  return { ...report, results: report.results.map((result) => ({ ...result, kept: null })) };
}

/** A connector that changed since it was listed is not what was confirmed: it may be needed again. */
async function assertUntouched(
  name: string,
  surplus: readonly ListedConnector[],
  client: Pick<PruneClient, 'find'>,
): Promise<void> {
  const [then, now] = [surplus.find((one) => one.name === name), await client.find(name)];
  if (then === undefined || now === undefined || sameConfig(now.info.config, then.info.config)) return;
  throw new SluiceError('CONNECTOR_CHANGED', `connector "${name}" changed since it was read; not deleted`, {
    hint: 'Run sluice plan, then deploy again.',
    details: { name },
  });
}

function declaredSince(name: string): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', `"${name}" is in a file now; it was not deleted`, {
    hint: 'Deploy again.',
    details: { name },
  });
}

async function resetOffsets(name: string, { client, clock, signal }: Ports, timeoutMs: number): Promise<void> {
  await client.stop(name);
  const { reached } = await pollUntil(
    () => client.status(name),
    (status) => status?.connector.state === 'STOPPED' && status.tasks.length === 0,
    { clock, signal, timeoutMs },
  );
  if (!reached) {
    throw new SluiceError(
      'TIMED_OUT',
      `"${name}" did not stop, so its offsets could not be reset; it was not deleted`,
      {
        hint: `See: ${command(`status ${shellWord(name)}`)}`,
      },
    );
  }
  await client.resetOffsets(name);
}
