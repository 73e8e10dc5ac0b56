import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { describeView } from '../../../src/cli/views/describe.ts';
import type { ConfigKey, ListedConnector, Listing, PluginInfo } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { type DescribeOptions, describeConnectors } from '../../../src/inspect/describe.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import type { KafkaPort } from '../../../src/ports/kafka.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import { parseExact } from '../../../src/text/exact-json.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const SECRET = 'hunter22-of-the-database';
const OWN = 'x.OwnSinkConnector';

function connector(name: string, config: Record<string, string>, trace?: string): ListedConnector {
  const failed = trace === undefined ? { state: 'RUNNING' as const } : { state: 'FAILED' as const, trace };
  const type = name.endsWith('source') ? 'source' : 'sink';
  return {
    name,
    info: { name, config: { name, ...config }, tasks: [{ connector: name, task: 0 }], type },
    status: {
      name,
      type,
      connector: { state: 'RUNNING', worker_id: 'w:1' },
      tasks: [{ id: 0, worker_id: 'w:1', ...failed }],
    },
  };
}

const refuse =
  (code: 'CONNECT_UNSUPPORTED' | 'CONNECT_REJECTED' | 'CONNECT_UNAUTHORIZED' | 'KAFKA_UNREACHABLE') => async () => {
    throw new SluiceError(code, `it says ${code} about ${SECRET}`);
  };

function options(
  connectors: ListedConnector[],
  more: Partial<DescribeOptions['client']> = {},
  kafka?: Partial<KafkaPort>,
) {
  const calls: string[] = [];
  const count =
    <A extends unknown[], T>(name: string, call: (...args: A) => T) =>
    (...args: A) => {
      calls.push(`${name} ${args.filter((one) => typeof one === 'string').join(' ')}`.trim());
      return call(...args);
    };
  const listing: Listing = { connectors, unreadable: [] };
  const client = {
    listing: async () => listing,
    get: async (name: string): Promise<ListedConnector> => {
      throw new SluiceError('CONNECTOR_NOT_FOUND', `there is no connector "${name}"`);
    },
    find: async (name: string) => connectors.find((one) => one.name === name),
    topicsInUse: async (): Promise<string[] | undefined> => ['orders'],
    offsets: async () => [
      { partition: { file: 'in' }, offset: parseExact('{"lsn":9223372036854775807,"password":"geheim"}') as object },
    ],
    plugins: async (): Promise<PluginInfo[]> => [{ class: OWN, type: 'sink', version: '1' }],
    pluginDefinition: async (): Promise<ConfigKey[]> => [],
    supports: async () => true,
    server: async () => ({ version: '4.3.1', commit: '', kafka_cluster_id: 'k' }),
    ...more,
  };
  const port = {
    topics: async () => ['orders'],
    partitionCounts: async (names: readonly string[]) => new Map(names.map((name) => [name, 2])),
    // The last record is one of an open transaction.
    offsetsAt: async (partitions: readonly unknown[], at: number, committed = false) =>
      partitions.map(() => (at === -2 ? 7 : committed ? 9 : 10)),
    describeGroups: async (ids: readonly string[]) =>
      new Map(ids.map((id) => [id, { id, state: 'Stable', members: 1, working: 1 }])),
    lag: async (ids: readonly string[]) =>
      new Map(
        ids.map((id) => [
          id,
          { group: id, total: 0, partitions: [{ topic: 'orders', partition: 0, committed: 5, end: 5, lag: 0 }] },
        ]),
      ),
    close: async () => {},
    ...kafka,
  } as KafkaPort;
  const given: DescribeOptions = {
    client: Object.fromEntries(
      Object.entries(client).map(([name, call]) => [name, count(name, call as (...args: unknown[]) => unknown)]),
    ) as unknown as DescribeOptions['client'],
    groups: new GroupReader(kafka === undefined ? undefined : async () => port),
    kafka: kafka === undefined ? undefined : async () => port,
    topics: undefined,
    inspection: undefined,
    clock: fastClock(),
    signal: new AbortController().signal,
    context: 'x',
    selection: { names: [], all: true },
    store: new SchemaStore(),
  };
  return { given, calls };
}

const sink = connector('orders-sink', {
  'connector.class': OWN,
  topics: 'orders',
  'errors.deadletterqueue.topic.name': 'dead',
  'own.password': SECRET,
});

