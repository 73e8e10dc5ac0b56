import { describe, expect, it } from 'vitest';
import { changeOffsets, type OffsetsPorts } from '../../../../src/operate/offsets/change.ts';
import type { OffsetsRequest } from '../../../../src/operate/offsets/plan-for.ts';
import type { KafkaPort } from '../../../../src/ports/kafka.ts';
import { fastClock } from '../../../helpers/fake-connect.ts';

/** A dry run for a sink of the topic `t`. */
async function preview(request: OffsetsRequest, config: Record<string, string> = {}) {
  const connector = {
    name: 'x',
    info: { name: 'x', config: { topics: 't', ...config }, tasks: [], type: 'sink' },
    status: { name: 'x', connector: { state: 'RUNNING', worker_id: 'w' }, tasks: [], type: 'sink' },
  };
  const partition = { kafka_topic: 't', kafka_partition: 0 };
  const kafka = {
    partitionCounts: async () => new Map([['t', 1]]),
    offsetsAt: async (_partitions: readonly unknown[], time: number) => [time === -1 ? 10 : 0],
  } as unknown as KafkaPort;
  const ports = {
    client: {
      require: async () => undefined,
      get: async () => connector,
      server: async () => ({ kafka_cluster_id: 'ours' }),
      offsets: async () => [{ partition, offset: { kafka_offset: 5 } }],
    },
    kafka: async () => kafka,
    journal: { assertNone: () => undefined },
    context: 'dev',
  } as unknown as OffsetsPorts;
  const options = {
    clock: fastClock(),
    signal: new AbortController().signal,
    wait: true,
    timeoutMs: 1000,
    dryRun: true,
  };
  return (await changeOffsets(['x'], request, ports, options)).results[0];
}

describe('offsets of a sink', () => {
  it('have a note on where a reset leads to', async () => {
    const notes = async (config: Record<string, string>) => (await preview({ verb: 'reset' }, config))?.notes;
    expect(await notes({})).toEqual([expect.stringContaining('unless auto.offset.reset of the worker says otherwise')]);
    expect(await notes({ 'consumer.override.auto.offset.reset': 'latest' })).toEqual([
      'a partition without an offset is read as consumer.override.auto.offset.reset says: latest',
    ]);
  });
});
