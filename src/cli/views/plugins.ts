import type { DescribedKey, ListedPlugin, PluginDescription, PluginList } from '../../inspect/plugins.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** @title sluice plugins list --json */
export type PluginsListDocument = WithWarnings<PluginList>;

export const pluginListView: View<PluginList, PluginsListDocument> = {
  prose: true,
  table: (list, style) => {
    const table = renderTable<ListedPlugin>(
      [
        { header: 'class', value: (one) => one.class },
        { header: 'type', value: (one) => one.types.join(', '), optional: 3 },
        { header: 'version', value: (one) => one.versions.join(', ') || '-', optional: 1 },
        { header: 'schema', value: schemaText, optional: 2 },
      ],
      list.plugins,
      style,
    );
    return [
      list.plugins.length === 0 ? `No such plugins on ${list.context}.` : table,
      '',
      ...differences(list),
      ...notes(list, style),
    ].join('\n');
  },
};

/** Whether validate knows this version. */
function schemaText({ schema }: ListedPlugin): string {
  if (schema === null) return '-';
  return schema.matches ? 'yes' : `for ${schema.versions.join(', ')}`;
}

/** One line for each worker that lacks something: it often lacks a whole archive with dozens of classes. */
function differences({ plugins }: PluginList): string[] {
  const lacking = Map.groupBy(
    plugins.filter(({ missingOn }) => missingOn.length > 0),
    ({ missingOn }) => missingOn.join(', '),
  );
  return [...lacking].map(
    ([urls, those]) => `Not on ${urls}: ${those.map((one) => `${one.class} ${one.versions.join(', ')}`).join('; ')}`,
  );
}

function notes({ asked, complete, plugins }: PluginList, { color }: Style): string[] {
  const lines = asked.flatMap(({ url, error }) =>
    error === null ? [] : [color.yellow(`${url} was not read: ${error.message}`)],
  );
  if (!complete) lines.push('The worker lists only its connectors: Kafka Connect lists all plugins from 3.2 on.');
  if (plugins.some(({ schema }) => schema?.matches === false))
    lines.push('A schema for another version: to validate with those of the worker, run sluice schemas pull');
  lines.push(
    asked.length > 1
      ? `From ${asked.length} URLs of the context; a worker that has none of them is not visible here.`
      : 'From the worker that answered; behind a balancer, others may differ.',
  );
  return lines;
}

/** @title sluice plugins describe CLASS --json */
export type PluginsDescribeDocument = WithWarnings<PluginDescription>;

export const pluginDescriptionView: View<PluginDescription, PluginsDescribeDocument> = {
  table: (plugin, style) => {
    const { keys, total, search } = plugin;
    const head = `${style.color.bold(plugin.class)} ${plugin.versions.join(', ')} (${plugin.types.join(', ')})`;
    const count = keys.length === total ? `${total} keys` : `${keys.length} of ${total} keys`;
    const found = search === null ? count : `${count} with "${search}" in the name or the documentation`;
    const groups = [...Map.groupBy(keys, ({ group }) => group)].flatMap(([group, those]) => [
      '',
      ...(group === null ? [] : [style.color.bold(group.toUpperCase())]),
      ...those.flatMap((key) => keyLines(key, style)),
    ]);
    return [head, `${found}; as the worker that answered defines them`, ...groups].join('\n');
  },
};

function keyLines(key: DescribedKey, { color }: Style): string[] {
  const facts = [
    key.type,
    ...(key.required ? [color.yellow('required')] : []),
    ...(key.importance === null ? [] : [`${key.importance} importance`]),
    ...(key.default === null ? [] : [`default ${key.default === '' ? '""' : key.default}`]),
  ];
  return [
    `  ${color.bold(key.name)}  ${facts.join(', ')}`,
    ...(key.documentation === '' ? [] : [`      ${key.documentation}`]),
  ];
}
