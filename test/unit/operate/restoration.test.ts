import { describe, expect, it } from 'vitest';
import { actionFor, fingerprint, formerState, restoration } from '../../../src/operate/restoration.ts';

describe('what a window does to a connector', () => {
  it.each([
    ['RUNNING', 'pause', 'pause'],
    ['RUNNING', 'stop', 'stop'],
    ['FAILED', 'pause', 'pause'],
    ['PAUSED', 'pause', null],
    ['PAUSED', 'stop', 'stop'],
    // Pausing would give a stopped connector its tasks again.
    ['STOPPED', 'pause', null],
    ['STOPPED', 'stop', null],
    ['RUNNING', null, null],
  ] as const)('that is %s, with %s: %s', (before, action, expected) =>
    expect(actionFor(before, action)).toBe(expected),
  );
});

describe('the way back', () => {
  it.each([
    // Before, what the window did, now.
    ['RUNNING', 'pause', 'PAUSED', 'resume'],
    ['RUNNING', 'stop', 'STOPPED', 'resume'],
    ['FAILED', 'pause', 'PAUSED', 'resume'],
    ['FAILED', 'pause', 'FAILED', 'resume'],
    ['PAUSED', 'stop', 'STOPPED', 'pause'],
    // Not sent, or resumed by someone: to ask for it again does no harm.
    ['RUNNING', 'pause', 'RUNNING', 'resume'],
    ['RUNNING', 'pause', 'UNASSIGNED', 'resume'],
    // Neither what it was nor what the window made of it.
    ['RUNNING', 'pause', 'STOPPED', 'changed'],
    ['RUNNING', 'stop', 'PAUSED', 'changed'],
    ['PAUSED', 'stop', 'RUNNING', 'changed'],
    // The window left these alone.
    ['PAUSED', null, 'PAUSED', 'as it is'],
    ['STOPPED', null, 'STOPPED', 'as it is'],
    ['RUNNING', null, 'FAILED', 'as it is'],
    ['STOPPED', null, 'RUNNING', 'changed'],
    ['PAUSED', null, 'STOPPED', 'changed'],
    ['RUNNING', null, 'PAUSED', 'changed'],
  ] as const)('of %s, after %s and now %s: %s', (before, action, live, expected) => {
    const step = restoration({ before, action }, live);
    const verbs = { RUNNING: 'resume', PAUSED: 'pause', STOPPED: 'stop' };
    if (step.kind === 'restore') expect(step.sends ? verbs[step.to] : 'as it is').toBe(expected);
    else expect(step.kind).toBe(expected);
  });

  it('does not exist for a deleted connector', () =>
    expect(restoration({ before: 'RUNNING', action: 'stop' }, undefined)).toEqual({ kind: 'gone' }));
});

describe('the state from before', () => {
  const listed = (state: string | null, tasks: string[] = []) =>
    ({
      name: 'a',
      info: { name: 'a', config: {}, tasks: [] },
      status: state && {
        name: 'a',
        type: 'sink',
        connector: { state, worker_id: 'w' },
        tasks: tasks.map((one, id) => ({ id, state: one, worker_id: 'w' })),
      },
    }) as unknown as Parameters<typeof formerState>[0];

  it('names the tasks that have failed', () =>
    expect(formerState(listed('RUNNING', ['RUNNING', 'FAILED', 'FAILED']))).toEqual({
      before: 'RUNNING',
      failedTasks: [1, 2],
    }));

  it.each([null, 'UNASSIGNED', 'RESTARTING', 'DESTROYED'])('is not known while it is %s', (state) =>
    expect(() => formerState(listed(state))).toThrow(expect.objectContaining({ code: 'CONNECT_REBALANCING' })),
  );
});

it('a fingerprint tells a change regardless of the order of keys, and nothing about secrets', () => {
  const config = { topics: 'a', 'tasks.max': '1', 'database.password': 'hunter2' };
  const digest = fingerprint(config);
  expect(fingerprint({ 'database.password': 'other', 'tasks.max': '1', topics: 'a' })).toBe(digest);
  expect(fingerprint({ ...config, topics: 'b' })).not.toBe(digest);
});
