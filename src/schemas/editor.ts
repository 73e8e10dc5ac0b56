import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../config/package-root.ts';
import { CONNECTOR_STATES } from '../connectors/connector-file.ts';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Integer } from '../text/numbers.ts';
import { setting } from '../text/settings.ts';
import { choices, type KeySchema, type PatternSchema, type PluginSchema } from './plugin-schema.ts';
import { aliasesOf, type SchemaStore } from './store.ts';

/** JSON Schema draft 7, which all editors fully support. */
type JsonSchema = Record<string, unknown>;

export interface EditorSchemas {
  folder: string;
  files: { name: string; of: 'project' | 'connectors' }[];
  /** Connector classes in these files. */
  connectors: Integer;
}

const DIALECT = 'http://json-schema.org/draft-07/schema#';
const STATES = inAnyCase(CONNECTOR_STATES);
/** Keys that the file gives elsewhere, by form. */
const NOT_IN = { flat: [], wrapped: ['name'], strimzi: ['name', 'connector.class', 'tasks.max'] } as const;
type Form = keyof typeof NOT_IN;

/** Where `schemas editor` writes. */
export function editorFolder(projectFolder: string): string {
  return path.join(projectFolder, '.sluice', 'editor');
}

/**
 * Writes the schemas of sluice.yaml and connector files for editors, each as one file.
 * @throws FILE_UNWRITABLE
 */
