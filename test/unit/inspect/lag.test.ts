import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { type LagPorts, readLag } from '../../../src/inspect/lag.ts';
import type { SourceMetrics } from '../../../src/metrics/model.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import type { SourceReading } from '../../../src/monitor/source-reading.ts';
import type { WaitingRecords } from '../../../src/monitor/waiting.ts';
import type { KafkaPort, PartitionLag } from '../../../src/ports/kafka.ts';
import { fastClock } from '../../helpers/fake-connect.ts';
import { sourceLog } from '../../helpers/snapshot.ts';

const NOW = 1_000_000;

function connector(name: string, type: 'source' | 'sink', config: Record<string, string>): ListedConnector {
  return {
    name,
    info: { name, type, config, tasks: [] },
    status: { name, type, connector: { state: 'RUNNING', worker_id: 'w' }, tasks: [] },
  };
}

const sink = connector('orders-sink', 'sink', { 'connector.class': 'x.Sink', topics: 'a' });
const source = connector('orders-source', 'source', {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'shop',
});
const partition = (number: number, lag: number): PartitionLag => ({
  topic: 'a',
  partition: number,
  committed: 10,
  end: 10 + lag,
  lag,
});
const streaming: SourceMetrics = {
  ...{ plugin: 'postgres', server: 'shop', connected: true, behindMs: 1200, sinceLastEventMs: 500 },
  ...{ queue: { used: 3, capacity: 8192 }, snapshot: null, events: null, erroneous: null, filtered: null },
};

function ports(given: {
  partitions?: PartitionLag[] | Error;
  waited?: (lag: PartitionLag) => number | undefined;
  sources?: SourceMetrics[] | SluiceError;
}): LagPorts {
  const { partitions, waited = () => undefined, sources } = given;
  const kafka = {
    describeGroups: async () => new Map(),
    lag: async (ids: string[]) => {
      if (partitions instanceof Error) throw partitions;
      const total = (partitions ?? []).reduce((sum, { lag }) => sum + lag, 0);
      return new Map(ids.map((group) => [group, { group, total, partitions: partitions ?? [] }]));
    },
  } as unknown as KafkaPort;
  const times = {
    of: async (all: PartitionLag[]) =>
      new Map(
        all.flatMap((one) => {
          const at = waited(one);
          return at === undefined || one.lag === 0 ? [] : [[one, { offset: one.end - one.lag, at }] as const];
        }),
      ),
  } as unknown as WaitingRecords;
  const metrics = sources instanceof SluiceError ? sources : { sources, tasks: [], worker: { rebalancing: null } };
  return {
    client: { listing: async () => ({ connectors: [source, sink], unreadable: [] }) } as never,
    groups: new GroupReader(partitions === undefined ? undefined : async () => kafka, async () => times),
    metrics: sources === undefined ? undefined : ({ read: async () => [{ url: 'u', metrics }] } as never),
    ...{ clock: fastClock(NOW), signal: new AbortController().signal, context: 'prod' },
  };
}

const all = { names: [], all: true };

describe('readLag', () => {
  it('says of each partition of a sink how long its next record has waited', async () => {
    const report = await readLag(
      all,
      ports({ partitions: [partition(1, 5), partition(0, 0)], waited: () => NOW - 4000, sources: [streaming] }),
    );
    expect(report.connectors).toMatchObject([
      {
        name: 'orders-sink',
        records: 5,
        behindMs: 4000,
        partitions: [
          { partition: 0, lag: 0, waitedMs: 0 },
          { partition: 1, lag: 5, waitedMs: 4000 },
        ],
        unknown: [],
      },
      {
        name: 'orders-source',
        behindMs: 1700,
        source: { connected: true, queue: { used: 3, capacity: 8192 } },
        unknown: [],
      },
    ]);
    expect(report.failures).toEqual([]);
  });

  it('knows no time if the record of one partition could not be read', async () => {
    const waited = (one: PartitionLag) => (one.partition === 0 ? NOW - 10 : undefined);
    const report = await readLag(all, ports({ partitions: [partition(0, 1), partition(1, 1)], waited }));
    expect(report.connectors[0]).toMatchObject({
      behindMs: null,
      records: 2,
      unknown: ['the next record of some partitions could not be read'],
    });
  });

  it.each<[string, Parameters<typeof ports>[0], (string | undefined)[], string[]]>([
    [
      'no Kafka, no metrics',
      {},
      ['the context has no kafka.bootstrapServers', 'the context names no metrics of its workers'],
      [],
    ],
    [
      'Kafka and metrics away',
      {
        partitions: new SluiceError('KAFKA_UNREACHABLE', 'no broker'),
        sources: new SluiceError('METRICS_UNREADABLE', 'no agent'),
      },
      ['no broker', 'no agent'],
      ['METRICS_UNREADABLE', 'KAFKA_UNREACHABLE'],
    ],
    [
      'a group without partitions, metrics of others',
      { partitions: [], sources: [{ ...streaming, server: 'other' }] },
      [
        'the group connect-orders-sink has no partitions yet',
        'no worker reports metrics of it, or several connectors have its topic.prefix',
      ],
      [],
    ],
    [
      'a source that stands still, not connected',
      { partitions: [], sources: [{ ...streaming, connected: false, sinceLastEventMs: 900_000 }] },
      ['the group connect-orders-sink has no partitions yet', 'the source is not connected to the log of its database'],
      [],
    ],
  ])('says why it is not known: %s', async (_what, given, reasons, codes) => {
    const report = await readLag(all, ports(given));
    expect(report.connectors.map(({ behindMs }) => behindMs)).toEqual([null, null]);
    expect(report.connectors.map(({ unknown }) => unknown[0])).toEqual(reasons);
    expect(report.failures.map(({ code }) => code)).toEqual(codes);
  });

  it.each<[string, SourceReading, number | null, string[]]>([
    [
      'bytes, but no time',
      { logs: [sourceLog({ behindBytes: 16 })], reason: null },
      null,
      ['the context names no metrics of its workers'],
    ],
    ['no time if nothing waits', { logs: [sourceLog({ behindBytes: 0 })], reason: null }, 0, []],
    [
      'why a database is not known',
      { logs: [], reason: 'no password' },
      null,
      ['the context names no metrics of its workers', 'no password'],
    ],
    [
      'why a position is not known',
      { logs: [sourceLog({ behindBytes: null, unknown: 'no offset' })], reason: null },
      null,
      ['the context names no metrics of its workers', 'no offset'],
    ],
  ])('says what the database of a source says: %s', async (_what, reading, behindMs, unknown) => {
    const databases = async () => new Map([['orders-source', reading]]);
    const { connectors } = await readLag(all, { ...ports({ partitions: [] }), databases });
    const found = connectors.find(({ name }) => name === 'orders-source');
    expect(found).toMatchObject({ behindMs, unknown, logs: reading.logs.length === 0 ? null : reading.logs });
  });
});
