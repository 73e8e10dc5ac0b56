import { expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/registry.ts';
import { Failures } from '../../../src/serve/failures.ts';
import { NOON } from '../../helpers/snapshot.ts';

const full = { code: 'FILE_UNWRITABLE' as const, message: 'the disk is full' };
const readOnly = { code: 'FILE_UNWRITABLE' as const, message: 'it is read-only' };

function scene() {
  let now = NOON;
  const said: string[] = [];
  const counted: ErrorCode[] = [];
  const failures = new Failures({
    ...{ now: () => now, say: ({ message }) => said.push(message), count: (code) => counted.push(code) },
  });
  const wait = (seconds: number) => {
    now += seconds * 1000;
  };
  return { said, counted, failures, wait };
}

it('says a failure once, however long it lasts, and counts each', () => {
  const { said, counted, failures, wait } = scene();
  for (let beat = 0; beat < 10_000; beat += 1, wait(3)) failures.report('history', full);
  expect(said).toEqual(['the disk is full']);
  expect(counted).toHaveLength(10_000);
});

it('says another failure, and that of another part', () => {
  const { said, failures } = scene();
  for (const error of [full, readOnly, full, readOnly]) failures.report('history', error);
  failures.report('readings', full);
  expect(said).toEqual(['the disk is full', 'it is read-only', 'the disk is full']);
});

it('says it again once it has not happened for a while, and not while it comes and goes', () => {
  const { said, failures, wait } = scene();
  for (let time = 0; time < 100; time += 1, wait(60)) failures.report('history', full);
  expect(said).toHaveLength(1);
  wait(3600);
  failures.report('history', full);
  expect(said).toHaveLength(2);
});

it('is bounded also if each failure has another text', () => {
  const { said, failures, wait } = scene();
  for (let time = 0; time < 1_000; time += 1, wait(3)) failures.report('loop', { ...full, message: `attempt ${time}` });
  expect(said).toHaveLength(5);
});
