import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mapBounded } from '../../../src/connect/concurrency.ts';

it('rejects only when what is under way has ended, and begins nothing more', async () => {
  const ended: number[] = [];
  const mapped = mapBounded([0, 1, 2, 3], 2, async (one) => {
    if (one === 0) throw new Error('first');
    await sleep(20);
    ended.push(one);
  });
  await expect(mapped).rejects.toThrow('first');
  expect(ended).toEqual([1]);
  await sleep(40);
  expect(ended).toEqual([1]);
});
