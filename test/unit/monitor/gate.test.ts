import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { type Gated, judgeGate, parseGate } from '../../../src/monitor/gate.ts';

const well: Gated = {
  name: 'orders',
  type: 'sink',
  health: 'healthy',
  state: 'RUNNING',
  tasks: { running: 3, failed: 0, unassigned: 0, total: 3 },
  reasons: [],
  groupChecked: true,
  lagRecords: 10,
  lagMs: 500,
  errorsPerMinute: 0,
  deadLettersPerMinute: 0,
};

describe('parseGate', () => {
  it('reads every kind of condition', () => {
    expect(parseGate('lag>60s, lag > 1000,failed , errors>0.5,dead-letters>0,Unassigned')).toEqual([
      { text: 'lag>60s', kind: 'lagMs', over: 60_000 },
      { text: 'lag>1000', kind: 'lagRecords', over: 1000 },
      { text: 'failed', kind: 'health', health: 'failed' },
      { text: 'errors>0.5', kind: 'errorsPerMinute', over: 0.5 },
      { text: 'dead-letters>0', kind: 'deadLettersPerMinute', over: 0 },
      { text: 'Unassigned', kind: 'health', health: 'unassigned' },
    ]);
  });

  it.each(['', 'lag', 'lag>', 'lag>5x', 'lag<5', 'healthy', 'failed,', 'lag>-1', 'lag>1e3', 'bad'])(
    'refuses %j',
    (text) => {
      expect(() => parseGate(text)).toThrow(SluiceError);
      expect(() => parseGate(text)).toThrow(/is not a condition/);
    },
  );
});

describe('judgeGate', () => {
  const judge = (text: string, over: Partial<Gated> = {}) => {
    const { violated, unknown } = judgeGate(parseGate(text), [{ ...well, ...over }]);
    return [...violated.map((one) => one.text), ...unknown.map((one) => `? ${one.text}`)];
  };

  it.each([
    ['lag>60s', {}, []],
    ['lag>60s', { lagMs: 61_000 }, ['is 61s behind (limit: 1m behind)']],
    ['lag>60s', { lagMs: 60_000 }, []],
    ['lag>60s', { lagMs: null }, ['? its lag in time is not known']],
    ['lag>60s', { lagMs: null, health: 'paused' }, []],
    ['lag>1000', { lagRecords: 12_345 }, ['is 12,345 records behind (limit: 1,000 records behind)']],
    ['lag>1000', { type: 'source', lagRecords: null }, []],
    ['errors>5', { errorsPerMinute: 5.26 }, ['is 5.3 errors a minute (limit: 5 errors a minute)']],
    ['dead-letters>0', { deadLettersPerMinute: 1 }, ['is 1 dead letter a minute (limit: 0 dead letters a minute)']],
    ['failed', { health: 'failed', reasons: ['task 0 has FAILED'] }, ['is failed: task 0 has FAILED']],
    ['failed', { health: 'degraded' }, []],
    [
      'failed',
      { health: 'degraded', reasons: ['task 1 has FAILED'], tasks: { running: 2, failed: 1, unassigned: 0, total: 3 } },
      ['is degraded: task 1 has FAILED'],
    ],
    [
      'unassigned,failed',
      {
        health: 'degraded',
        reasons: ['task 1 has no worker'],
        tasks: { running: 2, failed: 0, unassigned: 1, total: 3 },
      },
      ['is degraded: task 1 has no worker'],
    ],
    ['failed', { health: 'starting', state: null, reasons: ['no status yet'] }, ['? is starting: no status yet']],
    ['starting', { health: 'starting', state: null, reasons: ['no status yet'] }, ['is starting: no status yet']],
    ['unassigned', { health: 'unknown', state: 'ODD', reasons: ['it is ODD'] }, ['? is unknown: it is ODD']],
    ['degraded', { health: 'unknown', reasons: ['may be stalled'] }, ['? is unknown: may be stalled']],
    ['failed,unassigned', { health: 'unknown', reasons: ['may be stalled'] }, []],
    ['lag>300ms', { lagMs: 700 }, ['is 1s behind (limit: 300ms behind)']],
    ['lag>300ms', { lagMs: 400.4 }, ['is 400ms behind (limit: 300ms behind)']],
    ['lag>1200ms', { lagMs: 1400 }, ['is 1400ms behind (limit: 1200ms behind)']],
    ['degraded', { health: 'failed', reasons: ['it has FAILED'] }, ['is failed: it has FAILED']],
    ['degraded', { health: 'unassigned' }, ['is unassigned']],
    ['paused,stopped', { health: 'paused' }, ['is paused']],
    ['failed', { health: 'unknown', groupChecked: false }, ['? its consumer group was not checked']],
    ['degraded,unassigned', { health: 'unknown', groupChecked: false }, ['? its consumer group was not checked']],
    ['unassigned,unknown', { health: 'healthy', groupChecked: false }, []],
    ['failed', { health: 'stopped', groupChecked: false }, []],
    ['failed', { type: 'source', groupChecked: null }, []],
  ] as [string, Partial<Gated>, string[]][])('%s with %j: %j', (text, over, wanted) =>
    expect(judge(text, over)).toEqual(wanted),
  );
});
