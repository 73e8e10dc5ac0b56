import { keyCheck, PLAN_KIND, type SavedPlan } from '../../src/plan/saved.ts';

/** A saved plan of the context `dev`, without its seal. */
export function savedPlan(key: Buffer, content: Pick<SavedPlan, 'connectors' | 'topics' | 'plan'>): SavedPlan {
  return {
    kind: PLAN_KIND,
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    context: 'dev',
    keyCheck: keyCheck(key),
    paths: [],
    only: null,
    exclude: null,
    ...content,
  };
}
