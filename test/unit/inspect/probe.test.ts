import { describe, expect, it } from 'vitest';
import { type ProbePorts, planProbe } from '../../../src/inspect/probe.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const SOURCE = {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'shop',
  'database.hostname': '127.0.0.1',
};
const SINK = { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', 'topics.regex': 'shop\\..*' };

function ports(connectors: Record<string, Record<string, string>>, topics: string[]): ProbePorts {
  const listed = Object.entries(connectors).map(([name, config]) => ({ name, info: { name, config } }));
  return {
    client: {
      listExpanded: async () => listed,
      get: async (name: string) => listed.find((one) => one.name === name),
      topics: async () => topics,
    } as never,
    ...{ kafka: undefined, records: undefined, targets: {} as never },
    ...{ clock: fastClock(), signal: new AbortController().signal, logger: { debug() {}, warn() {} } },
  };
}

// What needs a database is tested on the sandbox.
describe('planProbe', () => {
  it.each<[string, string, Record<string, Record<string, string>>, string[], string]>([
    ['a source', 'source', { source: SOURCE }, [], 'source is not a JDBC sink'],
    [
      'a sink of another kind',
      'sink',
      { sink: { 'connector.class': 'x.FileStreamSinkConnector' } },
      [],
      'sink is not a JDBC sink',
    ],
    ['a sink without a source', 'sink', { sink: SINK }, ['shop.public.a'], 'no Debezium source feeds sink'],
    [
      'a sink of two sources',
      'sink',
      { sink: { ...SINK, 'topics.regex': '.*' }, a: SOURCE, b: { ...SOURCE, 'topic.prefix': 'other' } },
      ['shop.public.a', 'other.public.b'],
      'sink is fed by several sources: b, a',
    ],
    [
      'a source whose password only the worker knows',
      'sink',
      { sink: SINK, a: { ...SOURCE, 'database.password': '${file:/x:p}' } },
      ['shop.public.a'],
      'the configuration of a does not say how to reach its database',
    ],
  ])('refuses %s', async (_what, sink, connectors, topics, said) => {
    const request = { sink, table: 'public.sluice_marker', timeoutMs: 1000 };
    await expect(planProbe(request, ports(connectors, topics))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(said),
    });
  });
});
