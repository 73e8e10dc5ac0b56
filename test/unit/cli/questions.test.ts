import { expect, it } from 'vitest';
import { answer, questionText } from '../../../src/cli/questions.ts';

it('a question shows no password and no terminal control characters', () => {
  expect(questionText('Write 2 rows of a\u001b[2Jb in postgres://me:geheim@db/shop?', 200)).toBe(
    'Write 2 rows of a\\x1b[2Jb in postgres://me:********@db/shop?',
  );
});

it('a question breaks at words', () => {
  expect(questionText('Delete a-long-name and another-one on production?', 40)).toBe(
    'Delete a-long-name and\nanother-one on production?',
  );
});

it('Ctrl-C at a question is an interruption, not a defect', async () => {
  const left = Object.assign(new Error('User force closed the prompt'), { name: 'ExitPromptError' });
  await expect(answer(Promise.reject(left))).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expect(answer(Promise.reject(new Error('other')))).rejects.toThrow('other');
  expect(await answer(Promise.resolve(true))).toBe(true);
});
