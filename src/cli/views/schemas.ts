import path from 'node:path';
import type { EditorSchemas } from '../../schemas/editor.ts';
import { choices } from '../../schemas/plugin-schema.ts';
import type { PulledSchemas, SchemaDetails, SchemaList } from '../../schemas/pulled.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice schemas list --json */
export type SchemasListDocument = WithWarnings<SchemaList>;

export const schemaListView: View<SchemaList, SchemasListDocument> = {
  table: ({ plugins }, style) =>
    renderTable(
      [
        { header: 'class', value: (plugin) => plugin.class },
        { header: 'type', value: (plugin) => plugin.types.join(', ') },
        { header: 'versions', value: (plugin) => plugin.versions.join(', ') },
        { header: 'from', value: (plugin) => plugin.origin },
      ],
      plugins,
      style,
    ),
};

/** The key's JSON Schema, with the x- keywords of docs/validate.md. */
interface ShownKey {
  key: string;
  description?: string;
  default?: string;
  deprecated?: boolean;
  'x-type': string;
  'x-kind': string;
  'x-importance'?: string;
  [keyword: string]: unknown;
}

/** @title sluice schemas show CLASS --json */
export type SchemasShowDocument = WithWarnings<Omit<SchemaDetails, 'keys'> & { keys: ShownKey[] }>;

export const schemaDetailsView: View<SchemaDetails, SchemasShowDocument> = {
  table(schema, style) {
    const required = new Set(schema.required);
    const live = schema.keys.filter((key) => !key.deprecated);
    const table = renderTable(
      [
        { header: 'key', value: (key) => `${key.key}${required.has(key.key) ? ' *' : ''}` },
        { header: 'kind', value: (key) => key['x-kind'] },
        { header: 'default', value: (key) => key.default ?? '', wrap: true },
        { header: 'what', value: (key) => choices(key)?.join(', ') ?? key.description ?? '', wrap: true },
      ],
      live,
      style,
    );
    const head = `${style.color.bold(schema.class)} ${schema.version} (${schema.types.join(', ')}, from ${schema.origin})`;
    return `${head}\n\n${table}\n\n* required`;
  },
};

/** @title sluice schemas editor --json */
export type SchemasEditorDocument = WithWarnings<EditorSchemas>;

export const editorView: View<EditorSchemas, SchemasEditorDocument> = {
  table: ({ folder, files, connectors }) =>
    [
      ...files.map(
        ({ name, of }) =>
          `${path.join(folder, name)}  for ${of === 'project' ? 'sluice.yaml' : `connector files (${connectors} classes)`}`,
      ),
      'Editors with a YAML language server read a first line in a file, such as:',
      `  # yaml-language-server: $schema=${path.join(folder, 'project.json')}`,
      'VS Code and IntelliJ can map the files to folders instead: yaml.schemas and json.schemas, or JSON Schema Mappings.',
    ].join('\n'),
};

/** @title sluice schemas pull --json */
export type SchemasPullDocument = WithWarnings<PulledSchemas>;

export const pulledView: View<PulledSchemas, SchemasPullDocument> = {
  table: ({ folder, plugins, refused }) =>
    [
      `${plugins.length} plugins described in ${folder}`,
      ...refused.map((name) => `skipped, because its name is not a valid file name: ${name}`),
    ].join('\n'),
};