describe('describe', () => {
  it('reads one listing, then little for each connector, however many there are', async () => {
    const many = Array.from({ length: 500 }, (_none, at) =>
      connector(`c${at}-sink`, { 'connector.class': OWN, topics: 't' }),
    );
    const { given, calls } = options(many, {}, {});
    const { connectors } = await describeConnectors(given);
    expect(connectors).toHaveLength(500);
    const counts = Map.groupBy(calls, (call) => call.split(' ')[0]);
    expect(Object.fromEntries([...counts].map(([name, { length }]) => [name, length]))).toEqual({
      listing: 1,
      supports: 1,
      plugins: 1,
      pluginDefinition: 1,
      topicsInUse: 500,
    });
  });

  it('has lag, group, dead letters and neighbours', async () => {
    const source = connector('file-source', { 'connector.class': 'FileStreamSource', topic: 'orders' });
    const { connectors } = await describeConnectors(options([sink, source], {}, {}).given);
    expect(connectors).toMatchObject([
      {
        name: 'orders-sink',
        status: { health: 'healthy', group: { id: 'connect-orders-sink', state: 'Stable' } },
        definition: { class: OWN, version: '1', from: 'worker' },
        partitions: [{ topic: 'orders', partition: 0, committed: 5, end: 5, lag: 0 }],
        deadLetters: { topic: 'dead', records: 4 },
        fedBy: [{ connector: 'file-source', topics: ['orders'] }],
        feeds: [],
        offsets: null,
      },
      {
        name: 'file-source',
        definition: { from: 'package' },
        feeds: [{ connector: 'orders-sink', topics: ['orders'] }],
        offsets: [{ partition: '{"file":"in"}', offset: '{"lsn":9223372036854775807,"password":"********"}' }],
        deadLetters: null,
        partitions: null,
      },
    ]);
  });

  it('knows the keys of the framework, also if the worker does not repeat them for a plugin', async () => {
    const { connectors } = await describeConnectors(options([sink]).given);
    const kinds = Object.fromEntries(connectors[0]?.config.map(({ key, kind }) => [key, kind]) ?? []);
    expect(kinds).toEqual({
      'connector.class': 'set',
      topics: 'set',
      'errors.deadletterqueue.topic.name': 'set',
      'own.password': 'unused',
    });
  });

  it.each<[why: string, given: Parameters<typeof options>, unread: object[], exit: number]>([
    [
      'without Kafka',
      [[sink]],
      [
        { what: 'details of topics', error: null },
        { what: 'lag and dead letters', error: null },
      ],
      0,
    ],
    [
      'from an old worker',
      [[sink], { supports: async () => false, topicsInUse: refuse('CONNECT_UNSUPPORTED') }],
      [
        { what: 'definitions of plugins', error: null },
        { what: 'topics in use', error: null },
        { what: 'lag and dead letters' },
      ],
      0,
    ],
    [
      'from a worker that does not track topics',
      [[sink], { topicsInUse: async () => undefined }],
      [
        { what: 'topics in use', reason: expect.stringContaining('topic.tracking.enable'), error: null },
        { what: 'lag and dead letters' },
      ],
      0,
    ],
    [
      'from a worker that refuses parts',
      [[sink], { pluginDefinition: refuse('CONNECT_REJECTED'), topicsInUse: refuse('CONNECT_UNAUTHORIZED') }, {}],
      [
        { what: `the definition of ${OWN}`, error: { code: 'CONNECT_REJECTED' } },
        { what: 'topics in use', error: { code: 'CONNECT_UNAUTHORIZED' } },
      ],
      14,
    ],
    [
      'from a worker that lists no plugins',
      [[sink], { plugins: refuse('CONNECT_REJECTED') }, {}],
      [{ what: 'definitions of plugins', error: { code: 'CONNECT_REJECTED' } }, { what: 'details of topics' }],
      14,
    ],
    [
      'with a Kafka that is away',
      [[sink], {}, { topics: refuse('KAFKA_UNREACHABLE'), describeGroups: refuse('KAFKA_UNREACHABLE') }],
      [{ what: 'details of topics' }, { what: 'lag and dead letters', error: { code: 'KAFKA_UNREACHABLE' } }],
      14,
    ],
  ])('shows the rest %s, without a secret', async (_why, given, unread, exit) => {
    const report = await describeConnectors(options(...given).given);
    expect(report.connectors[0]).toMatchObject({ name: 'orders-sink', unread });
    expect(report.connectors[0]?.config).toHaveLength(4);
    expect(describeView.exitCode?.(report)).toBe(exit);
    const shown = describeView.table(report, plainStyle);
    for (const { what } of report.connectors[0]?.unread ?? []) expect(shown).toContain(`Not read: ${what}`);
    expect(JSON.stringify(report) + shown).not.toContain(SECRET);
  });

  it('shows the cause first, and the whole trace only where it is asked for, without a secret', async () => {
    const failed = connector(
      'broken-sink',
      { 'connector.class': OWN, topics: 't', odd: `jdbc:x://u:${SECRET}@h/d` },
      `org.apache.kafka.connect.errors.ConnectException: Exiting\n\tat a.b(C.java:1)\nCaused by: java.sql.SQLException: no ${SECRET}\n\tat d.e(F.java:2)`,
    );
    const report = await describeConnectors(options([failed]).given);
    expect(report.connectors[0]?.status).toMatchObject({
      health: 'failed',
      taskList: [{ cause: 'SQLException: no ********' }],
    });
    const shown = describeView.table(report, plainStyle);
    expect(shown).toContain('SQLException: no ********');
    expect(shown).not.toContain('C.java');
    const { tracesView } = await import('../../../src/cli/views/describe.ts');
    expect(tracesView.table(report, plainStyle)).toContain('C.java:1');
    expect(JSON.stringify(report)).not.toContain(SECRET);
  });

  it('masks a secret in a value of another key, too', async () => {
    const odd = connector('odd-sink', {
      'connector.class': OWN,
      topics: 't',
      'own.password': SECRET,
      note: `see ${SECRET}.`,
    });
    const report = await describeConnectors(options([odd]).given);
    expect(report.connectors[0]?.config.find(({ key }) => key === 'note')?.value).toBe('see ********.');
  });

  it('names a connector that does not exist beside one that does', async () => {
    const { given } = options([sink]);
    const report = await describeConnectors({ ...given, selection: { names: ['orders-sink', 'nosuch'] } });
    expect(report.connectors).toHaveLength(1);
    expect(report.unreadable).toMatchObject([{ name: 'nosuch', error: { code: 'CONNECTOR_NOT_FOUND' } }]);
    expect(describeView.exitCode?.(report)).toBe(14);
    await expect(describeConnectors({ ...given, selection: { names: ['nosuch'] } })).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
    });
  });
});
