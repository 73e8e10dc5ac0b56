import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editableText, editedPatch } from '../../../src/deploy/edit-text.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';

const liveOf = (config: Record<string, string>) => ({ info: { name: 'a', config, tasks: [] } });
const secretsOf = (config: Record<string, string>) => configSecrets({ config });

async function edit(config: Record<string, string>, change: (text: string) => string) {
  const text = await editableText(liveOf(config), secretsOf(config), ['note']);
  return editedPatch(change(text), liveOf(config), secretsOf(config));
}

const CONFIG = { name: 'a', 'tasks.max': '1', topics: 'x', 'database.password': 'geheim' };

describe('an edited configuration', () => {
  it('shows no secret, and keeps it where its mask is left', async () => {
    const text = await editableText(liveOf(CONFIG), secretsOf(CONFIG), ['note']);
    expect(text).toBe('# note\n\ndatabase.password: "********"\ntasks.max: 1\ntopics: x\n');
    expect(await edit(CONFIG, (one) => one)).toEqual({ set: {}, unset: [] });
  });

  it('says what was changed, added and removed', async () => {
    const change = (one: string) => one.replace('tasks.max: 1', 'tasks.max: 2').replace('topics: x', 'file: y');
    expect(await edit(CONFIG, change)).toEqual({ set: { 'tasks.max': '2', file: 'y' }, unset: ['topics'] });
    expect(await edit(CONFIG, (one) => one.replace('"********"', 'new'))).toEqual({
      set: { 'database.password': 'new' },
      unset: [],
    });
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['only comments', '# a\n', 'is empty'],
    ['broken YAML', 'a: "b\n', 'is not valid YAML'],
    ['a key twice', 'a: 1\na: 2\n', 'is not valid YAML'],
    ['a list', '- a\n', 'is not a map of keys'],
    ['a list as a value', 'topics: [a]\n', 'has a list or a map as topics'],
  ])('of %s is refused', async (_what, text, message) => {
    await expect(edit(CONFIG, () => text)).rejects.toMatchObject({
      code: 'EDIT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('that is saved unchanged changes nothing, for any configuration', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('', ' ', '~', 'null', 'yes', '0x1', '#', '- a', '{', '|', '>', 'a: b', '\n'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.oneof(fc.string({ minLength: 1 }), fc.constant('__proto__')), value),
        async (config) => {
          fc.pre(Object.keys(config).some((key) => key !== 'name'));
          expect(await edit(config, (one) => one)).toEqual({ set: {}, unset: [] });
        },
      ),
      { numRuns: 300 },
    );
  });
});
