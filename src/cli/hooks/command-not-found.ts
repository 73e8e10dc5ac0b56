import type { Interfaces } from '@oclif/core';
import type { Hook } from '@oclif/core/hooks';
import { SluiceError } from '../../errors/error.ts';
import { suggestCommand } from '../other-words.ts';

/** Suggests the command that was probably meant, without running it. @throws COMMAND_NOT_FOUND, USAGE */
export function commandNotFound(id: string, config: Interfaces.Config, flags: readonly string[] = []): never {
  const words = id.split(':');
  // A command without arguments: oclif treats the next word as part of its name.
  for (let count = words.length - 1; count > 0; count--) {
    if (config.findCommand(words.slice(0, count).join(':')) === undefined) continue;
    throw new SluiceError(
      'USAGE',
      `unexpected ${words.length - count === 1 ? 'argument' : 'arguments'}: ${words.slice(count).join(' ')}`,
      {
        hint: `See: sluice ${words.slice(0, count).join(' ')} --help`,
      },
    );
  }
  const known = [
    ...config.commands.filter((command) => !command.hidden).map((command) => command.id),
    ...config.topics.map((topic) => topic.name),
  ];
  const { unknown, meant, renamed } = suggestCommand(
    words,
    known.map((one) => one.replaceAll(':', ' ')),
    flags,
  );
  const hint =
    meant === undefined
      ? 'See the commands: sluice --help'
      : renamed
        ? `Use: sluice ${meant}`
        : `Did you mean: sluice ${meant}`;
  throw new SluiceError('COMMAND_NOT_FOUND', `there is no command "${unknown}"`, { hint });
}

const hook: Hook<'command_not_found'> = async ({ id, argv, config }) => commandNotFound(id, config, argv);

export default hook;
