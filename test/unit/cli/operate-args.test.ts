import { beforeAll, describe, expect, it } from 'vitest';
import { flagName } from '../../../src/cli/flag-names.ts';
import { assertNoCriteria, assertOneConnector, scaleRequest, withChanges } from '../../../src/cli/operate-args.ts';
import { nameSettings } from '../../../src/text/settings.ts';

beforeAll(() => nameSettings(flagName));

type Args = Parameters<typeof scaleRequest>;

describe('scale', () => {
  it.each<[...Args, object]>([
    [['a', '3'], undefined, { name: 'a', tasks: 3 }],
    [['a'], '3', { name: 'a', tasks: 3 }],
    [['a', '3'], '3', { name: 'a', tasks: 3 }],
    [['7', '3'], undefined, { name: '7', tasks: 3 }],
    [['7'], '3', { name: '7', tasks: 3 }],
    [['a', '+2'], undefined, { name: 'a', tasks: { by: 2 } }],
    [['a'], '-1', { name: 'a', tasks: { by: -1 } }],
    [['a', '+2'], '+2', { name: 'a', tasks: { by: 2 } }],
  ])('%j and --tasks %s', (args, flag, expected) => {
    expect(scaleRequest(args, flag)).toEqual(expected);
  });

  it.each<[...Args, string, string]>([
    [['a'], undefined, 'how many tasks?', 'sluice scale a 3'],
    [['a b=3'], undefined, 'a name and a number', "sluice scale 'a b' 3"],
    [['3'], undefined, 'scale which connector?', 'sluice scale NAME 3'],
    [['a', 'b'], undefined, 'one connector at a time', 'sluice scale a 3; sluice scale b 3'],
    [['a', 'b'], '5', 'one connector at a time', 'sluice scale a 5; sluice scale b 5'],
    [['a', 'b', '2'], undefined, 'one connector at a time', 'sluice scale a 2; sluice scale b 2'],
    [['connector', 'a', '2'], undefined, 'a name and a number', 'sluice scale a 2'],
    [['connectors', 'a'], '4', 'a name and a number', 'sluice scale a 4'],
    [['2', 'a b'], undefined, 'the connector comes before the number', "sluice scale 'a b' 2"],
    [['a', '2', '3'], undefined, 'unexpected argument: 3', 'sluice scale --help'],
    [['a', '2'], '3', '2 tasks, or 3?', 'sluice scale a 2'],
  ])('%j and --tasks %s are refused', (args, flag, message, hint) => {
    const refused = expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(() => scaleRequest(args, flag)).toThrow(refused);
  });

  it.each(['0', '+0', '-0', '+1.5', '1.5'])('%s is not a number of tasks', (tasks) => {
    expect(() => scaleRequest(['a', tasks], undefined)).toThrow(
      `TASKS must be a whole number of at least 1, not ${tasks}`,
    );
  });

  it.each(['99999999999', '+99999999999'])('%s is too many tasks', (tasks) => {
    expect(() => scaleRequest(['a', tasks], undefined)).toThrow(`TASKS must be at most 999,999,999, not ${tasks}`);
  });
});

it('an argument such as -1 is not taken for a flag', () => {
  expect(withChanges(['a', '-1', '-c', 'dev'])).toEqual(['a', '--tasks=-1', '-c', 'dev']);
  expect(withChanges(['a', '--tasks', '-12'])).toEqual(['a', '--tasks=-12']);
  expect(withChanges(['a', '+1', '--tasks', '3', '-n'])).toEqual(['a', '+1', '--tasks', '3', '-n']);
  expect(withChanges(['--', '-1', '2'])).toEqual(['--', '-1', '2']);
});

it('criteria are for advice', () => {
  expect(() => assertNoCriteria({})).not.toThrow();
  expect(() => assertNoCriteria({ all: false })).not.toThrow();
  expect(() => assertNoCriteria({ type: 'sink' })).toThrow('only go with --advise');
  expect(() => assertNoCriteria({ all: true })).toThrow('only go with --advise');
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
