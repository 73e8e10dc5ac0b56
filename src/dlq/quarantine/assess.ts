import { connectorType } from '../../connect/connector.ts';
import type { ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { type Refusal, refusalOf } from '../../monitor/refusal.ts';
import { awaitStatus, describe, endOf } from '../../operate/state.ts';
import type { RecordTopic } from '../../ports/records.ts';
import { listItems } from '../../text/lists.ts';
import { own } from '../../text/own.ts';
import { secretValues } from '../../text/redact.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { connectorClass } from '../../topology/connector-class.ts';
import { takesTopic } from '../../topology/feeds.ts';
import { isCompacted } from '../replay.ts';
import { assertCanWriteKeys, NARROW_KEY, type NarrowedKey, narrowing } from './narrowing.ts';
import { nameOf } from './search.ts';
import { type JournalPorts, nextRecords } from './sink.ts';

const SERVERS = 'consumer.override.bootstrap.servers';

/** What is known of a sink before anything is changed. */
export interface Assessment {
  connector: ListedConnector;
  /** Why its tasks have failed; undefined for one that is paused or stopped. */
  refusal: Refusal | undefined;
  narrowed: NarrowedKey[];
  /** Partitions that it has not read to the end. */
  partitions: number;
  notes: string[];
}

type AssessPorts = Pick<JournalPorts, 'client' | 'kafka' | 'records' | 'options'>;

/**
 * Whether a sink may be stopped by a record; nothing is changed for that.
 * @throws CONNECT_UNSUPPORTED before Kafka 3.6; CONNECTOR_NOT_FOUND, REQUEST_INVALID, SINK_NOT_BLOCKED, CONNECTOR_FAILED for another cause
 */
export async function assess(name: string, queue: RecordTopic, ports: AssessPorts): Promise<Assessment> {
  const { client } = ports;
  await client.require('altering offsets');
  const found = await client.get(name);
  const { info } = found;
  const type = connectorType(found);
  if (type !== 'sink')
    throw new SluiceError('REQUEST_INVALID', `"${name}" is not a sink: it reads no topics`, {
      hint: `List the sinks: ${command('list', { type: 'sink' })}`,
    });
  const { config } = info;
  if (listItems(config['topics']).includes(queue.name) || takesTopic(config['topics.regex'], queue.name))
    throw new SluiceError(
      'REQUEST_INVALID',
      `"${name}" reads ${queue.name} itself, so it is no queue for its records`,
      {
        hint: 'Name another topic.',
      },
    );
  // Topics of Connect, and of sluice itself, are compacted, too.
  if (isCompacted(queue))
    throw new SluiceError(
      'REQUEST_INVALID',
      `${queue.name} is compacted, so it is no queue: a later record with the same key would replace a copy`,
      { hint: 'Name another topic, or set its cleanup.policy to delete.' },
    );
  const narrowed = narrowing(config);
  // What it has now would be taken for its former configuration and state.
  if (narrowed.length === 0)
    throw new SluiceError('OPERATION_UNFINISHED', `"${name}" has the configuration that a quarantine gives it`, {
      hint: `Another sluice may be at work on it, or was interrupted, perhaps on another machine. There: ${command(`dlq recover ${shellWord(name)}`)}\nIf none knows of it: ${command(`patch ${shellWord(name)}`, { unset: NARROW_KEY })}, and set tasks.max.`,
      details: { name },
    });
  const servers = own(config, SERVERS);
  if (servers !== undefined)
    throw new SluiceError(
      'REQUEST_INVALID',
      `"${name}" has ${SERVERS}=${servers}, so it may read another Kafka cluster than sluice would look at`,
      { hint: 'If it is that of the worker, remove the key.', details: { name } },
    );
  const connector = await afterTrying(found, ports);
  const { status } = connector;
  const refusal = refusalOf(status, secretValues(config));
  const state = status?.connector.state;
  if (refusal === undefined && state !== 'PAUSED' && state !== 'STOPPED')
    throw new SluiceError('SINK_NOT_BLOCKED', `no task of "${name}" has failed: ${describe(status ?? undefined)}`, {
      hint: `See: ${command(`status ${shellWord(name)}`)}`,
      details: { name },
    });
  if (refusal !== undefined) assertOfRecord(name, refusal);
  await assertCanWriteKeys(name, config, client);
  const nexts = await nextRecords(connector, ports);
  if (nexts.length === 0)
    throw new SluiceError('SINK_NOT_BLOCKED', `"${name}" has read its topics to the end`, {
      hint: `Retention may have deleted the record that it failed at. See: ${command(`status ${shellWord(name)}`)}`,
      details: { name },
    });
  const ofClass = config['connector.class'] ?? '';
  const deleted = nexts.flatMap(({ committed, earliest, ...one }) =>
    committed !== null && committed < earliest
      ? [`what was at ${committed} to ${earliest - 1} in ${nameOf(one)} is deleted, and the sink had not read it`]
      : [],
  );
  const buffers = connectorClass(ofClass).writesAtOnce
    ? []
    : [
        `it is not known whether ${ofClass} writes each record before it takes the next: if it collects them, the record that it fails at may be a later one than the first that it has not written`,
      ];
  return { connector, refusal, narrowed, partitions: nexts.length, notes: [...deleted, ...buffers] };
}

/**
 * A sink that was resumed a moment ago, by a run that only looked for example, has no failed task yet. If it has records to
 * read, it is given the time to fail.
 */
async function afterTrying(connector: ListedConnector, ports: AssessPorts): Promise<ListedConnector> {
  const { name, info, status } = connector;
  const state = status?.connector.state;
  if (state === 'PAUSED' || state === 'STOPPED' || refusalOf(status, secretValues(info.config)) !== undefined)
    return connector;
  if ((await nextRecords(connector, ports)).length === 0) return connector;
  await awaitStatus(ports.client, name, endOf, ports.options);
  return ports.client.get(name);
}

const NOT_OF_RECORD = {
  target: 'the target refuses every record, not a certain one',
  conversion: 'a converter or a transform fails, before the sink gets the record',
  other: 'it does not fail at writing a record',
};

/** @throws CONNECTOR_FAILED unless a record may be the cause */
export function assertOfRecord(name: string, { kind, cause, hint }: Refusal): void {
  if (kind === 'record' || kind === 'unclear') return;
  const queues = command(`patch ${shellWord(name)}`, { set: 'errors.tolerance=all' });
  throw new SluiceError(
    'CONNECTOR_FAILED',
    `"${name}" is not blocked by a refused record: ${NOT_OF_RECORD[kind]}: ${cause || 'the worker reports no trace'}`,
    {
      hint:
        kind === 'conversion'
          ? `With a dead letter queue and errors.tolerance=all, Connect queues such records itself: ${queues}`
          : (hint ?? `Fix the cause, then: ${command(`restart ${shellWord(name)}`, { failed: true })}`),
      details: { name, kind },
    },
  );
}
