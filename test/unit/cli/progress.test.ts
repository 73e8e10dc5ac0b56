import { describe, expect, it } from 'vitest';
import { jsonProgress, lineProgress } from '../../../src/cli/progress.ts';
import { plainStyle } from '../../../src/cli/style.ts';

function recorded() {
  const lines: string[] = [];
  let now = 0;
  const progress = lineProgress(
    (line) => lines.push(line),
    plainStyle,
    () => {
      now += 500;
      return now;
    },
  );
  return { lines, progress };
}

describe('progress in plain lines', () => {
  it('shows when a step begins, and how it ended, with its last detail', async () => {
    const { lines, progress } = recorded();
    const result = await progress.step('Start the broker', async (update) => {
      update('waiting');
      update('port 9092');
      return 7;
    });
    expect(result).toBe(7);
    expect(lines).toEqual(['… Start the broker', '✔ Start the broker: port 9092 (0.5 s)']);
  });

  it('marks a failed step and passes its error on', async () => {
    const { lines, progress } = recorded();
    await expect(progress.step('Fail', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lines.at(-1)).toBe('✖ Fail (0.5 s)');
  });

  it('lets every step end before the first failure is passed on', async () => {
    const { lines, progress } = recorded();
    const steps = [
      { title: 'a', run: () => Promise.reject(new Error('first')) },
      { title: 'b', run: async () => 'done' },
    ];
    await expect(progress.all(steps)).rejects.toThrow('first');
    expect(lines.filter((line) => line.startsWith('✔ b'))).toHaveLength(1);
  });
});

describe('progress in lines of JSON', () => {
  it('says that a step began, ended or failed, and how long it took', async () => {
    const lines: unknown[] = [];
    let now = 0;
    const progress = jsonProgress(
      (...line) => lines.push(line),
      () => {
        now += 500;
        return now;
      },
    );
    await progress.step('Start', async (update) => update('port 9092'));
    await expect(progress.step('Fail', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    progress.note('by the way');
    expect(lines).toEqual([
      ['info', 'Start', { step: 'began' }],
      ['info', 'Start', { step: 'done', durationMs: 500, detail: 'port 9092' }],
      ['info', 'Fail', { step: 'began' }],
      ['error', 'Fail', { step: 'failed', durationMs: 500 }],
      ['info', 'by the way', {}],
    ]);
  });
});
