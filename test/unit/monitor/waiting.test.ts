import { describe, expect, it, vi } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { WaitingTimes } from '../../../src/monitor/waiting.ts';
import type { PartitionLag } from '../../../src/ports/kafka.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

function kafka(times: readonly number[]): MemoryKafka {
  const memory = new MemoryKafka();
  memory.create('t', 1);
  for (const timestamp of times) memory.add('t', { timestamp });
  return memory;
}

const lag = (committed: number | null, end: number, behind: number): PartitionLag => ({
  topic: 't',
  partition: 0,
  committed,
  end,
  lag: behind,
});

describe('WaitingTimes', () => {
  it('is the time of the next record to be read, not of the last', async () => {
    const times = await new WaitingTimes(kafka([10, 20, 30])).of([lag(1, 3, 2)]);
    expect([...times.values()]).toEqual([20]);
  });

  it('of what was never committed is that of the first record', async () => {
    expect([...(await new WaitingTimes(kafka([10, 20])).of([lag(null, 2, 2)])).values()]).toEqual([10]);
  });

  it('has none for what does not lag', async () => {
    expect((await new WaitingTimes(kafka([10])).of([lag(1, 1, 0)])).size).toBe(0);
  });

  it('asks once for a record, and again once the sink has moved', async () => {
    const memory = kafka([10, 20, 30]);
    const read = vi.spyOn(memory, 'read');
    const waiting = new WaitingTimes(memory);
    await waiting.of([lag(0, 3, 3)]);
    await waiting.of([lag(0, 3, 3)]);
    expect(read).toHaveBeenCalledTimes(1);
    expect([...(await waiting.of([lag(2, 3, 1)])).values()]).toEqual([30]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('does not know of a topic that is gone, or was created again, but of the others', async () => {
    const memory = kafka([10]);
    const gone = { ...lag(0, 1, 1), topic: 'gone' };
    const waiting = new WaitingTimes(memory);
    expect([...(await waiting.of([gone, lag(0, 1, 1)])).values()]).toEqual([10]);
    vi.spyOn(memory, 'read').mockImplementation(() => {
      throw new SluiceError('KAFKA_REJECTED', 'created again');
    });
    expect((await new WaitingTimes(memory).of([lag(0, 1, 1)])).size).toBe(0);
  });

  it('fails if no broker answers', async () => {
    const memory = kafka([10]);
    vi.spyOn(memory, 'topic').mockRejectedValue(new SluiceError('KAFKA_UNREACHABLE', 'away'));
    await expect(new WaitingTimes(memory).of([lag(0, 1, 1)])).rejects.toThrow('away');
  });
});
