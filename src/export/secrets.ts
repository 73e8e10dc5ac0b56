import { parseEnv } from 'node:util';
import { isMasked } from '../connect/masks.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { resolveValue } from '../connectors/references.ts';
import { SluiceError } from '../errors/error.ts';
import { setOwn } from '../text/own.ts';
import { holdsSecret } from '../text/redact.ts';

/** A live configuration as a file may hold it, and what was taken out of it. */
export interface Extracted {
  config: ConnectorConfig;
  /** Variable to value, for the env file. */
  variables: Map<string, string>;
  /** Keys whose values became variables. */
  secrets: string[];
  /** Keys whose values the worker masks: their variables have to be filled in by hand. */
  masked: { key: string; variable: string }[];
}

/** A value that is nothing but a worker's reference (`${vault:…}`) is no secret: it only says where one is. */
const WORKER_REFERENCE = /^\$\{[a-z][\w.-]*:[^}]*\}$/i;

/**
 * Replaces secrets by `${VARIABLE}` and escapes what would be read as a variable, so that a file with the result,
 * read with the variables, is the live configuration again.
 * @throws FILE_UNWRITABLE for a secret that no env file can hold
 * @param taken names of variables that are in use already; new ones are added
 */
export function extractSecrets(
  name: string,
  live: ConnectorConfig,
  isSecretKey: (key: string) => boolean,
  taken: Set<string>,
): Extracted {
  const extracted: Extracted = { config: {}, variables: new Map(), secrets: [], masked: [] };
  for (const [key, value] of ordered(live)) {
    if (!isSecret(key, value, isSecretKey)) {
      setOwn(extracted.config, key, escapeReferences(value));
      continue;
    }
    if (isMasked(value)) {
      const variable = variableName(name, key, taken);
      setOwn(extracted.config, key, `\${${variable}}`);
      extracted.masked.push({ key, variable });
      continue;
    }
    const parts = envParts(value);
    if (parts === undefined) throw unwritable(name, key);
    const variables = parts.map((part) => [variableName(name, key, taken), part] as const);
    for (const [variable, part] of variables) extracted.variables.set(variable, part);
    setOwn(extracted.config, key, variables.map(([variable]) => `\${${variable}}`).join(''));
    extracted.secrets.push(key);
  }
  return extracted;
}

/** Class and tasks first, as people write them; `name` stands beside the config. */
function ordered(config: ConnectorConfig): [key: string, value: string][] {
  const first = ['connector.class', 'tasks.max'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return Object.entries(config)
    .filter(([key]) => key !== 'name')
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function isSecret(key: string, value: string, isSecretKey: (key: string) => boolean): boolean {
  if (isMasked(value)) return true;
  if (value === '' || WORKER_REFERENCE.test(value)) return false;
  return isSecretKey(key) || holdsSecret(value);
}

/** `$${` where a file would be read differently from what is meant. */
export function escapeReferences(value: string): string {
  const { value: read, unset } = resolveValue(value, {});
  return read === value && unset.length === 0 ? value : value.replaceAll('${', () => '$${');
}

export function variableName(connector: string, key: string, taken: Set<string>): string {
  const base = `${connector}_${key}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  const safe = /^[A-Z]/.test(base) ? base : `CONNECTOR_${base}`;
  let name = safe;
  for (let count = 2; taken.has(name); count += 1) name = `${safe}_${count}`;
  taken.add(name);
  return name;
}

/**
 * The value, or where one line of an env file cannot hold it (a single quote beside what a shell acts on) the parts of it that can;
 * undefined where none can: a carriage return is lost in any form.
 */
function envParts(value: string): string[] | undefined {
  if (lineOf('X', value) !== undefined) return [value];
  const parts = value.match(/[^']+|'+/g) ?? [];
  return parts.every((part) => lineOf('X', part) !== undefined) ? parts : undefined;
}

/** One line (or more, where the value has some) of an env file that reads as exactly this value. */
export function envLine(variable: string, value: string): string {
  const line = lineOf(variable, value);
  if (line === undefined) throw new Error(`the value of ${variable} cannot stand in an env file`);
  return line;
}

function lineOf(variable: string, value: string): string | undefined {
  // No backticks: where a shell reads the file it would run what is between them, as `$(…)` between double quotes.
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
    `the secret ${key} of "${name}" has a character that no env file holds, such as a carriage return; nothing was written`,
    {
      hint: 'Give the connector a reference to a secret store instead, or export the others by name.',
      details: { name, key },
    },
  );
}
