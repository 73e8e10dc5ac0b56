import { kafkaMissing, NO_KAFKA } from '../../config/without-kafka.ts';
import type { ConnectorConfig, ConnectorOffset, ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import type { KafkaPort } from '../../ports/kafka.ts';
import { firstNames } from '../../text/lists.ts';
import { nearest } from '../../text/nearest.ts';
import { setting } from '../../text/settings.ts';
import { knownType, mismatches, type OffsetsBackup, type SavedOffsets } from './backup.ts';
import { readFacts } from './facts.ts';
import type { PartitionFacts, SinkRequest } from './model.ts';
import {
  changesOf,
  firstProblems,
  isChange,
  outOfRange,
  planExactly,
  planSink,
  planSinkReset,
  planSource,
  resetAll,
  type Wanted,
} from './plan.ts';

const RANGES = 'the ranges of the topics are read from Kafka';

export type OffsetsRequest =
  | {
      verb: 'set';
      sink?: SinkRequest | undefined;
      source?: readonly ConnectorOffset[] | undefined;
      /** Allows partitions that a source has no offset of. */
      add: boolean;
    }
  | {
      verb: 'reset';
      sink?: SinkRequest | undefined;
      /** With null as the offset of each. */
      source?: readonly ConnectorOffset[] | undefined;
    }
  | {
      verb: 'restore';
      backup: OffsetsBackup;
      /** The connector in the backup, if it has another name. */
      of?: string | undefined;
      /** Restore although it is another connector's or another cluster's backup. */
      force: boolean;
    };

/** What a request comes to for one connector. */
export interface Planned {
  wanted: Wanted;
  facts: PartitionFacts[];
  /** For people. */
  notes: string[];
}

/** The connector as it is now. */
export interface Live {
  connector: ListedConnector;
  offsets: readonly ConnectorOffset[];
  /** Id of the Kafka cluster; null if the worker does not report it. */
  cluster: string | null;
  context: string;
}

/** @throws REQUEST_INVALID, BACKUP_MISMATCHED, or what Kafka says */
export async function planFor(request: OffsetsRequest, live: Live, kafka: KafkaPort | undefined): Promise<Planned> {
  const { connector, offsets } = live;
  const type = knownType(connector);
  if (request.verb === 'restore') return planRestore(request, live, kafka);
  const { sink, source } = request;
  if (type === 'source') {
    if (sink !== undefined) throw wrongKind(connector.name, 'source');
    if (request.verb === 'set') return only(planSource(source ?? [], offsets, request.add));
    return only(source === undefined ? resetAll(offsets) : planSource(source, offsets, false));
  }
  if (source !== undefined) throw wrongKind(connector.name, 'sink');
  const chosen = sink ?? { topics: [], partitions: [] };
  if (request.verb === 'reset')
    return { ...only(planSinkReset(chosen, offsets)), notes: [afterReset(connector.info.config)] };
  if (kafka === undefined) throw kafkaMissing(live.context, RANGES);
  const facts = await readFacts(connector.info.config, offsets, kafka, chosen);
  return { wanted: planSink(chosen, offsets, facts), facts, notes: [] };
}

/** Where a sink goes on without an offset, for people. */
function afterReset(config: ConnectorConfig): string {
  const own = config[RESET]?.trim();
  return own === undefined
    ? 'a partition without an offset is read from its earliest record, unless auto.offset.reset of the worker says otherwise'
    : `a partition without an offset is read as ${RESET} says: ${own}`;
}

const RESET = 'consumer.override.auto.offset.reset';

const only = (wanted: Wanted): Planned => ({ wanted, facts: [], notes: [] });

async function planRestore(
  { backup, of, force }: Extract<OffsetsRequest, { verb: 'restore' }>,
  live: Live,
  kafka: KafkaPort | undefined,
): Promise<Planned> {
  const { connector, offsets, context } = live;
  const saved = entryOf(backup, of ?? connector.name);
  const differs = mismatches(saved, backup, live);
  if (differs.length > 0 && !force) {
    throw new SluiceError(
      'BACKUP_MISMATCHED',
      `this is not a backup of "${connector.name}" here: ${differs.join('; ')}`,
      {
        hint: `To restore it all the same, pass ${setting('force')}.`,
        details: { name: connector.name, differs },
      },
    );
  }
  const wanted = planExactly(saved.offsets, offsets);
  if (saved.type === 'source') return { wanted, facts: [], notes: differs };
  if (kafka === undefined) {
    if (!force) throw kafkaMissing(context, RANGES);
    return {
      wanted,
      facts: [],
      notes: [...differs, `the offsets were not compared with the ranges of the topics: ${NO_KAFKA}`],
    };
  }
  const facts = await readFacts(connector.info.config, saved.offsets, kafka);
  // What is so already is no reason to refuse: the group may have offsets of topics that the sink once read.
  const changed = changesOf(wanted, offsets).filter(isChange);
  const problems = outOfRange(
    changed.map(({ partition, after }) => ({ partition, offset: after })),
    facts,
  );
  if (problems.length > 0) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `the backup does not fit the topics any more: ${firstProblems(problems)}`,
      {
        hint: 'Set the offsets of these partitions yourself: sluice offsets set',
        details: { problems },
      },
    );
  }
  return { wanted, facts, notes: differs };
}

/** @throws BACKUP_MISMATCHED with the nearest name */
export function entryOf(backup: OffsetsBackup, name: string): SavedOffsets {
  const found = backup.connectors.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = backup.connectors.map((one) => one.name);
  const near = nearest(name, names);
  throw new SluiceError('BACKUP_MISMATCHED', `the backup has no connector "${name}"`, {
    hint:
      near === undefined ? `It has ${names.length === 0 ? 'none' : firstNames(names, 5)}.` : `Did you mean ${near}?`,
    details: { name },
  });
}

function wrongKind(name: string, type: 'sink' | 'source'): SluiceError {
  return type === 'sink'
    ? new SluiceError('REQUEST_INVALID', `"${name}" is a sink: its offsets are those of topics`, {
        hint: `Choose them with ${setting('topic')} and ${setting('partition')}, and say where to, for example with ${setting('toEarliest')}.`,
      })
    : new SluiceError(
        'REQUEST_INVALID',
        `"${name}" is a source: its offsets are documents of its own, not offsets of topics`,
        {
          hint: `Show them with sluice offsets get, and give ${setting('sourcePartition')} and ${setting('sourceOffset')}, or ${setting('sourceFile')}.`,
        },
      );
}
