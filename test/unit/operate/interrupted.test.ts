import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { eachTarget } from '../../../src/operate/targets.ts';

it('an interruption names what is done, what was begun, and what was not', async () => {
  const controller = new AbortController();
  const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
  const run = async (name: string) => {
    if (name === 'c0') return { error: null };
    if (name === 'c1') throw new SluiceError('CONNECT_REJECTED', 'no');
    await sleep(20);
    if (!controller.signal.aborted) controller.abort(new SluiceError('INTERRUPTED', 'interrupted'));
    controller.signal.throwIfAborted();
    return { error: null };
  };
  const all = eachTarget<{ error: unknown } & { error: never | null }>(names, run, () => ({ error: null }), {
    signal: controller.signal,
  });
  await expect(all).rejects.toMatchObject({
    code: 'INTERRUPTED',
    details: { done: ['c0'], failed: ['c1'], begun: names.slice(2), left: [] },
  });
});
