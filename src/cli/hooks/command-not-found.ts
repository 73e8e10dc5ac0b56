import { existsSync } from 'node:fs';
import type { Interfaces } from '@oclif/core';
import type { Hook } from '@oclif/core/hooks';
import { SluiceError } from '../../errors/error.ts';
import { knownCommands } from '../pastable.ts';
import { suggestCommand } from '../suggest-command.ts';

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
  const { unknown, meant, renamed, lacks } = suggestCommand(words, {
    commands: knownCommands(config),
    flags,
    exists: existsSync,
  });
  const message = `there is no command "${unknown}"`;
  if (lacks !== undefined) {
    const hint = meant === undefined ? 'See what there is: sluice --help' : `${lacks.what}: sluice ${meant}`;
    throw new SluiceError('COMMAND_NOT_FOUND', `${message}: ${lacks.why}`, { hint });
  }
  const use = renamed ? 'Use' : 'Did you mean';
  const hint = meant === undefined ? 'See the commands: sluice --help' : `${use}: sluice ${meant}`;
  throw new SluiceError('COMMAND_NOT_FOUND', message, { hint });
}

const hook: Hook<'command_not_found'> = async ({ id, argv, config }) => commandNotFound(id, config, argv);

export default hook;
