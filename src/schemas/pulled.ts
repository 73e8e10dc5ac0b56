import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { nearest } from '../text/nearest.ts';
import type { Integer } from '../text/numbers.ts';
import { setting } from '../text/settings.ts';
import { readForeignIndex, SAFE_NAME } from './foreign.ts';
import type { KeySchema, PluginSchema, PluginType, SchemaIndex } from './plugin-schema.ts';
import { aliasesOf, type SchemaStore } from './store.ts';
import { schemaFiles } from './write.ts';

/** Where `schemas pull` writes: next to sluice.yaml, to be committed with the connectors. */
export function pulledFolder(projectFolder: string): string {
  return path.join(projectFolder, '.sluice', 'schemas');
}

export interface PulledSchemas {
  folder: string;
  plugins: { class: string; version: string; keys: Integer }[];
  /** Classes whose name or version is not a valid file name: not written. */
  refused: string[];
}

/**
 * Adds schemas to a folder; versions pulled earlier are kept.
 * @throws FILE_UNWRITABLE
 */
export function addSchemas(folder: string, schemas: readonly PluginSchema[]): PulledSchemas {
  const isSafe = ({ 'x-plugin': { class: name, version } }: PluginSchema) =>
    SAFE_NAME.test(name) && SAFE_NAME.test(version);
  const safe = schemas.filter(isSafe);
  try {
    const files = schemaFiles(safe);
    const fresh = JSON.parse(files.get('index.json') ?? '') as SchemaIndex;
    const merged = mergeIndexes(readIndex(folder), fresh);
    makeFolder(folder);
    for (const [name, text] of files) {
      const file = path.join(folder, name);
      makeFolder(path.dirname(file));
      writeFileSync(file, name === 'index.json' ? `${JSON.stringify(merged, null, 1)}\n` : text);
    }
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write schemas to ${folder}: ${(error as Error).message}`, {
      hint: `Check the permissions of the folder, or give another with ${setting('out')}.`,
      cause: error,
    });
  }
  return {
    folder,
    plugins: safe.map(({ 'x-plugin': { class: name, version }, properties }) => ({
      class: name,
      version,
      keys: Object.keys(properties).length,
    })),
    refused: schemas.filter((schema) => !isSafe(schema)).map((schema) => schema['x-plugin'].class),
  };
}

function readIndex(folder: string): SchemaIndex {
  const file = path.join(folder, 'index.json');
  return existsSync(file) ? readForeignIndex(file) : { plugins: {} };
}

function mergeIndexes(before: SchemaIndex, fresh: SchemaIndex): SchemaIndex {
  const plugins = { ...before.plugins };
  for (const [name, entry] of Object.entries(fresh.plugins)) {
    const versions = new Set([...(plugins[name]?.versions ?? []), ...entry.versions]);
    // The newest last: it is the default.
    plugins[name] = { ...entry, versions: [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) };
  }
  return { plugins: Object.fromEntries(Object.entries(plugins).sort(([a], [b]) => compareTexts(a, b))) };
}

export interface SchemaList {
  plugins: { class: string; types: PluginType[]; versions: string[]; origin: 'worker' | 'documentation' }[];
}

export interface SchemaDetails {
  class: string;
  types: PluginType[];
  version: string;
  origin: 'worker' | 'documentation';
  required: string[];
  keys: ({ key: string } & KeySchema)[];
}

const TYPES: PluginType[] = [
  'source',
  'sink',
  'converter',
  'header_converter',
  'transformation',
  'predicate',
  'client',
];

/** @throws SCHEMA_UNKNOWN with the nearest class. */
export function showSchema(store: SchemaStore, name: string, version?: string): SchemaDetails {
  const resolution = store.resolve(name, TYPES);
  if ('ambiguous' in resolution) {
    throw new SluiceError('SCHEMA_UNKNOWN', `several classes have the name ${name}`, {
      hint: `Give one in full: ${resolution.ambiguous.join(' or ')}.`,
    });
  }
  const found = 'found' in resolution ? resolution.found : name;
  const schema = store.schema(found, version);
  if (!schema) {
    const known = store.list().flatMap((plugin) => [plugin.class, ...aliasesOf(plugin.class, plugin.types)]);
    const suggestion = nearest(name, known);
    throw new SluiceError('SCHEMA_UNKNOWN', `there is no schema for plugin ${name}`, {
      hint: suggestion === undefined ? 'See all schemas with: sluice schemas list' : `Did you mean ${suggestion}?`,
    });
  }
  if (version !== undefined && schema['x-plugin'].version !== version) {
    throw new SluiceError('SCHEMA_UNKNOWN', `there is no schema for version ${version} of ${found}`, {
      hint: `There is one for ${schema['x-plugin'].version}; pull another from its worker: sluice schemas pull`,
    });
  }
  const { class: pluginClass, types, version: own, origin } = schema['x-plugin'];
  const keys = Object.entries(schema.properties).map(([key, known]) => ({ key, ...known }));
  return { class: pluginClass, types, version: own, origin, required: schema.required, keys };
}
