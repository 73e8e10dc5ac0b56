import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { type PluginSchema, type SchemaIndex, schemaPath } from './plugin-schema.ts';

/** The files of a set of schemas, by path in their folder; the index first. */
export function schemaFiles(schemas: readonly PluginSchema[]): Map<string, string> {
  const index: SchemaIndex = { plugins: {} };
  const files = new Map<string, string>();
  for (const schema of schemas) {
    const { class: pluginClass, types, version, origin } = schema['x-plugin'];
    const versions = [...(index.plugins[pluginClass]?.versions ?? []), version];
    const formerly = schema['x-formerly'];
    index.plugins[pluginClass] = { types, versions, origin, ...(formerly ? { formerly } : {}) };
    files.set(schemaPath(pluginClass, version), `${JSON.stringify(schema, null, 1)}\n`);
  }
  return new Map([['index.json', `${JSON.stringify(index, null, 1)}\n`], ...files]);
}

/** Replaces all schemas in the folder, including removed ones. */
export function writeSchemas(folder: string, schemas: readonly PluginSchema[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of schemaFiles(schemas)) {
    const file = path.join(folder, name);
    makeFolder(path.dirname(file));
    writeFileSync(file, text);
  }
}
