import { type Bean, CONNECT_TYPES, ROWS_SCANNED, valueName } from './beans.ts';

/**
 * The body of one POST that reads everything: Jolokia answers a list of requests with a list of answers, in their order.
 * @see https://jolokia.org/reference/html/manual/jolokia_protocol.html
 */
export const JOLOKIA_REQUEST: readonly object[] = [
  'debezium.*:type=connector-metrics,*',
  ...CONNECT_TYPES.map((type) => `kafka.connect:type=${type},*`),
].map((mbean) => ({ type: 'read', mbean }));

/**
 * @param answer parsed JSON of unknown shape
 * @returns undefined if it is not what Jolokia answers to `JOLOKIA_REQUEST`
 */
export function jolokiaBeans(answer: unknown): Bean[] | undefined {
  if (!Array.isArray(answer) || answer.length !== JOLOKIA_REQUEST.length) return undefined;
  const beans: Bean[] = [];
  for (const part of answer as ({ status?: unknown; value?: unknown } | null)[]) {
    // 404: no MBean has such a name, so this worker has no such connector or task.
    if (part?.status === 404) continue;
    if (part?.status !== 200 || !isRecord(part.value)) return undefined;
    for (const [name, attributes] of Object.entries(part.value)) {
      const bean = isRecord(attributes) ? beanOf(name, attributes) : undefined;
      if (bean !== undefined) beans.push(bean);
    }
  }
  return beans;
}

function beanOf(name: string, attributes: Record<string, unknown>): Bean | undefined {
  const colon = name.indexOf(':');
  const [, debezium] = /^debezium\.(.+)$/.exec(name.slice(0, colon)) ?? [];
  if (debezium === undefined && name.slice(0, colon) !== 'kafka.connect') return undefined;
  const labels = new Map(keyProperties(name.slice(colon + 1)));
  if (debezium !== undefined) labels.set('plugin', debezium);
  const values = new Map<string, number>();
  let rowsByTable: Map<string, number> = new Map();
  for (const [key, value] of Object.entries(attributes)) {
    const number = numberOf(value);
    if (number !== undefined) values.set(valueName(key), number);
    else if (valueName(key) === ROWS_SCANNED && isRecord(value)) rowsByTable = numbersOf(value);
  }
  return {
    domain: debezium === undefined ? 'kafka.connect' : 'debezium',
    type: labels.get('type') ?? '',
    labels,
    values,
    rowsByTable,
  };
}

/** `connector=orders,task=0` of an ObjectName; a quoted value may have commas, and \" \\ \* \? \n. */
function* keyProperties(text: string): Generator<[string, string]> {
  for (const [, key = '', quoted, plain = ''] of text.matchAll(/([^=,]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))/gs))
    yield [
      key,
      quoted === undefined ? plain : quoted.replace(/\\(.)/gs, (_, one: string) => (one === 'n' ? '\n' : one)),
    ];
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function numbersOf(value: Record<string, unknown>): Map<string, number> {
  return new Map(
    Object.entries(value).flatMap(([key, one]) => {
      const number = numberOf(one);
      return number === undefined ? [] : [[key, number] as const];
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
