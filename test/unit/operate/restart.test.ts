import { describe, expect, it } from 'vitest';
import type { ConnectorStatus } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { type RestartClient, restartConnectors } from '../../../src/operate/restart.ts';
import { systemClock } from '../../../src/ports/clock.ts';

const RUNNING = { state: 'RUNNING', worker_id: 'w' };
const FAILED = { state: 'FAILED', worker_id: 'w', trace: 'X: broken' };

/** What a dry run says about one connector. */
async function dryRun(connector: object, tasks: object[], flags: object) {
  const status = { name: 'a', connector, tasks: tasks.map((task, id) => ({ id, ...task })), type: 'sink' };
  const client = { get: async () => ({ info: { config: {} }, status: status as ConnectorStatus }) };
  const { results } = await restartConnectors(['a'], 'dev', client as unknown as RestartClient, {
    ...{ clock: systemClock, signal: new AbortController().signal, wait: true, timeoutMs: 1, dryRun: true },
    ...{ onlyFailed: false, onlyTasks: false },
    ...flags,
  });
  return results[0]?.outcome;
}

describe('what would be restarted', () => {
  it.each([
    [{}, 'would be restarted'],
    [{ onlyTasks: true }, 'tasks 0, 1, 2 would be restarted'],
    [{ onlyFailed: true }, 'tasks 0, 2 would be restarted'],
    [{ taskIds: [1] }, 'task 1 would be restarted'],
    [{ taskIds: [1, 2] }, 'tasks 1, 2 would be restarted'],
    [{ taskIds: [1, 2], onlyFailed: true }, 'task 2 would be restarted'],
    [{ taskIds: [1], onlyFailed: true }, 'had not failed'],
  ])('%j', async (flags, outcome) => {
    expect(await dryRun(RUNNING, [FAILED, RUNNING, FAILED], flags)).toBe(outcome);
  });

  it('names the connector where it has failed itself', async () => {
    expect(await dryRun(FAILED, [FAILED, RUNNING], { onlyFailed: true })).toBe(
      'the connector and task 0 would be restarted',
    );
    expect(await dryRun(FAILED, [], { onlyFailed: true })).toBe('the connector would be restarted');
  });
});

it('counts what had not failed as no success beside a failure', async () => {
  const status = (task: object) => ({ name: 'a', connector: RUNNING, tasks: [{ id: 0, ...task }], type: 'sink' });
  const get = async (name: string) => {
    if (name === 'gone') throw new SluiceError('CONNECTOR_NOT_FOUND', 'there is no connector');
    return { info: { config: {} }, status: status(name === 'fine' ? RUNNING : FAILED) as ConnectorStatus };
  };
  const exit = async (...names: string[]) => {
    const options = {
      clock: systemClock,
      signal: new AbortController().signal,
      wait: true,
      timeoutMs: 1,
      dryRun: true,
    };
    const flags = { onlyFailed: true, onlyTasks: false };
    const client = { get } as unknown as RestartClient;
    return (await restartConnectors(names, 'dev', client, { ...options, ...flags })).exitCode;
  };
  expect(await exit('fine', 'gone')).toBe(13);
  expect(await exit('failed', 'gone', 'fine')).toBe(14);
  expect(await exit('fine', 'fine')).toBe(0);
});
