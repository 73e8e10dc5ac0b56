import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../secrets/environment.ts';
import type { ConnectorFile } from './connector-file.ts';
import { addEntry, entryOf, removeEntry, replaceToken } from './edit.ts';
import { readText } from './files.ts';
import type { ConfigPatch } from './live-file.ts';
import { syntaxOf } from './sources/parse.ts';

/**
 * Changes keys of one connector in a text, and nothing else: comments and formatting stay.
 * @returns undefined if that cannot be done for sure: an alias is shared, the syntax is broken, or a value is a list
 */
export async function patchText(
  text: string,
  file: string,
  name: string,
  { set, unset }: ConfigPatch,
  environment: Environment,
): Promise<string | undefined> {
  let current = text;
  const steps = [...Object.entries(set), ...unset.map((key) => [key, undefined] as const)];
  for (const [key, value] of steps) {
    const changed = await changeKey(current, file, name, { key, value }, environment);
    if (changed === undefined) return undefined;
    current = changed;
  }
  return current;
}

async function changeKey(
  text: string,
  file: string,
  name: string,
  { key, value }: { key: string; value: string | undefined },
  environment: Environment,
): Promise<string | undefined> {
  const read = (one: string) => readText(one, { file, origin: 'named' }, { environment });
  const before = await read(text);
  const connector = onlyOne(before.connectors, name);
  if (connector === undefined) return undefined;
  if (connector.written[key] === value) return text;
  for await (const changed of candidates(text, file, connector, { key, value })) {
    const after = await read(changed);
    if (after.findings.some(({ severity }) => severity === 'error')) continue;
    if (isThatOnly(before.connectors, after.connectors, name, { key, value })) return changed;
  }
  return undefined;
}

/** What the text may become; the first that reads right is taken. */
async function* candidates(
  text: string,
  file: string,
  connector: ConnectorFile,
  { key, value }: { key: string; value: string | undefined },
): AsyncGenerator<string> {
  const syntax = syntaxOf(text, file);
  const entry = await entryOf(text, connector, key);
  const own = (changed: string | undefined) => (changed === undefined ? [] : [changed]);
  if (value === undefined) {
    if (entry !== undefined) yield* own(removeEntry(text, entry, syntax));
  } else if (entry !== undefined) yield* own(replaceToken(text, entry.value, value, syntax, 'value'));
  else {
    const entries = await Promise.all(Object.keys(connector.written).map((one) => entryOf(text, connector, one)));
    // After the last one, where somebody would write it; in other forms some keys are not in the same map.
    const lastFirst = entries.flatMap((one) => one ?? []).sort((a, b) => b.value[1] - a.value[1]);
    for (const after of lastFirst) yield* own(addEntry(text, after, { key, value }, syntax));
  }
}

function onlyOne(connectors: readonly ConnectorFile[], name: string): ConnectorFile | undefined {
  const own = connectors.filter((one) => one.name === name);
  return own.length === 1 ? own[0] : undefined;
}

function isThatOnly(
  before: readonly ConnectorFile[],
  after: readonly ConnectorFile[],
  name: string,
  { key, value }: { key: string; value: string | undefined },
): boolean {
  if (before.length !== after.length) return false;
  return before.every((one, at) => {
    const now = after[at];
    if (now === undefined || one.name !== now.name || one.state !== now.state) return false;
    const wanted = new Map(Object.entries(one.written));
    if (one.name === name) {
      if (value === undefined) wanted.delete(key);
      else wanted.set(key, value);
    }
    return isDeepStrictEqual(new Map([...wanted].sort()), new Map(Object.entries(now.written).sort()));
  });
}
