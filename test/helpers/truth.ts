import type { ConnectClient } from '../../src/connect/client.ts';
import { readText } from '../../src/connectors/files.ts';
import { choices, type KeySchema } from '../../src/schemas/plugin-schema.ts';
import type { SchemaStore } from '../../src/schemas/store.ts';
import { validateConnectors } from '../../src/validate/validate.ts';

export type Config = Record<string, string>;

/** Keys that we call wrong. */
export async function ours(config: Config, store: SchemaStore): Promise<Set<string>> {
  const text = JSON.stringify({ name: 'truth', config });
  const { connectors, findings } = await readText(text, { file: 'truth.json', origin: 'named' }, { environment: {} });
  const all = [...findings, ...(await validateConnectors(connectors, store))];
  const errors = all.filter(({ severity }) => severity === 'error');
  return new Set(errors.flatMap(({ key = '', also = [] }) => [key, ...also]));
}

/** Not about the config: connections, and what another worker may be set up to do. */
const ELSEWHERE = /Unable to connect|connection attempt|This worker does not have|Class .* could not be found/;

/** Keys that the worker calls wrong, with what it says. */
export async function theirs(config: Config, client: ConnectClient): Promise<Map<string, string>> {
  const { configs } = await client.validate({ name: 'truth', ...config });
  return new Map(
    configs.flatMap(({ value }): [string, string][] => {
      const error = value.errors.find((one) => !ELSEWHERE.test(one));
      return error === undefined ? [] : [[value.name, error]];
    }),
  );
}

/** Values that are wrong or unusual for a key, and all its choices, in another case too. */
export function unusualValues(known: KeySchema): string[] {
  return [
    ...(WRONG[known['x-type']] ?? []),
    ...(choices(known) ?? []).flatMap((choice) => [choice, choice.toUpperCase(), choice.toLowerCase()]),
  ];
}

const WRONG: Record<string, string[]> = {
  BOOLEAN: ['maybe', '', ' TRUE '],
  INT: ['abc', '', '-1', '0', '99999999999', ' 7 '],
  SHORT: ['abc', '70000'],
  LONG: ['abc', '-1', '0', '99999999999999999999'],
  STRING: ['__x__', '', '[', 'a b$', ' a:b , c'],
  LIST: ['', '[', 'a,,b', 'a,a', '(a|b),c{1,2}', '*.x', 'a\\,b'],
  CLASS: ['', 'a b'],
};
