import { expect, it } from 'vitest';
import { mayRead, sourcesOf } from '../../../src/topology/feeds.ts';

const source = { name: 'source', config: { 'topic.prefix': 'shop' } };
const lines = { name: 'lines', config: { topic: 'lines' } };
const all = [source, lines, { name: 'other-sink', config: { topics: 'shop.public.orders' } }];

it.each<[Record<string, string>, string[]]>([
  [{ topics: 'shop.public.orders' }, ['source']],
  [{ topics: ' lines , shop.public.orders' }, ['source', 'lines']],
  [{ 'topics.regex': 'shop\\.public\\..*' }, ['source']],
  [{ 'topics.regex': '.*' }, ['source', 'lines']],
  [{ 'topics.regex': 'lines' }, ['lines']],
  [{ topics: 'elsewhere' }, []],
  // MirrorMaker's topics are patterns, of another cluster.
  [{ 'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector', topics: 'shop.public.orders' }, []],
  // Not a sink: it reads nothing, whatever its prefix.
  [{ 'topic.prefix': 'shop' }, []],
])('%j reads topics of %j', (config, names) => {
  expect(sourcesOf({ name: 'sink', config }, all).map(({ name }) => name)).toEqual(names);
});

it.each<[Record<string, string>, string, boolean]>([
  [{ topics: 'orders, items' }, 'items', true],
  [{ topics: 'orders' }, 'items', false],
  [{ 'topics.regex': 'shop\\..*' }, 'shop.items', true],
  [{ 'topics.regex': 'shop\\..*' }, 'old.shop.items', false],
  // Unknown: what the worker fills in, and what JavaScript may read in another way than Java.
  [{ topics: '${file:/etc/topics:orders}' }, 'items', true],
  [{ 'topics.regex': '${env:TOPICS}' }, 'items', true],
  [{ 'topics.regex': '\\p{javaLowerCase}+' }, 'ITEMS', true],
  [{}, 'items', true],
])('%j may read %s: %s', (config, topic, expected) => {
  expect(mayRead(config)(topic)).toBe(expected);
});
