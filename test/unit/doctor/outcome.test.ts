import { expect, it } from 'vitest';
import { type Stage, type StageName, type StageState, verdict } from '../../../src/doctor/model.ts';
import { outcomeOf } from '../../../src/doctor/outcome.ts';

const ALL: readonly StageName[] = [
  'source database',
  'log',
  'source connector',
  'topics',
  'sink connector',
  'consumer group',
  'records',
  'target database',
];

function stages(states: Partial<Record<StageName, StageState>>, others: StageState = 'ok'): Stage[] {
  return ALL.map((stage) => ({ stage, connector: null, ...verdict(states[stage] ?? others, stage) }));
}

it.each<[string, Partial<Record<StageName, StageState>>, string, StageName | null]>([
  ['everything moves', {}, 'flowing', null],
  ['nothing changes', { log: 'idle', topics: 'idle', 'consumer group': 'idle' }, 'idle', null],
  // A slot moves by itself, as the server writes for its own sake.
  ['only the log moves', { topics: 'idle', 'consumer group': 'idle' }, 'idle', null],
  ['the backlog is worked off', { topics: 'idle' }, 'flowing', null],
  [
    'the target explains the lag',
    { 'consumer group': 'stuck', 'target database': 'stuck' },
    'stuck',
    'target database',
  ],
  [
    'the target explains the failed task',
    { 'sink connector': 'stuck', 'target database': 'stuck' },
    'stuck',
    'target database',
  ],
  [
    'a record explains the failed task',
    { 'sink connector': 'stuck', records: 'stuck', 'consumer group': 'stuck' },
    'stuck',
    'records',
  ],
  ['the source comes first', { log: 'stuck', 'target database': 'stuck', 'source connector': 'stuck' }, 'stuck', 'log'],
  [
    'a fault counts more than what is only not right',
    { 'source database': 'warning', 'sink connector': 'stuck' },
    'stuck',
    'sink connector',
  ],
  ['something is not right', { log: 'warning' }, 'warning', 'log'],
  ['something is paused', { 'sink connector': 'inactive', 'consumer group': 'inactive' }, 'inactive', 'sink connector'],
  [
    'what is paused explains why the log grows',
    { log: 'warning', 'source connector': 'inactive' },
    'inactive',
    'source connector',
  ],
  ['the target cannot be read', { 'target database': 'unknown' }, 'flowing', null],
  [
    'nothing is known of the records',
    { log: 'unknown', topics: 'unknown', 'consumer group': 'unknown' },
    'unknown',
    'log',
  ],
  ['records wait, and may or may not move', { 'consumer group': 'unknown' }, 'unknown', 'consumer group'],
])('%s', (_what, states, outcome, at) => {
  const all = stages(states);
  const found = outcomeOf(all);
  expect([found.outcome, found.at === null ? null : all[found.at]?.stage]).toEqual([outcome, at]);
});

it('is unknown if nothing could be read', () => {
  expect(outcomeOf(stages({}, 'unknown'))).toEqual({ outcome: 'unknown', at: 0 });
});
