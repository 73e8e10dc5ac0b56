import { expect, it } from 'vitest';
import { sourcesOf } from '../../../src/topology/feeds.ts';

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
