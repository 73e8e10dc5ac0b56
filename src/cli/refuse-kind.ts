import { SluiceError } from '../errors/error.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';

/** What other tools put before the name of what they change. */
const KIND_ELSEWHERE = /^(?:connectors?|groups?|loggers?|offsets?|plugins?|tasks?|topics?)$/;

const DONE = {
  delete: 'deleted',
  patch: 'patched',
  maintain: 'maintained',
  pause: 'paused',
  restart: 'restarted',
  resume: 'resumed',
  stop: 'stopped',
};

/** Where the command is not the verb alone. */
const COMMANDS: Partial<Record<keyof typeof DONE, string>> = { maintain: 'maintenance start' };

/** `NAME 0` and `NAME/0`: a task as other tools name it. */
export function taskIn(words: readonly string[]): { name: string; task: string } | undefined {
  const [, name, task] = /^(.+)[/ ](\d+)$/.exec(words.join(' ')) ?? [];
  return name === undefined || task === undefined ? undefined : { name, task };
}

/**
 * Refuses `delete offsets NAME`, `restart task NAME 0`, `restart NAME/0` and `restart NAME 0`, as another tool would have
 * them, before anything is changed: the words would be taken for names, and the whole connector deleted or restarted.
 */
export async function refuseKind(
  verb: keyof typeof DONE,
  words: readonly string[],
  client: { list(): Promise<readonly string[]> },
): Promise<void> {
  const [kind = '', ...names] = words;
  const isKind = names.length > 0 && KIND_ELSEWHERE.test(kind);
  if (!isKind && !words.some((word) => /\/|^\d+$/.test(word))) return;
  const known = await client.list();
  const only = `only connectors are ${DONE[verb]}`;
  const example = (these: readonly string[], task?: string) =>
    command(`${COMMANDS[verb] ?? verb} ${these.map(shellWord).join(' ')}`, { task });
  const refuse = (message: string, hint: string) => new SluiceError('USAGE', message, { hint });
  const instead = (these: readonly string[]) =>
    `To ${verb} the ${these.length === 1 ? 'connector' : 'connectors'}: ${example(these)}`;
  const ofTask = (name: string, task: string) =>
    verb === 'restart' ? `To restart the task: ${example([name], task)}` : instead([name]);
  if (isKind && !known.includes(kind)) {
    const task = verb === 'restart' && kind.startsWith('task') ? taskIn(names) : undefined;
    if (verb === 'delete' && kind.startsWith('offset'))
      throw refuse(
        `"${kind}" is not the name of a connector, and ${only}`,
        `To reset them: ${command(`offsets reset ${names.map(shellWord).join(' ')}`)}`,
      );
    throw refuse(
      `"${kind}" is not the name of a connector, and ${only}`,
      task === undefined ? instead(names) : ofTask(task.name, task.task),
    );
  }
  for (const [at, word] of words.entries()) {
    if (known.includes(word)) continue;
    const before = words[at - 1] ?? '';
    if (/^\d+$/.test(word) && known.includes(before))
      throw refuse(`"${word}" is not the name of a connector, and ${only}`, ofTask(before, word));
    const [, name = '', task = ''] = /^(.+)\/(\d+)$/.exec(word) ?? [];
    if (known.includes(name))
      throw refuse(`"${word}" is a task, and ${verb === 'restart' ? 'not a name' : only}`, ofTask(name, task));
    const after = word.slice(word.indexOf('/') + 1);
    if (KIND_ELSEWHERE.test(word.slice(0, word.indexOf('/'))) && known.includes(after))
      throw refuse(
        `"${word}" is not the name of a connector`,
        instead(words.map((one) => (one === word ? after : one))),
      );
  }
}
