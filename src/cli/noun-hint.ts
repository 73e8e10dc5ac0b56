import type { SluiceError } from '../errors/error.ts';
import { NOUNS } from './other-words.ts';
import type { KnownCommands } from './pastable.ts';
import { suggestCommand } from './suggest-command.ts';

/**
 * `list connectors`, `status topics`: a word of another tool that was taken for the name of a connector.
 * @param words the command and its arguments
 * @returns what to do instead; undefined if the word is not one of these
 */
export function nounHint(
  { code, details }: Pick<SluiceError, 'code' | 'details'>,
  words: readonly string[],
  commands: KnownCommands,
): string | undefined {
  const name = details?.['name'];
  if (code !== 'CONNECTOR_NOT_FOUND' || typeof name !== 'string' || !words.includes(name)) return undefined;
  if (!Object.hasOwn(NOUNS, name.replace(/s$/, ''))) return undefined;
  const at = words.findIndex((word) => word.startsWith('-'));
  const [typed, flags] = at < 0 ? [words, []] : [words.slice(0, at), words.slice(at)];
  const { meant, lacks } = suggestCommand(typed, { commands, flags, exists: () => false });
  return lacks === undefined && meant !== undefined
    ? `Only names of connectors are expected. Did you mean sluice ${meant}?`
    : undefined;
}
