import { describe, expect, it } from 'vitest';
import { type LoggerClient, raisedTexts, type SetPorts, setLevel } from '../../../src/operate/loggers.ts';
import type { RaisedLogger, RaisedLoggers } from '../../../src/store/raised-loggers.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

it.each([
  ['io.debezium.*', 'sluice loggers set io.debezium DEBUG'],
  ['io.debezium.con*.X', 'sluice loggers set io.debezium DEBUG'],
  ['*', 'sluice loggers set root DEBUG'],
])('a level is not set for %s, which a worker takes for a name', async (logger, instead) => {
  const request = { logger, level: 'DEBUG', scope: 'worker' } as const;
  await expect(setLevel(request, {} as SetPorts)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    hint: expect.stringContaining(instead),
  });
});

it('a restored level was what the killed run had made of it', async () => {
  const left = { id: 7, logger: 'a', level: 'DEBUG', former: [['a', 'INFO']], kafkaClusterId: 'k' };
  const levels: Record<string, string> = { a: 'DEBUG' };
  const client = {
    urls: ['http://w'],
    require: async () => undefined,
    server: async () => ({ kafka_cluster_id: 'k' }),
    loggers: async () => ({ root: { level: 'INFO' } }),
    logger: async (name: string) => ({ level: levels[name] }),
    setLogger: async (name: string, level: string) => {
      levels[name] = level;
    },
  };
  const dead = { ...left, pid: 1, who: 'u@m', until: '2026-11-30T12:00:00Z' };
  const warnings: string[] = [];
  const ports = {
    ...{ context: 'dev', client, raised: { list: () => [dead], remove: () => undefined } },
    logger: { warn: (text: string) => warnings.push(text) },
    ...{ clock: fastClock(Date.parse('2026-11-30T13:00:00Z')), signal: new AbortController().signal },
  } as unknown as SetPorts;
  expect(await setLevel({ logger: 'a', level: 'INFO', scope: 'worker' }, ports)).toMatchObject({
    ...{ former: 'DEBUG', level: 'INFO', undo: null },
  });
  expect(levels).toEqual({ a: 'INFO' });
  expect(warnings).toEqual(['the worker has used neither a logger a nor one below it so far.']);
});

it.each([
  [
    'io.debeziun',
    ['the worker has used neither a logger io.debeziun nor one below it so far. Did you mean io.debezium?'],
  ],
  ['io.debezium', []],
  ['io', []],
  ['root', []],
])('a level of %s may be of a logger that the worker has not used', async (logger, expected) => {
  const warnings: string[] = [];
  let level = 'INFO';
  const client = {
    urls: ['http://w'],
    require: async () => undefined,
    server: async () => ({}),
    loggers: async () => ({ root: { level: 'INFO' }, 'io.debezium': { level: 'INFO' } }),
    logger: async () => ({ level }),
    setLogger: async (_name: string, wanted: string) => {
      level = wanted;
    },
  };
  const ports = {
    ...{ context: 'dev', client, raised: { list: () => [] }, logger: { warn: (text: string) => warnings.push(text) } },
    ...{ clock: fastClock(0), signal: new AbortController().signal },
  } as unknown as SetPorts;
  await setLevel({ logger, level: 'DEBUG', scope: 'worker' }, ports);
  expect([level, warnings]).toEqual(['DEBUG', expected]);
});

describe('a level that a killed run has raised', () => {
  const text = async (former: RaisedLogger['former'], level = 'DEBUG') => {
    const removed: number[] = [];
    const one = { id: 7, logger: 'a', level, former, scope: 'worker', urls: ['http://w'], kafkaClusterId: 'k' };
    const raised = {
      list: () => [{ ...one, pid: 1, who: 'u@m', until: '2026-11-30T12:00:00Z', since: '2026-11-30T11:00:00Z' }],
      remove: (id: number) => removed.push(id),
    } as unknown as RaisedLoggers;
    const client = {
      server: async () => ({ kafka_cluster_id: 'k' }),
      logger: async () => ({ level: 'DEBUG' }),
    } as unknown as LoggerClient;
    const texts = await raisedTexts(raised, ['http://w'], async () => client, new Date('2026-11-30T13:00:00Z'));
    return { texts, removed };
  };

  it('is reported with the command that restores it', async () => {
    const { texts } = await text([['a', 'INFO']]);
    expect(texts).toEqual([expect.stringContaining('sluice loggers set a INFO')]);
    expect(
      (
        await text([
          ['a', 'DEBUG'],
          ['a.b', 'INFO'],
        ])
      ).texts,
    ).toHaveLength(1);
  });

  it('is forgotten if it was so before, or is another by now', async () => {
    expect(await text([['a', 'DEBUG']])).toEqual({ texts: [], removed: [7] });
    expect(await text([['a', 'INFO']], 'TRACE')).toEqual({ texts: [], removed: [7] });
  });
});
