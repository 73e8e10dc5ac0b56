import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import { pollUntil } from '../connect/poll.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError } from '../errors/error.ts';
import type { ExitCode } from '../errors/registry.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { nearest } from '../text/nearest.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import { eachTarget, type OperateOptions } from './targets.ts';

export interface DeleteResult {
  name: string;
  /** Null if it failed. */
  outcome: 'deleted' | 'would be deleted' | 'was not there' | null;
  /** What Connect and Kafka keep for it; null if nothing. */
  kept: string | null;
  error: ErrorDocument | null;
}

export interface DeleteReport {
  context: string;
  results: DeleteResult[];
  exitCode: ExitCode;
}

export type DeleteClient = Pick<ConnectClient, 'find' | 'status' | 'delete'>;

/** Which of the names to delete exist, and what to say about the others: before anybody is asked. */
export async function sortOut(
  names: readonly string[],
  client: Pick<ConnectClient, 'list'>,
): Promise<{ there: string[]; absent: string[] }> {
  const known = await client.list();
  const [there, others] = [names.filter((name) => known.includes(name)), names.filter((name) => !known.includes(name))];
  const absent = others.map((name) => {
    const near = nearest(name, known);
    return `there is no connector "${name}"${near === undefined ? '' : ` (did you mean ${near}?)`}`;
  });
  return { there, absent };
}

/**
 * Deletes connectors and waits until they are gone: no status left and, if the context has Kafka, no member in a sink's
 * group. A missing connector counts as done. Offsets are kept: a new connector with the same name resumes from them.
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
    options,
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
  // Someone else has deleted it in between.
  if (!(await client.delete(name))) return absent;
  if (options.wait) await awaitGone(connector, client, groups, options);
  return { name, outcome: 'deleted', kept: kept(connector), error: null };
}

/** A connector that exists but cannot be read, for example without its plugin: deleting it may be the way out. */
function hidden(name: string, error: unknown): ListedConnector {
  if (!(error instanceof SluiceError) || error.code !== 'CONNECT_REJECTED' || error.details?.['unaddressable'])
    throw error;
  return { name, info: { name, config: {}, tasks: [] }, status: null };
}

async function awaitGone(
  connector: ListedConnector,
  client: DeleteClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<void> {
  const { name } = connector;
  const sample = async (leftMs: number) => {
    const [found, status] = await Promise.all([client.find(name, leftMs), client.status(name, leftMs)]);
    if (found !== undefined || status !== undefined) return 'the worker still knows it';
    const { facts } = await groups.read([connector]);
    const members = facts.get(name)?.summary?.members ?? 0;
    return members === 0 ? undefined : `${members} of its consumers are still in the group`;
  };
  const { seen, reached } = await pollUntil(sample, (left) => left === undefined, options).catch((error: unknown) => {
    if (!(error instanceof SluiceError) || options.signal.aborted) throw error;
    throw new SluiceError(
      error.code,
      `the deletion of "${name}" was accepted; it is unknown whether it is gone: ${error.message}`,
      {
        hint: `Check again: ${command(`status ${shellWord(name)}`)}`,
        cause: error,
        details: { ...error.details, name },
      },
    );
  });
  if (reached) return;
  throw new SluiceError('TIMED_OUT', `"${name}" was deleted, but after ${options.timeoutMs / 1000} s ${seen}`, {
    hint: `Check again: ${command(`status ${shellWord(name)}`)}`,
    details: { name },
  });
}

function kept(connector: ListedConnector): string | null {
  switch (connectorType(connector)) {
    case 'sink':
      return `the offsets of its consumer group ${sinkGroup(connector.name, connector.info.config)}, if it has any`;
    case 'source':
      return 'its source offsets';
    default:
      return 'its offsets';
  }
}
