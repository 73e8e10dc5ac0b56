import { describe, expect, it, vi } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import type { SourceReading } from '../../../src/monitor/source-reading.ts';
import { SourceWatch, type SourceWatchPorts } from '../../../src/serve/source-watch.ts';
import { sourceLog } from '../../helpers/snapshot.ts';

const listed = (name: string, config: Record<string, string>): ListedConnector =>
  ({ name, info: { name, config, type: 'source', tasks: [] }, status: null }) as unknown as ListedConnector;
const shop = listed('shop', {
  'connector.class': 'io.debezium.connector.mysql.MySqlConnector',
  'topic.prefix': 'shop',
  'heartbeat.interval.ms': '1000',
});
const reading = (end = '0/1'): SourceReading => ({ logs: [sourceLog({ end })], reason: null });
const away = () => new SluiceError('DATABASE_UNREACHABLE', 'away');

function watch(more: Partial<SourceWatchPorts> = {}) {
  let now = 0;
  const read = vi.fn(async () => new Map([['shop', reading()]]));
  const ports: SourceWatchPorts = {
    read,
    lastRecords: async () => new Map([['__debezium-heartbeat.shop', 500]]),
    schemas: async () => undefined,
    now: () => now,
    signal: new AbortController().signal,
    everyMs: 30_000,
    ...more,
  };
  const sources = new SourceWatch(ports);
  return {
    sources,
    read,
    async later(ms: number, connectors = [shop]) {
      now += ms;
      sources.latest(connectors);
      await sources.settled();
      return sources.latest(connectors);
    },
  };
}

describe('SourceWatch', () => {
  it('does not wait: the first answer knows nothing, and later ones what was read last', async () => {
    const { sources, later, read } = watch();
    expect(sources.latest([shop]).readings.size).toBe(0);
    await sources.settled();
    expect(sources.latest([shop]).readings.get('shop')).toEqual(reading());
    expect((await later(29_000)).heartbeats.get('shop')).toMatchObject({ everyMs: 1000, lastAt: 500 });
    expect(read).toHaveBeenCalledTimes(1);
    await later(1_000);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('does not ask again while it is still asking', async () => {
    let answer: (value: Map<string, SourceReading>) => void = () => {};
    const read = vi.fn(() => new Promise<Map<string, SourceReading>>((resolve) => (answer = resolve)));
    const { sources } = watch({ read, everyMs: 0 });
    sources.latest([shop]);
    sources.latest([shop]);
    expect(read).toHaveBeenCalledTimes(1);
    answer(new Map());
    await sources.settled();
    sources.latest([shop]);
    expect(read).toHaveBeenCalledTimes(2);
    answer(new Map());
  });

  it('never fails: what could not be read is a failure among the facts, each once', async () => {
    const log = sourceLog({ error: { code: 'DATABASE_UNREACHABLE', message: 'away' } });
    const schemas = vi.fn(async () => undefined);
    const { later } = watch({
      read: async () => new Map([['shop', { logs: [log, log], reason: null }]]),
      lastRecords: async () => Promise.reject(new SluiceError('KAFKA_UNREACHABLE', 'no broker')),
      schemas,
    });
    const { failures, heartbeats } = await later(0);
    expect(failures.map(({ code }) => code).sort()).toEqual(['DATABASE_UNREACHABLE', 'KAFKA_UNREACHABLE']);
    expect(heartbeats.size).toBe(0);
    // A database that does not answer is not asked for its tables.
    expect(schemas).not.toHaveBeenCalled();
    const broken = watch({
      read: async () => Promise.reject(new TypeError('a bug')),
      schemas: async () => Promise.reject(away()),
    });
    expect((await broken.later(0)).failures.map(({ code }) => code)).toEqual(['INTERNAL', 'DATABASE_UNREACHABLE']);
  });

  it('hands over what was seen of tables once, and reads on only after that', async () => {
    const observed = { by: 'catalog', at: 1, tables: [] } as const;
    const { sources, later, read } = watch({ schemas: async () => observed });
    await later(0);
    await later(60_000);
    expect(read).toHaveBeenCalledTimes(1);
    expect(sources.take()).toMatchObject([{ source: { name: 'shop' }, observed, connectors: [{ name: 'shop' }] }]);
    expect(sources.take()).toEqual([]);
    await later(0);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('notes since when the log moves without a heartbeat', async () => {
    let [end, beat] = ['a', 1];
    const { later } = watch({
      read: async () => new Map([['shop', reading(end)]]),
      lastRecords: async () => new Map([['__debezium-heartbeat.shop', beat]]),
    });
    const since = async () => {
      const beats = (await later(30_000)).heartbeats.get('shop');
      return beats === 'none' ? beats : beats?.unansweredSince;
    };
    expect(await since()).toBeNull();
    expect(await since()).toBeNull();
    end = 'b';
    expect(await since()).toBe(90_000);
    end = 'c';
    expect(await since()).toBe(90_000);
    beat = 2;
    expect(await since()).toBeNull();
    expect(await since()).toBeNull();
  });

  it('knows a source that writes no heartbeats', async () => {
    const { later } = watch();
    const quiet = listed('shop', { ...shop.info.config, 'heartbeat.interval.ms': '0' });
    expect((await later(0, [quiet])).heartbeats.get('shop')).toBe('none');
  });

  it('asks nothing of sinks and of sources whose log is not known', async () => {
    const { later, read } = watch();
    await later(0, [listed('file', { 'connector.class': 'FileStreamSource' })]);
    expect(read).toHaveBeenCalledWith([]);
  });
});
