// node --import record-calls.ts …: writes the calls that a run makes to the worker and to Kafka into the file BENCH_CALLS names.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Calls } from './bare-calls.ts';

const calls: Calls = { rest: [], opensKafka: false, kafka: [] };

subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: ClientRequest };
  calls.rest.push(`${request.protocol}//${request.getHeader('host')}${request.path}`);
});
subscribe('plt:kafka:instances', (message) => {
  if ((message as { type: string }).type === 'admin') calls.opensKafka = true;
});
// Those of the library's own interface. What sluice asks below it, such as records, counts as sluice's time.
for (const kind of ['topics', 'groups', 'configs', 'consumerGroupOffsets', 'offsets', 'logDirs']) {
  subscribe(`tracing:plt:kafka:admin:${kind}:start`, (message) => {
    const { operation, options } = message as Calls['kafka'][number];
    calls.kafka.push({ operation, options });
  });
}
process.on('exit', () => {
  const text = JSON.stringify(calls, (_key, value) => (typeof value === 'bigint' ? { bigint: String(value) } : value));
  writeFileSync(process.env['BENCH_CALLS'] ?? '', text);
});
