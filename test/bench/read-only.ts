/** Counts the records of a topic: what it takes to read them, without doing anything else. */
import { openRecords } from '../../src/kafka/records.ts';
import { limitSemiSpaceGrowth } from '../../src/ports/memory.ts';

const [bootstrapServers = '', name = ''] = process.argv.slice(2);
limitSemiSpaceGrowth();
await using kafka = await openRecords({ bootstrapServers });
const topic = await kafka.topic(name);
if (topic === undefined) throw new Error(`no topic ${name}`);
let count = 0;
for (const { partition, start, end } of await kafka.bounds(topic))
  for await (const { records } of kafka.read(topic, { partition, from: start, to: end })) count += records.length;
console.log(count);
