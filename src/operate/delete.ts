import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError } from '../errors/error.ts';
import type { ExitCode } from '../errors/registry.ts';
import { sinkGroup } from '../kafka/groups.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { connectorType } from '../monitor/health.ts';
import { pollUntil } from './poll.ts';
import { eachTarget, type OperateOptions } from './targets.ts';

export interface DeleteResult {
  name: string;
  /** Null where it failed. */
  outcome: 'deleted' | 'would be deleted' | 'was not there' | null;
  /** What Connect and Kafka keep of it; null where there is nothing. */
  kept: string | null;
  error: ErrorDocument | null;
}

export interface DeleteReport {
  context: string;
  results: DeleteResult[];
  exitCode: ExitCode;
}

export type DeleteClient = Pick<ConnectClient, 'find' | 'status' | 'delete'>;

/**
 * Deletes connectors and waits until they are gone: no status left and, where Kafka can be asked, no member in a sink's
 * group. One that is not there counts as done. Offsets stay: a connector made again under the name goes on from them.
 */
export async function deleteConnectors(
  names: readonly string[],
  context: string,
  client: DeleteClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<DeleteReport> {
  const { results, exitCode } = await eachTarget<DeleteResult>(
    names,
    (name) => deleteOne(name, client, groups, options),
    (name, error) => ({ name, outcome: null, kept: null, error }),
    options.signal,
  );
  return { context, results, exitCode };
}

async function deleteOne(
  name: string,
  client: DeleteClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<DeleteResult> {
  const connector = await client.find(name).catch((error: unknown) => hidden(name, error));
  const absent: DeleteResult = { name, outcome: 'was not there', kept: null, error: null };
  if (connector === undefined) return absent;
  if (options.dryRun) return { name, outcome: 'would be deleted', kept: kept(connector), error: null };
  // Gone in between: then someone else has deleted it.
  if (!(await client.delete(name))) return absent;
  if (options.wait) await awaitGone(connector, client, groups, options);
  return { name, outcome: 'deleted', kept: kept(connector), error: null };
}

/** One that is there and cannot be read, for want of its plugin, say: to delete it may be the way out. */
function hidden(name: string, error: unknown): ListedConnector {
  if (!(error instanceof SluiceError) || error.code !== 'CONNECT_REJECTED') throw error;
  return { name, info: { name, config: {}, tasks: [] }, status: null };
}

async function awaitGone(
  connector: ListedConnector,
  client: DeleteClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<void> {
  const { name } = connector;
  const look = async () => {
    const [found, status] = await Promise.all([client.find(name), client.status(name)]);
    if (found !== undefined || status !== undefined) return 'the worker still knows it';
    const { facts } = await groups.read([connector]);
    const members = facts.get(name)?.summary?.members ?? 0;
    return members === 0 ? undefined : `${members} of its consumers are still in the group`;
  };
  const { seen, reached } = await pollUntil(look, (left) => left === undefined, options).catch((error: unknown) => {
    if (!(error instanceof SluiceError) || options.signal.aborted) throw error;
    throw new SluiceError(
      error.code,
      `the deletion of "${name}" was accepted; whether it is gone is not known: ${error.message}`,
      {
        hint: `Look again: sluice status ${name}`,
        cause: error,
        details: { ...error.details, name },
      },
    );
  });
  if (reached) return;
  throw new SluiceError('TIMED_OUT', `"${name}" was deleted, but after ${options.timeoutMs / 1000} s ${seen}`, {
    hint: `Look again: sluice status ${name}`,
    details: { name },
  });
}

function kept(connector: ListedConnector): string | null {
  switch (connectorType(connector)) {
    case 'sink':
      return `the offsets of its consumer group ${sinkGroup(connector.name, connector.info.config)}`;
    case 'source':
      return 'its source offsets';
    default:
      return 'its offsets';
  }
}