export function writeEditorSchemas(folder: string, store: SchemaStore): EditorSchemas {
  const connectors = connectorPlugins(store);
  const files: [name: string, of: 'project' | 'connectors', text: string][] = [
    ['project.json', 'project', projectFileSchema()],
    ['connector.json', 'connectors', `${JSON.stringify(connectorFileSchema(store))}\n`],
  ];
  try {
    makeFolder(folder);
    for (const [name, , text] of files) writeFileSync(path.join(folder, name), text);
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write schemas to ${folder}: ${(error as Error).message}`, {
      hint: `Check the permissions of the folder, or give another with ${setting('out')}.`,
      cause: error,
    });
  }
  return { folder, files: files.map(([name, of]) => ({ name, of })), connectors: connectors.length };
}

/** Without $id: some editors would load its parts from there. */
function projectFileSchema(): string {
  const { $id: _id, ...schema } = JSON.parse(readFileSync(packagePath('schemas', 'project.json'), 'utf8'));
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The JSON Schema of a connector file in all its forms; the class determines the keys. */
function connectorFileSchema(store: SchemaStore): JsonSchema {
  const plugins = connectorPlugins(store);
  const shared = sharedKeys(store);
  return {
    $schema: DIALECT,
    title: 'Connector file of Kafka Connect',
    type: 'object',
    if: { required: ['apiVersion', 'kind'] },
    // Other Kubernetes resources may be in the same file.
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      if: { properties: { kind: { const: 'KafkaConnector' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: '#/definitions/strimzi' },
    },
    else: {
      if: { required: ['config'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: '#/definitions/wrapped' },
      else: { $ref: '#/definitions/flat' },
    },
    definitions: {
      flat: {
        properties: {
          name: { description: 'The name of the connector.', type: ['string', 'number'] },
          config: { description: 'The settings, if they are not next to the name.', type: 'object' },
          ...shared.properties,
        },
        patternProperties: shared.patternProperties,
        required: ['name', 'connector.class'],
        allOf: plugins.map((plugin) => whereClassIs('connector.class', plugin, ofPlugin(plugin, 'flat'))),
      },
      wrapped: {
        properties: {
          $schema: { type: 'string' },
          name: { description: 'The name of the connector.', type: ['string', 'number'] },
          state: { description: 'The state that a deploy sets.', ...STATES },
          config: {
            description: 'The settings of the connector.',
            type: 'object',
            ...shared,
            required: ['connector.class'],
            allOf: plugins.map((plugin) => whereClassIs('connector.class', plugin, ofPlugin(plugin, 'wrapped'))),
          },
          ...Object.fromEntries(['initial_state', 'tasks', 'type', 'schemaVersion'].map((key) => [key, true])),
        },
        additionalProperties: false,
      },
      strimzi: {
        properties: {
          metadata: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
          spec: {
            type: 'object',
            properties: {
              class: shared.properties['connector.class'],
              tasksMax: { description: 'The maximum number of tasks.', type: ['integer', 'string'] },
              state: { description: 'The state that Strimzi sets.', ...STATES },
              config: { description: 'The settings of the connector.', type: 'object', ...shared },
            },
            required: ['class'],
            allOf: plugins.map((plugin) =>
              whereClassIs('class', plugin, { properties: { config: ofPlugin(plugin, 'strimzi') } }),
            ),
          },
        },
        required: ['metadata', 'spec'],
      },
      ...Object.fromEntries(plugins.map((plugin) => [plugin['x-plugin'].class, keysOf(plugin)])),
    },
  };
}

function connectorPlugins(store: SchemaStore): PluginSchema[] {
  return store.classesOf(['source', 'sink']).flatMap((name) => store.schema(name) ?? []);
}

function whereClassIs(key: string, { 'x-plugin': plugin }: PluginSchema, schema: JsonSchema): JsonSchema {
  const names = [plugin.class, ...aliasesOf(plugin.class, plugin.types)];
  return {
    if: { properties: { [key]: { enum: names } }, required: [key] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: schema,
  };
}

function ofPlugin({ 'x-plugin': plugin, required }: PluginSchema, form: Form): JsonSchema {
  const elsewhere: readonly string[] = NOT_IN[form];
  const own = required.filter((key) => !elsewhere.includes(key));
  return { allOf: [{ $ref: `#/definitions/${plugin.class}` }, { required: own }] };
}

/** Keys whose values are known classes: an editor offers these, and accepts others. */
function sharedKeys(store: SchemaStore) {
  const oneOf = (description: string, types: Parameters<SchemaStore['classesOf']>[0]) => ({
    description,
    anyOf: [{ enum: store.classesOf(types) }, { type: 'string' }],
  });
  return {
    properties: {
      'connector.class': oneOf('The Java class of the connector.', ['source', 'sink']),
      'key.converter': oneOf('How keys are written to and read from Kafka.', ['converter']),
      'value.converter': oneOf('How values are written to and read from Kafka.', ['converter']),
      'header.converter': oneOf('How headers are written to and read from Kafka.', ['header_converter']),
    },
    patternProperties: {
      '^transforms\\.[^.]+\\.type$': oneOf('The Java class of the transform.', ['transformation']),
      '^predicates\\.[^.]+\\.type$': oneOf('The Java class of the predicate.', ['predicate']),
    },
  };
}

function keysOf({ properties, patternProperties, 'x-aliases': aliases = [] }: PluginSchema): JsonSchema {
  const keys: JsonSchema = {
    properties: { $schema: { type: 'string' }, ...mapped(properties, forEditor) },
    patternProperties: mapped(patternProperties, forEditor),
  };
  if (aliases.length === 0) return { ...keys, additionalProperties: false };
  // An alias (`converters=isbn`) has its own keys, which a schema cannot know in advance.
  return {
    ...keys,
    if: { anyOf: aliases.map(({ list }) => ({ required: [list] })) },
    else: {
      properties: { $schema: true, ...mapped(properties, () => true) },
      patternProperties: mapped(patternProperties, () => true),
      additionalProperties: false,
    },
  };
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Without the keywords that only sluice reads; choices in any case, as the plugin reads them. */
function forEditor(known: KeySchema | PatternSchema): JsonSchema {
  const plain = Object.fromEntries(Object.entries(known).filter(([keyword]) => !keyword.startsWith('x-')));
  if (!('x-kind' in known)) return plain;
  const allowed = choices(known);
  const renamed = known['x-renamed'];
  return {
    ...plain,
    ...(allowed && !known['x-exact-case']
      ? { anyOf: [...inAnyCase(allowed).anyOf, ...(known.anyOf ?? []).slice(1)] }
      : {}),
    ...(renamed ? { deprecationMessage: known.description } : {}),
  };
}

/** The values to offer, and a pattern for other cases. */
function inAnyCase(values: readonly string[]) {
  const folded = values.map((value) =>
    value.replace(/[^\w]/g, '\\$&').replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`),
  );
  return { anyOf: [{ enum: values }, { type: 'string', pattern: `^\\s*(?:${folded.join('|')})\\s*$` }] };
}
