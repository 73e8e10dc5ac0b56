import { describe, expect, it } from 'vitest';
import type { ConnectorConfig, ListedConnector } from '../../../src/connect/types.ts';
import { neighboursOf } from '../../../src/inspect/neighbours.ts';

function connector(name: string, type: 'source' | 'sink', config: ConnectorConfig): ListedConnector {
  return { name, info: { name, config, tasks: [], type }, status: null };
}

const shop = connector('shop', 'source', {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'shop',
});
const file = connector('file', 'source', { 'connector.class': 'FileStreamSource', topic: 'lines' });
const sink = (name: string, config: ConnectorConfig) =>
  connector(name, 'sink', { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', ...config });
const listed = sink('listed', { topics: 'shop.public.orders,other', 'collection.name.format': '${topic}' });
const regex = sink('regex', { 'topics.regex': 'shop\\.public\\..*' });
const lines = sink('lines', { topics: 'lines' });
const all = [shop, file, listed, regex, lines];
const TOPICS = ['shop.public.orders', 'shop.public.users', 'shop.secret.x', 'lines'];

const names = (own: ListedConnector, topics = TOPICS, used: string[] = []) =>
  neighboursOf(own, all, topics, used).map((one) => [one.connector, ...one.topics]);

describe('the neighbours of a connector', () => {
  it.each([
    ['a sink with a list', listed, [['shop', 'shop.public.orders']]],
    ['a sink with an expression', regex, [['shop', 'shop.public.orders', 'shop.public.users']]],
    ['a sink of a file', lines, [['file', 'lines']]],
    [
      'a source',
      shop,
      [
        ['listed', 'shop.public.orders'],
        ['regex', 'shop.public.orders', 'shop.public.users'],
      ],
    ],
    ['a source of a file', file, [['lines', 'lines']]],
  ])('%s', (_what, own, expected) => expect(names(own)).toEqual(expected));

  it('are found by configuration alone, without a topic', () => {
    expect(names(regex, [])).toEqual([['shop']]);
    expect(names(shop, [])).toEqual([
      ['listed', 'shop.public.orders'],
      // What one names, another may read.
      ['regex', 'shop.public.orders'],
    ]);
  });

  it('are found by topics that transforms of a source choose', () => {
    expect(names(shop, [], ['lines'])).toEqual([
      ['lines', 'lines'],
      ['listed', 'shop.public.orders'],
      ['regex', 'shop.public.orders'],
    ]);
  });

  it('do not exist for a connector of unknown type, and it is never its own', () => {
    const unknown = { ...shop, info: { ...shop.info, type: 'unknown' as const } };
    expect(neighboursOf(unknown, all, TOPICS, [])).toEqual([]);
    expect(neighboursOf(shop, [shop], TOPICS, [])).toEqual([]);
  });

  it('are found among many connectors and topics', () => {
    const many = Array.from({ length: 250 }, (_none, at) => [
      connector(`source-${at}`, 'source', { ...shop.info.config, 'topic.prefix': `p${at}` }),
      sink(`sink-${at}`, { 'topics.regex': `p${at}\\.public\\..*` }),
    ]).flat();
    const topics = many.flatMap((_one, at) => [`p${at}.public.a`, `p${at}.public.b`]);
    for (const one of many) {
      const [only, ...more] = neighboursOf(one, many, topics, []);
      expect([only?.connector.replace(/^\w+/, ''), only?.topics.length, more]).toEqual([
        one.name.replace(/^\w+/, ''),
        2,
        [],
      ]);
    }
  });

  it('come with the tables that the settings determine', () => {
    expect(neighboursOf(listed, all, TOPICS, [])[0]?.tables).toEqual([
      { topic: 'shop.public.orders', from: 'public.orders', to: 'shop_public_orders' },
    ]);
  });

  it('may have expressions that cannot be evaluated here', () => {
    const odd = sink('odd', { 'topics.regex': '(?<=x' });
    expect(neighboursOf(odd, [...all, odd], TOPICS, [])).toEqual([]);
  });
});
