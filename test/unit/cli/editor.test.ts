import { expect, it } from 'vitest';
import { editorCommand } from '../../../src/cli/editor.ts';

it('the editor is VISUAL, then EDITOR, then the usual one', () => {
  expect(editorCommand({ VISUAL: 'code --wait', EDITOR: 'nano' }, false)).toBe('code --wait');
  expect(editorCommand({ VISUAL: ' ', EDITOR: 'nano' }, false)).toBe('nano');
  expect(editorCommand({}, true)).toBe(process.platform === 'win32' ? 'notepad' : 'vi');
});

it.skipIf(process.platform === 'win32')(
  'the usual one is not started where nobody can type (notepad has a window)',
  () => {
    expect(() => editorCommand({ EDITOR: '' }, false)).toThrow(expect.objectContaining({ code: 'EDITOR_FAILED' }));
  },
);
