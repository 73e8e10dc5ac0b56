import { type Bean, CONNECT_TYPES, ROWS_SCANNED, valueName } from './beans.ts';

/**
 * The readings in what a JMX exporter serves, regardless of the rules that rename them: the exporter's own names
 * (`debezium_postgres_connector_metrics_…{server="shop"}`), Debezium's example (`debezium_metrics_…{plugin="postgres",
 * name="shop"}`) and Strimzi's (`kafka_connect_source_task_…`), in either case.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exporterBeans(text: string): Bean[] {
  const beans = new Map<string, Bean & { values: Map<string, number>; rowsByTable: Map<string, number> }>();
  for (const [, name = '', written = '', value = ''] of text.matchAll(SAMPLE)) {
    const number = Number(value);
    const known = meaningOf(name);
    if (known === undefined || !Number.isFinite(number)) continue;
    const labels = new Map(labelsOf(written));
    const table = labels.get('key') ?? labels.get('table');
    for (const key of ['key', 'table']) labels.delete(key);
    if (known.plugin !== undefined) labels.set('plugin', known.plugin);
    // Debezium's example calls the server `name`.
    const server = labels.get('server') ?? labels.get('name');
    if (known.domain === 'debezium' && server !== undefined) labels.set('server', server);
    const identity = JSON.stringify([known.domain, known.type, [...labels].sort()]);
    let bean = beans.get(identity);
    if (bean === undefined) {
      bean = { domain: known.domain, type: known.type, labels, values: new Map(), rowsByTable: new Map() };
      beans.set(identity, bean);
    }
    if (known.value === ROWS_SCANNED && table !== undefined) bean.rowsByTable.set(table, number);
    else bean.values.set(known.value, number);
  }
  return [...beans.values()];
}

/** `name{labels} value`, perhaps with a timestamp. A quoted value may contain braces. */
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+)/gm;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const DEBEZIUM = /^debezium_(?:(.+?)_connector_)?metrics_(.+)$/i;
const CONNECT = new RegExp(
  `^kafka_connect_(${CONNECT_TYPES.map((type) => type.replace(/-metrics$/, '').replaceAll('-', '_')).join('|')})_(?:metrics_)?(.+)$`,
  'i',
);

function meaningOf(
  name: string,
): (Pick<Bean, 'domain' | 'type'> & { value: string; plugin?: string | undefined }) | undefined {
  const [debezium, plugin, attribute = ''] = DEBEZIUM.exec(name) ?? [];
  if (debezium !== undefined)
    return { domain: 'debezium', type: 'connector-metrics', value: valueName(attribute), plugin };
  const [connect, type = '', value = ''] = CONNECT.exec(name) ?? [];
  if (connect === undefined) return undefined;
  return {
    domain: 'kafka.connect',
    type: `${type.toLowerCase().replaceAll('_', '-')}-metrics`,
    value: valueName(value),
  };
}

function* labelsOf(text: string): Generator<[string, string]> {
  for (const [, key = '', value = ''] of text.matchAll(LABEL))
    yield [key, value.replace(/\\(.)/gs, (_, one: string) => (one === 'n' ? '\n' : one))];
}
