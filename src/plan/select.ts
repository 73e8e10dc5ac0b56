import { SluiceError } from '../errors/error.ts';
import { nearest } from '../errors/nearest.ts';

/** Which of the connectors in the files are meant. */
export interface Selection {
  only?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
}

export function isNarrowed({ only, exclude }: Selection): boolean {
  return only !== undefined || exclude !== undefined;
}

/** @throws USAGE for a name that no connector has. */
export function assertKnown(flag: string, given: readonly string[] | undefined, names: readonly string[]): void {
  for (const name of given ?? []) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new SluiceError('USAGE', `${flag} ${name}: no file describes it`, {
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    });
  }
}

/** @throws USAGE for a name that stands in no file: a typo must not turn into "nothing to do". */
export function select<T extends { name: string }>(connectors: readonly T[], { only, exclude }: Selection): T[] {
  const names = connectors.map((connector) => connector.name);
  assertKnown('--only', only, names);
  assertKnown('--exclude', exclude, names);
  return connectors.filter(({ name }) => (only === undefined || only.includes(name)) && !exclude?.includes(name));
}
