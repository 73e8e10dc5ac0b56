import path from 'node:path';
import type { EditorSchemas } from '../../schemas/editor.ts';
import { choices } from '../../schemas/plugin-schema.ts';
import type { PulledSchemas, SchemaDetails, SchemaList } from '../../schemas/pulled.ts';
import type { View } from '../command.ts';
import { renderTable } from '../table.ts';

export const schemaListView: View<SchemaList> = {
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

export const schemaDetailsView: View<SchemaDetails> = {
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

export const editorView: View<EditorSchemas> = {
  table: ({ folder, files, connectors }) =>
    [
      ...files.map(
        ({ name, of }) =>
          `${path.join(folder, name)}  for ${of === 'project' ? 'sluice.yaml' : `connector files (${connectors} classes)`}`,
      ),
      'How to tell your editor: docs/validate.md#editors',
    ].join('\n'),
};

export const pulledView: View<PulledSchemas> = {
  table: ({ folder, plugins, refused }) =>
    [
      `${plugins.length} plugins described in ${folder}`,
      ...refused.map((name) => `left out, since its name is no file name: ${name}`),
    ].join('\n'),
};
