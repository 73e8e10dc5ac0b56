import { describe, expect, it } from 'vitest';
import { assertOneConnector, scaleRequest } from '../../../src/cli/operate-args.ts';

type Args = Parameters<typeof scaleRequest>;

describe('scale', () => {
  it.each<[...Args, object]>([
    [{ name: 'a', tasks: '3' }, undefined, { name: 'a', tasks: 3 }],
    [{ name: 'a' }, 3, { name: 'a', tasks: 3 }],
    [{ name: 'a', tasks: '3' }, 3, { name: 'a', tasks: 3 }],
    [{ name: '7', tasks: '3' }, undefined, { name: '7', tasks: 3 }],
    [{ name: '7' }, 3, { name: '7', tasks: 3 }],
  ])('%j and --tasks %s', (args, flag, expected) => {
    expect(scaleRequest(args, flag)).toEqual(expected);
  });

  it.each<[...Args, string, string]>([
    [{ name: 'a' }, undefined, 'how many tasks?', 'sluice scale a 3'],
    [{ name: 'a b=3' }, undefined, 'a name and a number', "sluice scale 'a b' 3"],
    [{ name: '3' }, undefined, 'scale which connector?', 'sluice scale NAME 3'],
    [{ name: 'a', tasks: 'b' }, undefined, 'one connector at a time', 'sluice scale a 3; sluice scale b 3'],
    [{ name: 'a', tasks: 'b' }, 5, 'one connector at a time', 'sluice scale a 5; sluice scale b 5'],
    [{ name: 'a', tasks: 'b', more: '2' }, undefined, 'one connector at a time', 'sluice scale a 2; sluice scale b 2'],
    [{ name: 'connector', tasks: 'a', more: '2' }, undefined, 'a name and a number', 'sluice scale a 2'],
    [{ name: 'connectors', tasks: 'a' }, 4, 'a name and a number', 'sluice scale a 4'],
    [{ name: '2', tasks: 'a b' }, undefined, 'the connector comes before the number', "sluice scale 'a b' 2"],
    [{ name: 'a', tasks: '2', more: '3' }, undefined, 'unexpected argument: 3', 'sluice scale --help'],
    [{ name: 'a', tasks: '2' }, 3, '2 tasks, or 3?', 'sluice scale a 2'],
  ])('%j and --tasks %s are refused', (args, flag, message, hint) => {
    const refused = expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(() => scaleRequest(args, flag)).toThrow(refused);
  });

  it.each(['0', '-1', '1.5', '99999999999'])('%s is not a number of tasks', (tasks) => {
    expect(() => scaleRequest({ name: 'a', tasks }, undefined)).toThrow(
      `TASKS must be a whole number of at least 1, not ${tasks}`,
    );
  });
});

describe('restart --task', () => {
  const hint = (names: string[], all = false) => {
    try {
      assertOneConnector(names, { all, task: [0, 1] });
      return undefined;
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };

  it('is for one connector', () => {
    expect(hint(['a'])).toBeUndefined();
    expect(hint([])).toBe('Name one: sluice restart NAME --task 0 --task 1');
    expect(hint([], true)).toContain('sluice restart NAME');
    expect(hint(['a', 'b'])).toContain('sluice restart a --task 0 --task 1; sluice restart b --task 0 --task 1');
  });
});
