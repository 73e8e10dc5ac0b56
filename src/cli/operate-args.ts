import { SluiceError } from '../errors/error.ts';
import { shellWord } from '../text/shell.ts';
import { notACount } from './flags.ts';

/** A number of tasks, valid or not. */
const NUMBER = /^[-+]?\d[\d.,]*$/;

/** The arguments of `scale` as typed: a connector, a number, and what is too much. */
interface ScaleArgs {
  name: string;
  tasks?: string | undefined;
  more?: string | undefined;
}

/** What to scale, and to how many tasks. @param flag `--tasks` @throws USAGE */
export function scaleRequest({ name, tasks, more }: ScaleArgs, flag: number | undefined) {
  const typed = [name, tasks, more].filter((one) => one !== undefined);
  const names = typed.filter((one) => !NUMBER.test(one));
  const number = typed.find((one) => NUMBER.test(one));
  const example = (one: string) => `sluice scale ${shellWord(one)} ${number ?? flag ?? 3}`;
  const refuse = (message: string, hint: string) => new SluiceError('USAGE', message, { hint });
  const meant = names.filter((one) => !/^connectors?$/.test(one));
  if (names.length > 1 && meant.length === 1)
    throw refuse('scale takes a name and a number', `Use: ${example(meant[0] ?? '')}`);
  if (names.length > 1)
    throw refuse('scale changes one connector at a time', `Run it for each: ${names.map(example).join('; ')}`);
  if (tasks === undefined && flag === undefined) {
    const [, before = '', count = ''] = /^(.+)=(\d+)$/.exec(name) ?? [];
    if (before !== '')
      throw refuse('scale takes a name and a number', `Use: sluice scale ${shellWord(before)} ${count}`);
    if (names.length > 0) throw refuse('how many tasks?', `For instance: ${example(name)}`);
    throw refuse('scale which connector?', `Name it before the number: sluice scale NAME ${name}`);
  }
  if (tasks === undefined) return { name, tasks: flag as number };
  if (names[0] === tasks) throw refuse('the connector comes before the number', `Use: ${example(tasks)}`);
  if (more !== undefined) throw refuse(`unexpected argument: ${more}`, 'See: sluice scale --help');
  if (!/^[1-9]\d{0,8}$/.test(tasks)) throw notACount('TASKS', tasks);
  if (flag !== undefined && flag !== Number(tasks))
    throw refuse(`${tasks} tasks, or ${flag}?`, `For instance: ${example(name)}`);
  return { name, tasks: Number(tasks) };
}

/** For flags that name parts of a connector. @throws USAGE */
export function assertOneConnector(
  names: readonly string[],
  flags: { all: boolean; task?: readonly number[] | undefined },
): void {
  if (names.length === 1 && !flags.all) return;
  const numbers = (flags.task ?? []).map((one) => ` --task ${one}`).join('');
  const each = names.map((name) => `sluice restart ${shellWord(name)}${numbers}`);
  throw new SluiceError(
    'USAGE',
    names.length === 0 ? 'restart the task of which connector?' : '--task needs one connector',
    {
      hint: each.length > 0 ? `Run it for each: ${each.join('; ')}` : `Name one: sluice restart NAME${numbers}`,
    },
  );
}
