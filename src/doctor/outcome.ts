import type { Stage, StageName, Walk } from './model.ts';

/** Causes come before what follows from them: a sink whose target is locked also has a lag that grows. */
const CAUSES: readonly StageName[] = [
  'source database',
  'log',
  'source connector',
  'topics',
  'target database',
  'records',
  'sink connector',
  'consumer group',
];

/** What the stages of a pipeline come to, and which of them explains it. Pure. */
export function outcomeOf(stages: readonly Stage[]): Pick<Walk, 'outcome' | 'at'> {
  for (const state of ['stuck', 'inactive', 'warning'] as const) {
    const those = [...stages.keys()].filter((index) => stages[index]?.state === state);
    const [first] = those.sort((a, b) => rank(stages[a]) - rank(stages[b]) || a - b);
    if (first !== undefined) return { outcome: state, at: first };
  }
  const ofRecords = stages.filter(({ stage }) => stage === 'topics' || stage === 'consumer group' || stage === 'log');
  if (ofRecords.every(({ state }) => state === 'unknown')) {
    const at = stages.findIndex(({ state }) => state === 'unknown');
    return { outcome: 'unknown', at: at < 0 ? null : at };
  }
  // What waits, and may or may not move, is not nothing.
  const open = stages.findIndex(({ stage, state }) => stage === 'consumer group' && state === 'unknown');
  if (open >= 0) return { outcome: 'unknown', at: open };
  const moves = ofRecords.some(({ stage, state }) => stage !== 'log' && state === 'ok');
  return { outcome: moves ? 'flowing' : 'idle', at: null };
}

function rank(stage: Stage | undefined): number {
  return stage === undefined ? CAUSES.length : CAUSES.indexOf(stage.stage);
}
