import type { Hook } from '@oclif/core/hooks';
import { SluiceError } from '../../errors/error.ts';
import { nearest } from '../../errors/nearest.ts';

/** Names the command that was probably meant; it never runs it by itself. */
const hook: Hook<'command_not_found'> = async ({ id, config }) => {
  const name = id.replaceAll(':', ' ');
  const known = [
    ...config.commands.filter((command) => !command.hidden).map(({ id }) => id),
    ...config.topics.map((topic) => topic.name),
  ];
  const meant = nearest(
    name,
    known.map((one) => one.replaceAll(':', ' ')),
  );
  throw new SluiceError('COMMAND_NOT_FOUND', `there is no command "${name}"`, {
    hint: meant === undefined ? 'See the commands: sluice --help' : `Did you mean: sluice ${meant}`,
  });
};

export default hook;
