import { describe, expect, it } from 'vitest';
import { checkProject } from '../../../src/config/project.ts';

describe('a project file', () => {
  const letters = [...'abcdefgh'];
  const flood = letters
    .map((name, index) => `${name}: &${name} [${Array(10).fill(index === 0 ? 'x' : `*${letters[index - 1]}`)}]`)
    .join('\n');
  it.each([
    ['an alias without its anchor', 'version: *a'],
    ['a flood of aliases', `version: 1\n${flood}`],
    ['brackets without end', `version: 1\nx: ${'['.repeat(5000)}`],
    ['nothing', ''],
  ])('with %s is not valid', async (_what, text) => {
    await expect(checkProject(text, 'sluice.yaml')).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringMatching(/^sluice\.yaml:/),
    });
  });
});
