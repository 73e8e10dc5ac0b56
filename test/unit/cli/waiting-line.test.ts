import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WaitingLine } from '../../../src/cli/waiting-line.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function waiting(title: string, width = 80) {
  const written: string[] = [];
  const line = new WaitingLine(
    title,
    () => width,
    (text) => written.push(text),
  );
  return { line, written };
}

it('appears after two seconds, counts, and is gone at the end', () => {
  const { line, written } = waiting('Waiting for prod');
  vi.advanceTimersByTime(1_900);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1_200);
  expect(written).toEqual(['\r\u001b[KWaiting for prod (2 s)', '\r\u001b[KWaiting for prod (3 s)']);
  line[Symbol.dispose]();
  vi.advanceTimersByTime(5_000);
  expect(written.slice(2)).toEqual(['\r\u001b[K']);
});

it('writes nothing if the answer arrives sooner', () => {
  const { line, written } = waiting('Waiting for prod');
  vi.advanceTimersByTime(1_000);
  line[Symbol.dispose]();
  expect(written).toEqual([]);
});

it('stays within its line', () => {
  const { line, written } = waiting('Waiting for a context with a long name', 20);
  vi.advanceTimersByTime(2_000);
  expect(written).toEqual(['\r\u001b[KWaiting for a conte']);
  line.clear();
  line.clear();
  expect(written).toHaveLength(2);
});
