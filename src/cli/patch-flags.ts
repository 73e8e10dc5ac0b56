import { string } from '@oclif/core/flags';
import type { ConfigPatch } from '../connectors/live-file.ts';
import { SluiceError } from '../errors/error.ts';

export const setFlag = {
  set: string({
    description: 'Set a key; can be repeated. ${NAME} is a variable, as in a connector file.',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

export const unsetFlag = {
  unset: string({
    description: 'Remove a key; can be repeated.',
    helpValue: 'KEY',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** The patch that flags describe. @throws USAGE; the message does not repeat a value, which may be a secret */
export function patchOf({
  set = [],
  unset = [],
}: {
  set?: string[] | undefined;
  unset?: string[] | undefined;
}): ConfigPatch {
  const pairs = set.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at <= 0)
      throw new SluiceError('USAGE', '--set needs a key and a value', {
        hint: 'Write --set KEY=VALUE, for instance --set tasks.max=3',
      });
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  const twice = pairs.find(([key], at) => pairs.findIndex(([other]) => other === key) < at)?.[0];
  if (twice !== undefined) throw new SluiceError('USAGE', `--set has ${twice} twice`, { hint: 'Give each key once.' });
  if (pairs.length + unset.length === 0)
    throw new SluiceError('USAGE', 'patch what?', { hint: 'Name a key: --set KEY=VALUE or --unset KEY' });
  return { set: Object.fromEntries(pairs), unset: [...new Set(unset)] };
}
