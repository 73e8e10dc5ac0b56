import { parseEnv } from 'node:util';
import type { ConnectorConfig } from '../connect/types.ts';
import { resolveValue } from '../connectors/references.ts';
import { SluiceError } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { isMasked } from '../text/masks.ts';
import { setOwn } from '../text/own.ts';
import { holdsSecret } from '../text/redact.ts';

/** A live configuration for a file, and the secrets taken out of it. */
export interface Extracted {
  config: ConnectorConfig;
  /** Variable to value, for the env file. */
  variables: Map<string, string>;
  /** Keys whose values became variables. */
  secrets: string[];
  /** Keys whose values the worker masks: their variables must be set by hand. */
  masked: { key: string; variable: string }[];
}

/** A value that is only a worker's reference (`${vault:…}`) is not a secret: it only says where one is. */
const WORKER_REFERENCE = /^\$\{[a-z][\w.-]*:[^}]*\}$/i;

/**
 * Replaces secrets by `${VARIABLE}` and escapes anything that would be read as a variable. A file with the result, read
 * with the variables, yields the live configuration again.
 * @throws FILE_UNWRITABLE for a secret that an env file cannot hold
 * @param taken names of variables already in use; new ones are added
 * @param others variables of other connectors, of which none may get another value
 */
export function extractSecrets(
  name: string,
  live: ConnectorConfig,
  isSecretKey: (key: string) => boolean,
  taken: Set<string>,
  others: ReadonlyMap<string, string | undefined> = new Map(),
): Extracted {
  const extracted: Extracted = { config: {}, variables: new Map(), secrets: [], masked: [] };
  for (const [key, value] of ordered(live)) {
    if (!isSecret(key, value, isSecretKey)) {
      setOwn(extracted.config, key, escapeReferences(value));
      continue;
    }
    if (isMasked(value)) {
      const variable = variableName(name, key, taken, (one) => others.has(one));
      setOwn(extracted.config, key, `\${${variable}}`);
      extracted.masked.push({ key, variable });
      continue;
    }
    const parts = envParts(value);
    if (parts === undefined) throw unwritable(name, key);
    const variables = parts.map((part) => {
      const isOther = (one: string) => others.has(one) && others.get(one) !== part;
      return [variableName(name, key, taken, isOther), part] as const;
    });
    for (const [variable, part] of variables) extracted.variables.set(variable, part);
    setOwn(extracted.config, key, variables.map(([variable]) => `\${${variable}}`).join(''));
    extracted.secrets.push(key);
  }
  return extracted;
}

/** Class and tasks first, as people write them; `name` is outside the config. */
function ordered(config: ConnectorConfig): [key: string, value: string][] {
  const first = ['connector.class', 'tasks.max'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return Object.entries(config)
    .filter(([key]) => key !== 'name')
    .sort(([a], [b]) => rank(a) - rank(b) || compareTexts(a, b));
}

function isSecret(key: string, value: string, isSecretKey: (key: string) => boolean): boolean {
  if (isMasked(value)) return true;
  if (value === '' || WORKER_REFERENCE.test(value)) return false;
  return isSecretKey(key) || holdsSecret(value);
}

/** Writes `$${` if the value would otherwise be read differently. */
export function escapeReferences(value: string): string {
  const { value: read, unset } = resolveValue(value, {});
  return read === value && unset.length === 0 ? value : value.replaceAll('${', () => '$${');
}

export function variableName(
  connector: string,
  key: string,
  taken: Set<string>,
  isOther: (name: string) => boolean = () => false,
): string {
  const base = `${connector}_${key}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  const safe = /^[A-Z]/.test(base) ? base : `CONNECTOR_${base}`;
  let name = safe;
  for (let count = 2; taken.has(name) || isOther(name); count += 1) name = `${safe}_${count}`;
  taken.add(name);
  return name;
}

/**
 * The value, or, if one line of an env file cannot hold it (a single quote next to shell characters), parts that fit.
 * Undefined if no form can hold it: a carriage return is always lost.
 */
function envParts(value: string): string[] | undefined {
  if (lineOf('X', value) !== undefined) return [value];
  const parts = value.match(/[^']+|'+/g) ?? [];
  return parts.every((part) => lineOf('X', part) !== undefined) ? parts : undefined;
}

/** A line of an env file (several for a multi-line value) that reads back as exactly this value. */
export function envLine(variable: string, value: string): string {
  const line = lineOf(variable, value);
  if (line === undefined) throw new Error(`the value of ${variable} cannot be written to an env file`);
  return line;
}

function lineOf(variable: string, value: string): string | undefined {
  // No backticks: a shell that reads the file would run them, like `$(…)` in double quotes.
  const forms = [
    /^[\w./:@%+,=-]*$/.test(value) ? value : undefined,
    `'${value}'`,
    /[$`\\"!]/.test(value) ? undefined : `"${value}"`,
  ];
  return forms
    .filter((form) => form !== undefined)
    .map((form) => `${variable}=${form}`)
    .find((line) => {
      const read = parseEnv(`${line}\nEND=1\n`);
      return read[variable] === value && read['END'] === '1';
    });
}

function unwritable(name: string, key: string): SluiceError {
  return new SluiceError(
    'FILE_UNWRITABLE',
    `the secret ${key} of "${name}" has a character that an env file cannot hold, such as a carriage return; nothing was written`,
    {
      hint: 'Let the connector refer to a secret store instead, or export the others by name.',
      details: { name, key },
    },
  );
}
