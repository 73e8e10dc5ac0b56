import { offsetsByPartition } from '../../connect/offsets.ts';
import type { ErrorDocument } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import type { Count } from '../../text/numbers.ts';
import { sinkGroup } from '../../topology/consumer-groups.ts';
import { eachTarget, type OperateOptions } from '../targets.ts';
import { knownType, mismatches, type OffsetsBackup, type SavedOffsets, savedOffsets, writeBackup } from './backup.ts';
import { type OffsetsPorts, readLive } from './change.ts';
import { readFacts } from './facts.ts';
import type { OffsetChange } from './model.ts';
import { changesOf, differences, kafkaOffset, sinkPartition } from './plan.ts';
import { entryOf } from './plan-for.ts';

/** One partition of a connector. */
export interface ShownOffset extends Pick<OffsetChange, 'partition' | 'range'> {
  /** Null if none was committed. */
  offset: Record<string, unknown> | null;
  /** Records behind, for a sink; null if unknown. */
  lag: Count | null;
}

export interface ConnectorOffsets {
  name: string;
  type: 'sink' | 'source' | null;
  class: string | null;
  state: string | null;
  /** The consumer group of a sink. */
  group: string | null;
  offsets: ShownOffset[];
  error: ErrorDocument | null;
}

export interface OffsetsGetReport {
  context: string;
  connectors: ConnectorOffsets[];
  /** The exit code of the process. */
  exitCode: ExitCode;
}

/** The offsets of connectors; with Kafka, those of sinks with the range and the lag of every partition. */
export async function getOffsets(
  names: readonly string[],
  ports: OffsetsPorts,
  options: Pick<OperateOptions, 'signal' | 'undecided'>,
): Promise<OffsetsGetReport> {
  await ports.client.require('reading offsets');
  const { results, exitCode } = await eachTarget<ConnectorOffsets>(
    names,
    (name) => getOne(name, ports),
    (name, error) => ({ name, type: null, class: null, state: null, group: null, offsets: [], error }),
    options,
  );
  return { context: ports.context, connectors: results, exitCode };
}

async function getOne(name: string, ports: OffsetsPorts): Promise<ConnectorOffsets> {
  const { connector, offsets } = await readLive(await ports.client.get(name), ports);
  const { config } = connector.info;
  const type = knownType(connector);
  const kafka = type === 'sink' ? await ports.kafka() : undefined;
  const facts = kafka === undefined ? [] : await readFacts(config, offsets, kafka);
  const live = offsetsByPartition(offsets);
  const read = facts.map((fact) => ({ partition: sinkPartition(fact), offset: null }));
  const all = new Map([...read, ...live.values()].map((one) => [canonicalJson(one.partition), one]));
  const shown = changesOf([...all.values()], [], facts).map(({ partition, after, range }) => {
    const committed = kafkaOffset(after);
    const from = committed ?? (range === null ? undefined : BigInt(range.earliest));
    const lag = range === null || from === undefined ? null : Math.max(0, range.end - Number(from));
    return { partition, offset: after, range, lag };
  });
  return {
    name,
    type,
    class: config['connector.class'] ?? null,
    state: connector.status?.connector.state ?? null,
    group: type === 'sink' ? sinkGroup(name, config) : null,
    offsets: shown,
    error: null,
  };
}

/** Result of one connector: how many partitions were written. */
export interface OffsetsBackupResult {
  name: string;
  type: 'sink' | 'source' | null;
  partitions: Count | null;
  error: ErrorDocument | null;
}

export interface OffsetsBackupReport {
  context: string;
  /** Null if no connector could be read. */
  file: string | null;
  results: OffsetsBackupResult[];
  /** The exit code of the process. */
  exitCode: ExitCode;
}

/** Writes the offsets of connectors into one file. @throws FILE_UNWRITABLE if it exists, unless it may be replaced */
export async function backupOffsets(
  names: readonly string[],
  { file, replace }: { file: string; replace: boolean },
  ports: OffsetsPorts,
  options: Pick<OperateOptions, 'clock' | 'signal' | 'undecided'>,
): Promise<OffsetsBackupReport> {
  await ports.client.require('reading offsets');
  const saved = new Map<string, SavedOffsets>();
  const { results, exitCode } = await eachTarget<OffsetsBackupResult>(
    names,
    async (name) => {
      const { connector, offsets } = await readLive(await ports.client.get(name), ports);
      const entry = savedOffsets(connector, offsets);
      saved.set(name, entry);
      return { name, type: entry.type, partitions: entry.offsets.length, error: null };
    },
    (name, error) => ({ name, type: null, partitions: null, error }),
    options,
  );
  const { context } = ports;
  const connectors = results.flatMap(({ name }) => saved.get(name) ?? []);
  if (connectors.length === 0) return { context, file: null, results, exitCode };
  const cluster = (await ports.client.server()).kafka_cluster_id || null;
  const at = options.clock.now().toISOString();
  const backup: OffsetsBackup = { kind: 'sluice offsets backup', schemaVersion: 1, at, cluster, context, connectors };
  writeBackup(file, backup, { replace });
  return { context, file, results, exitCode };
}

/** How the live offsets of one connector differ from a backup: `before` is in the backup, `after` is live. */
export interface OffsetsDiffResult {
  name: string;
  differences: OffsetChange[];
  /** That it is another connector's backup, or another cluster's. */
  notes: string[];
  error: ErrorDocument | null;
}

export interface OffsetsDiffReport {
  context: string;
  /** When the backup was written: ISO 8601, UTC. */
  at: string;
  results: OffsetsDiffResult[];
  /** The exit code of the process. */
  exitCode: ExitCode;
}

/** Compares live offsets with those of a backup. */
export async function diffOffsets(
  names: readonly string[],
  backup: OffsetsBackup,
  ports: OffsetsPorts,
  options: Pick<OperateOptions, 'signal' | 'undecided'>,
): Promise<OffsetsDiffReport> {
  await ports.client.require('reading offsets');
  const { results, exitCode } = await eachTarget<OffsetsDiffResult>(
    names,
    async (name) => {
      const live = await readLive(await ports.client.get(name), ports);
      const saved = entryOf(backup, name);
      return {
        name,
        differences: differences(saved.offsets, live.offsets),
        notes: mismatches(saved, backup, live),
        error: null,
      };
    },
    (name, error) => ({ name, differences: [], notes: [], error }),
    options,
  );
  const differs = results.some((one) => one.differences.length > 0 || one.notes.length > 0);
  return {
    context: ports.context,
    at: backup.at,
    results,
    exitCode: exitCode === EXIT.ok && differs ? EXIT.negative : exitCode,
  };
}
