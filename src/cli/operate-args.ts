import type { Selection } from '../connect/selection.ts';
import { SluiceError } from '../errors/error.ts';
import type { Level } from '../operate/log-levels.ts';
import type { WantedTasks } from '../operate/scale.ts';
import { isGlob } from '../text/glob.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { notACount } from './flags.ts';

/** A number of tasks, valid or not. */
const NUMBER = /^[-+]?\d[\d.,]*$/;
/** How many more, or fewer. */
const CHANGE = /^[-+][1-9]\d{0,8}$/;

/** `-1` as an argument or a value, which the parser would take for a flag. */
export function withChanges(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const joined = options.flatMap((argument, at) => {
    if (argument === '--tasks' && CHANGE.test(options[at + 1] ?? '')) return [];
    return CHANGE.test(argument) && argument.startsWith('-') ? [`--tasks=${argument}`] : [argument];
  });
  return [...joined, ...argv.slice(options.length)];
}

/**
 * What to scale, and to how many tasks, or by how many.
 * @param flag `--tasks`
 * @throws USAGE
 */
export function scaleRequest(typed: readonly string[], flag: string | undefined): { name: string; tasks: WantedTasks } {
  const [name, tasks, more] = typed;
  if (name === undefined)
    throw new SluiceError('USAGE', 'scale which connector?', { hint: 'Name it: sluice scale NAME' });
  const names = typed.filter((one) => !NUMBER.test(one));
  const number = typed.find((one) => NUMBER.test(one));
  const example = (one: string) => command(`scale ${shellWord(one)} ${number ?? flag ?? 3}`);
  const refuse = (message: string, hint: string) => new SluiceError('USAGE', message, { hint });
  const meant = names.filter((one) => !/^connectors?$/.test(one));
  if (names.length > 1 && meant.length === 1)
    throw refuse('scale takes a name and a number', `Use: ${example(meant[0] ?? '')}`);
  if (names.length > 1)
    throw refuse('scale changes one connector at a time', `Run it for each: ${names.map(example).join('; ')}`);
  if (tasks === undefined && flag === undefined) {
    const [, before = '', count = ''] = /^(.+)=(\d+)$/.exec(name) ?? [];
    if (before !== '')
      throw refuse('scale takes a name and a number', `Use: ${command(`scale ${shellWord(before)} ${count}`)}`);
    if (names.length > 0) throw refuse('how many tasks?', `For instance: ${example(name)}`);
    throw refuse('scale which connector?', `Name it before the number: sluice scale NAME ${name}`);
  }
  if (tasks === undefined) return { name, tasks: wantedTasks(flag ?? '') };
  if (names[0] === tasks) throw refuse('the connector comes before the number', `Use: ${example(tasks)}`);
  if (more !== undefined) throw refuse(`unexpected argument: ${more}`, 'See: sluice scale --help');
  if (flag !== undefined && flag !== tasks)
    throw refuse(`${tasks} tasks, or ${flag}?`, `For instance: ${example(name)}`);
  return { name, tasks: wantedTasks(tasks) };
}

function wantedTasks(text: string): WantedTasks {
  if (CHANGE.test(text)) return { by: Number(text) };
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw notACount('TASKS', text);
}

/** Scaling is for one connector, named. @throws USAGE */
export function assertNoCriteria({ all = false, type, class: ofClass, state }: Omit<Selection, 'names'>): void {
  if (!all && type === undefined && ofClass === undefined && state === undefined) return;
  throw new SluiceError('USAGE', '--all, --type, --class and --state only go with --advise', {
    hint: 'A connector is scaled by its name. To find those that need it: sluice scale --advise',
  });
}

/** The level of `loggers set`, given as an argument or as a flag. @throws USAGE */
export function oneLevel(logger: string, typed: Level | undefined, flag: Level | undefined): Level {
  const level = typed ?? flag;
  if (level !== undefined && (flag === undefined || flag === level)) return level;
  throw new SluiceError('USAGE', level === undefined ? 'which level?' : `${typed}, or ${flag}?`, {
    hint: `For instance: ${command(`loggers set ${shellWord(logger)} ${level ?? 'DEBUG'}`, { for: '10m' })}`,
  });
}

/** For what is done to connectors by name or glob only. @throws USAGE */
export function assertNamed(command: string, names: readonly string[] | undefined): void {
  if (names !== undefined && names.length > 0) return;
  throw new SluiceError('USAGE', `${command} which connector?`, { hint: `Name it: sluice ${command} NAME` });
}

/** A probe is for one pipeline. @throws USAGE */
export function assertOneSink({ names, all = false, type, class: ofClass, state }: Selection): void {
  const isOne = names.length === 1 && !names.some(isGlob);
  if (isOne && !all && type === undefined && ofClass === undefined && state === undefined) return;
  throw new SluiceError('USAGE', '--probe needs one sink', {
    hint: 'Name it: sluice lag NAME --probe --marker-table TABLE',
  });
}

/** For flags that name parts of a connector. @throws USAGE */
export function assertOneConnector(
  names: readonly string[],
  flags: { all: boolean; task?: readonly number[] | undefined },
): void {
  if (names.length === 1 && !flags.all) return;
  const numbers = (flags.task ?? []).map((one) => ` --task ${one}`).join('');
  const task = flags.task?.join(' --task ');
  const each = names.map((name) => command(`restart ${shellWord(name)}`, { task }));
  throw new SluiceError(
    'USAGE',
    names.length === 0 ? 'restart the task of which connector?' : '--task needs one connector',
    {
      hint: each.length > 0 ? `Run it for each: ${each.join('; ')}` : `Name one: sluice restart NAME${numbers}`,
    },
  );
}
