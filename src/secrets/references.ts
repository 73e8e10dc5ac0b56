import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { matchBraced } from '../text/braced.ts';
import { setting } from '../text/settings.ts';
import type { Environment } from './environment.ts';

/** Location of a reference, for messages: `sluice.yaml: contexts.dev.connect.password`. */
export interface ReferenceSite {
  file: string;
  /** Path of keys inside the file. */
  key: string;
}

/** Reads one secret; the adapter for Vault implements it. */
export interface SecretReader {
  /** @param reference the part after `vault:`: `mount/path#key` */
  read(reference: string): Promise<string>;
}

export interface ReferenceSources {
  environment: Environment;
  /** Relative `${file:…}` paths start here. */
  baseFolder: string;
  vault: SecretReader;
  /** Variables of the selected context; the environment overrides them. */
  variables?: ContextVariables | undefined;
}

/** A context's variables in sluice.yaml, resolved only when a reference uses them. */
export interface ContextVariables {
  /** Their location: `contexts.production.variables`. */
  key: string;
  file: string;
  written: Readonly<Record<string, string>>;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Resolves `${VAR}`, `${VAR:-default}`, `${file:path}` and `${vault:mount/path#key}` in one value of sluice.yaml;
 * `$${` is a literal `${`. For references in connector files see src/connectors.
 * @throws REFERENCE_UNRESOLVED with file, key and the missing name, SECRET_UNAVAILABLE from Vault.
 */
export async function resolveReferences(
  value: string,
  site: ReferenceSite,
  sources: ReferenceSources,
): Promise<string> {
  const parts: string[] = [];
  let end = 0;
  for (const { index, groups } of matchBraced(value, REFERENCE)) {
    const [whole = '', reference] = groups;
    parts.push(value.slice(end, index));
    end = index + whole.length;
    parts.push(reference === undefined ? '${' : await resolveOne(reference, site, sources));
  }
  parts.push(value.slice(end));
  return parts.join('');
}

async function resolveOne(reference: string, site: ReferenceSite, sources: ReferenceSources): Promise<string> {
  if (reference.startsWith('vault:')) return sources.vault.read(reference.slice('vault:'.length));
  if (reference.startsWith('file:'))
    return readReferencedFile(reference.slice('file:'.length), site, sources.baseFolder);
  const variable = VARIABLE.exec(reference);
  if (!variable) {
    throw new SluiceError(
      'REFERENCE_UNRESOLVED',
      `${site.file}: ${site.key}: "\${${reference}}" is not a valid reference`,
      {
        hint: 'Use ${VAR}, ${VAR:-default}, ${file:path} or ${vault:mount/path#key}; write $${ for a literal ${.',
      },
    );
  }
  const [, name = '', fallback] = variable;
  const found = sources.environment[name] ?? (await contextVariable(name, sources));
  // As in a shell, `:-` also covers a variable that is set but empty.
  if (found !== undefined && (found !== '' || fallback === undefined)) return found;
  if (fallback !== undefined) return fallback;
  throw new SluiceError('REFERENCE_UNRESOLVED', `${site.file}: ${site.key}: the variable ${name} is not set`, {
    hint: `Set ${name} in the environment, or in a file given with ${setting('envFile')}.`,
    details: { file: site.file, key: site.key, variable: name },
  });
}

/**
 * A variable of the context with its references resolved: from the environment, files and Vault, but not from other
 * variables of the context, which could be circular.
 * @throws as resolveReferences
 */
export async function contextVariable(name: string, sources: ReferenceSources): Promise<string | undefined> {
  const { variables } = sources;
  if (variables === undefined || !Object.hasOwn(variables.written, name)) return undefined;
  const site = { file: variables.file, key: `${variables.key}.${name}` };
  return resolveReferences(variables.written[name] ?? '', site, { ...sources, variables: undefined });
}

function readReferencedFile(name: string, site: ReferenceSite, baseFolder: string): string {
  const file = path.resolve(baseFolder, name);
  try {
    // One trailing newline is the editor's, not the secret's.
    return readText(file).replace(/\r?\n$/, '');
  } catch (error) {
    throw new SluiceError(
      'REFERENCE_UNRESOLVED',
      `${site.file}: ${site.key}: cannot read ${file}: ${(error as Error).message}`,
      {
        hint: 'Check the path in ${file:…}; a relative one starts at the folder of sluice.yaml.',
        cause: error,
      },
    );
  }
}

/** Resolves every string inside a value, keeping its shape. */
export async function resolveTree<T>(value: T, site: ReferenceSite, sources: ReferenceSources): Promise<T> {
  if (typeof value === 'string') return (await resolveReferences(value, site, sources)) as T;
  if (Array.isArray(value)) {
    return (await Promise.all(
      value.map((item, index) => resolveTree(item, { ...site, key: `${site.key}[${index}]` }, sources)),
    )) as T;
  }
  if (value !== null && typeof value === 'object') {
    const entries = await Promise.all(
      Object.entries(value).map(
        async ([key, item]) => [key, await resolveTree(item, { ...site, key: `${site.key}.${key}` }, sources)] as const,
      ),
    );
    return Object.fromEntries(entries) as T;
  }
  return value;
}
