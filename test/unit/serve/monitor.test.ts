import { describe, expect, it, vi } from 'vitest';
import type { ErrorDocument } from '../../../src/errors/error.ts';
import { parseGate } from '../../../src/monitor/gate.ts';
import { runGate, watchSnapshots } from '../../../src/serve/monitor.ts';
import type { PollOptions } from '../../../src/serve/poll.ts';
import type { ConnectorSnapshot, Snapshot } from '../../../src/serve/snapshot.ts';
import { fastClock } from '../../helpers/fake-connect.ts';
import { connectorSnapshot, snapshot } from '../../helpers/snapshot.ts';

const sink = (over: Partial<ConnectorSnapshot> = {}) =>
  connectorSnapshot('orders', { lagMs: 0, errorsPerMinute: null, ...over });
const failure = (code: ErrorDocument['code']) => ({ code, message: 'no answer' });
const well = snapshot([sink()]);
const failed = snapshot([sink({ health: 'failed', reasons: ['task 0 has FAILED'] })]);
const unknown = snapshot([sink({ lagMs: null })]);
const doubtful = snapshot([sink({ health: 'unknown', reasons: ['it is stalled, or catching up'] })]);

/** Polls of a poller; the last one is repeated. */
function ports(...snapshots: Snapshot[]) {
  let polls = 0;
  const clock = fastClock();
  const poller = {
    poll: async (_options?: PollOptions) => snapshots[Math.min(polls++, snapshots.length - 1)] as Snapshot,
  };
  return { poller, clock, signal: new AbortController().signal, everyMs: 1000 };
}

describe('runGate', () => {
  it.each<[string, string, number, Snapshot[], string, number]>([
    ['one reading', 'lag>60s,failed', 0, [well], 'passed', 1],
    ['each reading of the period', 'lag>60s,failed', 2500, [well], 'passed', 4],
    ['a condition that is true at once', 'failed', 2500, [failed], 'failed', 1],
    ['a condition that becomes true', 'failed', 2500, [well, well, failed], 'failed', 3],
    ['one reading without the number', 'lag>60s', 0, [unknown], 'undetermined', 1],
    ['a number that is never known', 'lag>60s', 2500, [unknown], 'undetermined', 4],
    ['a number that becomes known', 'lag>60s', 2500, [unknown, well], 'passed', 4],
    ['a number that is no longer known', 'lag>60s', 2500, [well, unknown], 'undetermined', 2],
    ['an unknown number, and a condition that is true', 'lag>60s,failed', 2500, [unknown, failed], 'failed', 2],
    ['health that is in doubt', 'degraded', 0, [doubtful], 'undetermined', 1],
    ['health that is in doubt for a while', 'degraded', 2500, [well, doubtful, well], 'passed', 4],
    ['health that is in doubt at the end', 'degraded', 2500, [well, doubtful], 'undetermined', 4],
    ['rates, which need two readings', 'errors>5', 0, [well, snapshot([sink({ errorsPerMinute: 0 })])], 'passed', 2],
    ['rates that are never known', 'errors>5', 0, [well], 'undetermined', 2],
    [
      'Kafka that cannot be asked',
      'failed',
      0,
      [{ ...well, failures: [failure('KAFKA_UNREACHABLE')] }],
      'unreadable',
      1,
    ],
    [
      'a connector that cannot be read',
      'failed',
      0,
      [{ ...well, failures: [failure('CONNECT_REJECTED')] }],
      'unreadable',
      1,
    ],
    [
      'metrics that no condition needs',
      'failed',
      0,
      [{ ...well, failures: [failure('METRICS_UNREADABLE')] }],
      'passed',
      1,
    ],
    ['a connector that has gone', 'failed', 2500, [well, snapshot([])], 'undetermined', 2],
    ['no connector at all', 'failed', 0, [snapshot([])], 'undetermined', 1],
  ])('judges %s: %s for %i ms', async (_what, text, forMs, snapshots, verdict, readings) => {
    const { gate } = await runGate({ conditions: parseGate(text), forMs }, ports(...snapshots));
    expect(gate).toMatchObject({ verdict, readings });
  });

  it.each([
    [0, { settle: true, alone: true }],
    [2500, { settle: true, alone: false }],
  ])(
    'looks twice at what may only be starting, and if no other reading follows, at what stands still: %i ms',
    async (forMs, asked) => {
      const given = ports(well);
      const poll = vi.spyOn(given.poller, 'poll');
      await runGate({ conditions: parseGate('failed'), forMs }, given);
      expect(poll.mock.calls[0]).toEqual([asked]);
    },
  );

  it('says what is true, and what is not known', async () => {
    const both = snapshot([sink({ lagMs: null }), connectorSnapshot('other', { lagMs: 61_000 })]);
    const { gate } = await runGate({ conditions: parseGate('lag > 60s'), forMs: 0 }, ports(both));
    expect(gate).toMatchObject({
      conditions: ['lag>60s'],
      violated: [{ name: 'other', condition: 'lag>60s', text: 'is 61s behind (limit: 1m behind)' }],
      unknown: [{ name: 'orders', condition: 'lag>60s', text: 'its lag in time is not known' }],
    });
  });

  it('throws what the worker answered, at any reading', async () => {
    const away = { ...well, error: failure('CONNECT_UNREACHABLE') };
    const gate = { conditions: parseGate('failed'), forMs: 2500 };
    await expect(runGate(gate, ports(away))).rejects.toMatchObject({ code: 'CONNECT_UNREACHABLE', exitCode: 12 });
    await expect(runGate(gate, ports(well, away))).rejects.toMatchObject({ code: 'CONNECT_UNREACHABLE' });
  });
});

describe('watchSnapshots', () => {
  const away = { ...well, error: failure('CONNECT_UNREACHABLE') };

  it('throws if the first poll fails, and goes on if a later one does', async () => {
    await expect(watchSnapshots(ports(away)).next()).rejects.toMatchObject({ code: 'CONNECT_UNREACHABLE' });
    const seen = [];
    for await (const one of watchSnapshots(ports(well, away, well))) {
      seen.push(one.error?.code);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([undefined, 'CONNECT_UNREACHABLE', undefined]);
  });

  it('ends without an error when it is aborted', async () => {
    const stop = new AbortController();
    const seen = [];
    for await (const one of watchSnapshots({ ...ports(well), signal: stop.signal })) {
      seen.push(one);
      stop.abort(new Error('stop'));
    }
    expect(seen).toHaveLength(1);
  });
});
