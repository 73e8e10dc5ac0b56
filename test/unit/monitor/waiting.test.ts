import { describe, expect, it, vi } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { longestWait, WaitingRecords, waitedMs } from '../../../src/monitor/waiting.ts';
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

/** Times of the next records; what is not known is left out. */
const timesOf = async (waiting: WaitingRecords, ...partitions: PartitionLag[]) =>
  [...(await waiting.of(partitions)).values()].map((found) => (found === 'none' ? found : found.at));

describe('WaitingRecords', () => {
  it('is the time of the next record to be read, not of the last', async () => {
    expect(await timesOf(new WaitingRecords(kafka([10, 20, 30])), lag(1, 3, 2))).toEqual([20]);
  });

  it('of what was never committed is that of the first record', async () => {
    expect(await timesOf(new WaitingRecords(kafka([10, 20])), lag(null, 2, 2))).toEqual([10]);
  });

  it('has none for what does not lag', async () => {
    expect((await new WaitingRecords(kafka([10])).of([lag(1, 1, 0)])).size).toBe(0);
  });

  it('asks once for a record, and again once the sink has moved', async () => {
    const memory = kafka([10, 20, 30]);
    const read = vi.spyOn(memory, 'read');
    const waiting = new WaitingRecords(memory);
    await waiting.of([lag(0, 3, 3)]);
    await waiting.of([lag(0, 3, 3)]);
    expect(read).toHaveBeenCalledTimes(1);
    expect(await timesOf(waiting, lag(2, 3, 1))).toEqual([30]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('does not know of a topic that is gone, or was created again, but of the others', async () => {
    const memory = kafka([10]);
    const gone = { ...lag(0, 1, 1), topic: 'gone' };
    const waiting = new WaitingRecords(memory);
    expect(await timesOf(waiting, gone, lag(0, 1, 1))).toEqual([10]);
    vi.spyOn(memory, 'read').mockImplementation(() => {
      throw new SluiceError('KAFKA_REJECTED', 'created again');
    });
    expect((await new WaitingRecords(memory).of([lag(0, 1, 1)])).size).toBe(0);
  });

  it('tells two sinks of one partition apart', async () => {
    const times = await timesOf(new WaitingRecords(kafka([10, 20, 30])), lag(0, 3, 3), lag(2, 3, 1));
    expect(times).toEqual([10, 30]);
  });

  it('asks again for a record that could not be read', async () => {
    const memory = kafka([10]);
    const waiting = new WaitingRecords(memory);
    vi.spyOn(memory, 'read').mockImplementationOnce(() => {
      throw new SluiceError('KAFKA_REJECTED', 'slow');
    });
    expect(await timesOf(waiting, lag(0, 1, 1))).toEqual([]);
    expect(await timesOf(waiting, lag(0, 1, 1))).toEqual([10]);
  });

  it('finds nothing behind the last record but markers, until another record comes', async () => {
    const memory = kafka([10]);
    memory.mark('t');
    const waiting = new WaitingRecords(memory);
    const read = vi.spyOn(memory, 'read');
    expect(await timesOf(waiting, lag(1, 2, 1))).toEqual(['none']);
    expect(await timesOf(waiting, lag(1, 2, 1))).toEqual(['none']);
    expect(read).toHaveBeenCalledTimes(1);
    memory.add('t', { timestamp: 20 });
    expect(await timesOf(waiting, lag(1, 3, 2))).toEqual([20]);
  });

  it('counts aborted records for a sink that reads them, and not for one that does not', async () => {
    const memory = kafka([10]);
    const aborted = await memory.transactions('x');
    const record = { topic: 't', key: null, value: null, headers: [], timestamp: 20 };
    await aborted.write([record]);
    const waiting = new WaitingRecords(memory);
    const committedOnly = async () => [...(await waiting.of([lag(1, 2, 1)], () => true)).values()];
    // Open: it may become readable.
    expect(await committedOnly()).toEqual([{ offset: 1, at: 20 }]);
    expect(await timesOf(new WaitingRecords(memory), lag(1, 2, 1))).toEqual([20]);
    await aborted.abort();
    expect([...(await new WaitingRecords(memory).of([lag(1, 2, 1)], () => true)).values()]).toEqual(['none']);
    expect(await timesOf(new WaitingRecords(memory), lag(1, 2, 1))).toEqual([20]);
  });

  it('fails if no broker answers', async () => {
    const memory = kafka([10]);
    vi.spyOn(memory, 'topic').mockRejectedValue(new SluiceError('KAFKA_UNREACHABLE', 'away'));
    await expect(new WaitingRecords(memory).of([lag(0, 1, 1)])).rejects.toThrow('away');
  });
});

describe('waitedMs', () => {
  const NOW = 1_000_000;
  const since = (at: number | null): PartitionLag => ({ ...lag(0, 1, 1), next: { offset: 0, at } });

  it('is 0 if nothing waits, and unknown if the record was not read, has no time, or one in the future', () => {
    expect([
      waitedMs(lag(1, 1, 0), NOW),
      waitedMs(lag(0, 1, 1), NOW),
      waitedMs(since(null), NOW),
      waitedMs(since(NOW + 3_600_000), NOW),
    ]).toEqual([0, null, null, null]);
  });

  it('allows for the clock of a producer that is a little ahead', () => {
    expect([waitedMs(since(NOW - 5), NOW), waitedMs(since(NOW + 5000), NOW)]).toEqual([5, 0]);
  });

  it('of several is the longest, and unknown if one of them is', () => {
    expect(longestWait([since(NOW - 5), since(NOW - 9), lag(1, 1, 0)], NOW)).toBe(9);
    expect(longestWait([since(NOW - 5), since(null)], NOW)).toBeNull();
    expect(longestWait([], NOW)).toBeNull();
  });
});
