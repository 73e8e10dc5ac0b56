import { SluiceError } from '../errors/error.ts';
import { firstNames } from '../text/lists.ts';
import { nearest } from '../text/nearest.ts';
import { setting } from '../text/settings.ts';

/** Selects some of the connectors in the files. */
export interface Selection {
  only?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
}

export function isNarrowed({ only, exclude }: Selection): boolean {
  return only !== undefined || exclude !== undefined;
}

export function isSelected(name: string, { only, exclude }: Selection): boolean {
  return (only === undefined || only.includes(name)) && !exclude?.includes(name);
}

/** @throws REQUEST_INVALID for a name that no connector has. */
export function assertKnown(settingName: string, given: readonly string[] | undefined, names: readonly string[]): void {
  for (const name of given ?? []) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new SluiceError('REQUEST_INVALID', `${setting(settingName, name)}: it is not in any file`, {
      hint: near === undefined ? `The files have ${firstNames(names, 5)}.` : `Did you mean ${near}?`,
    });
  }
}

/**
 * @param others further names in the files, of connectors that cannot be used
 * @throws REQUEST_INVALID for a name that is not in any file: a typo must not turn into "nothing to do".
 */
export function select<T extends { name: string }>(
  connectors: readonly T[],
  { only, exclude }: Selection,
  others: readonly string[] = [],
): T[] {
  const names = [...connectors.map((connector) => connector.name), ...others];
  assertKnown('only', only, names);
  assertKnown('exclude', exclude, names);
  return connectors.filter(({ name }) => isSelected(name, { only, exclude }));
}
