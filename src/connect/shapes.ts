import type {
  ConfigKey,
  ConfigValidation,
  ConnectorConfig,
  ConnectorInfo,
  ConnectorOffset,
  ConnectorState,
  ConnectorStatus,
  Loggers,
  PluginInfo,
  ServerInfo,
} from './types.ts';

/**
 * The shapes of a worker's responses. Each response is checked before anything else sees it: another service or a proxy
 * may have answered. Only what sluice reads is checked. A failed check throws Misshapen with the place, never a value.
 */
export type Shape<T> = ((value: unknown, at: string, hide?: Hide) => void) & { readonly answer?: T };

/** Masks what was sent to authenticate in texts of the worker's own, which may repeat it. Never in what is compared. */
export interface Hide {
  text(text: string): string;
  /** The address of a worker. */
  worker(id: string): string;
}

export class Misshapen extends Error {
  /** @param at place in the response: `tasks[0].state` @param wanted in words: `text` */
  constructor(at: string, wanted: string) {
    super(`${at === '' ? 'the answer' : at} is not ${wanted}`);
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>;

export const text: Shape<string> = (value, at) => {
  if (typeof value !== 'string') throw new Misshapen(at, 'text');
};

const number: Shape<number> = (value, at) => {
  if (typeof value !== 'number') throw new Misshapen(at, 'a number');
};

const count: Shape<number> = (value, at) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Misshapen(at, 'a count');
};

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Misshapen(at, 'a list');
    for (const [index, one] of value.entries()) item(one, `${at}[${index}]`);
  };
}

function assertObject(value: unknown, at: string): asserts value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Misshapen(at, 'an object');
}

export function object<T>(fields: Fields): Shape<T> {
  return (value, at) => {
    assertObject(value, at);
    for (const [name, shape] of Object.entries(fields)) {
      shape(Object.hasOwn(value, name) ? value[name] : undefined, at === '' ? name : `${at}.${name}`);
    }
  };
}

export function record<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value, at) => {
    assertObject(value, at);
    // Keys may hold anything, even configuration text, so the place never names them.
    for (const one of Object.values(value)) item(one, at === '' ? 'an entry' : `an entry of ${at}`);
  };
}

export function optional<T>(shape: Shape<T>): Shape<T | null | undefined> {
  return (value, at) => {
    if (value !== undefined && value !== null) shape(value, at);
  };
}

const anything: Shape<unknown> = () => {};

const someObject: Shape<Record<string, unknown>> = assertObject;

/** A response about another connector is not valid either. */
function named(name: string): Shape<string> {
  return (value, at) => {
    text(value, at);
    if (value !== name) throw new Misshapen(at, `"${name}"`);
  };
}

const server: Shape<ServerInfo> = object({ version: text, kafka_cluster_id: optional(text) });

/** The release stays readable: it decides what the worker can do. */
const RELEASE = /^[\d.]*/;

export const serverInfo: Shape<ServerInfo> = (value, at, hide) => {
  server(value, at);
  const info = value as ServerInfo;
  const release = RELEASE.exec(info.version)?.[0] ?? '';
  if (hide !== undefined) info.version = release + hide.text(info.version.slice(release.length));
};

export const names: Shape<string[]> = list(text);

/** Before Kafka 2.3 the plain list. Entries are checked one by one later: a bad one must not hide the others. */
export const expandedListing: Shape<Record<string, unknown> | string[]> = (value, at, hide) => {
  if (Array.isArray(value)) return names(value, at);
  assertObject(value, at);
  if (hide === undefined) return;
  for (const entry of Object.values(value) as ({ status?: unknown } | null)[]) hideInStatus(entry?.status, hide);
};

export const config: Shape<ConnectorConfig> = (value, at) => {
  assertObject(value, at);
  for (const [key, one] of Object.entries(value)) {
    // A key without a value counts as missing.
    if (one === null) delete value[key];
    else if (typeof one !== 'string') throw new Misshapen(at === '' ? 'a value' : `a value of ${at}`, 'text');
  }
};

export function connectorInfo(name: string): Shape<ConnectorInfo> {
  return object({
    name: named(name),
    config,
    tasks: list(object({ connector: text, task: count })),
    type: optional(text),
  });
}

const onWorker = { state: text, worker_id: optional(text), trace: optional(text) };

const STATES: ReadonlySet<unknown> = new Set<ConnectorState>([
  ...(['RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'UNASSIGNED', 'RESTARTING', 'DESTROYED'] as const),
]);

/** Of any shape: it need not have been checked. */
function hideInStatus(status: unknown, hide: Hide): void {
  const { connector, tasks } = (status ?? {}) as { connector?: unknown; tasks?: unknown };
  for (const part of [connector, ...(Array.isArray(tasks) ? (tasks as unknown[]) : [])]) {
    if (part === null || typeof part !== 'object') continue;
    const shown = part as Record<string, unknown>;
    if (typeof shown['trace'] === 'string') shown['trace'] = hide.text(shown['trace']);
    if (typeof shown['worker_id'] === 'string') shown['worker_id'] = hide.worker(shown['worker_id']);
    if (typeof shown['state'] === 'string' && !STATES.has(shown['state'])) shown['state'] = hide.text(shown['state']);
  }
}

/** Fills in optional fields. */
export function connectorStatus(name: string): Shape<ConnectorStatus> {
  const shape = object({
    name: named(name),
    connector: object(onWorker),
    tasks: list(object({ ...onWorker, id: count })),
    type: optional(text),
  });
  return (value, at, hide) => {
    shape(value, at);
    if (hide !== undefined) hideInStatus(value, hide);
    const status = value as ConnectorStatus;
    for (const part of [status.connector, ...status.tasks] as { worker_id: string; trace?: string | null }[]) {
      part.worker_id ??= '';
      if (part.trace === null) delete part.trace;
    }
    status.type ??= 'unknown';
  };
}

export const taskConfigs: Shape<{ id: { connector: string; task: number }; config: ConnectorConfig }[]> = list(
  object({ id: object({ connector: text, task: count }), config }),
);

export const topics: Shape<Record<string, { topics: string[] }>> = record(object({ topics: list(text) }));

export const offsets: Shape<{ offsets: ConnectorOffset[] }> = object({
  offsets: list(object({ partition: someObject, offset: optional(someObject) })),
});

const withMessage: Shape<{ message: string }> = object({ message: text });

export const message: Shape<{ message: string }> = (value, at, hide) => {
  withMessage(value, at);
  const reply = value as { message: string };
  if (hide !== undefined) reply.message = hide.text(reply.message);
};

export const plugins: Shape<PluginInfo[]> = list(
  object({ class: text, type: optional(text), version: optional(text) }),
);

const keyDefinition: Shape<ConfigKey> = object({
  name: text,
  type: text,
  required: anything,
  default_value: optional(text),
  importance: optional(text),
  documentation: optional(text),
});

export const pluginDefinition: Shape<ConfigKey[]> = list(keyDefinition);

const validated: Shape<ConfigValidation> = object({
  error_count: count,
  configs: list(
    object({
      definition: keyDefinition,
      value: object({
        name: text,
        value: optional(text),
        errors: list(text),
        recommended_values: optional(list(anything)),
      }),
    }),
  ),
});

export const validation: Shape<ConfigValidation> = (value, at, hide) => {
  validated(value, at);
  if (hide === undefined) return;
  for (const { value: one } of (value as ConfigValidation).configs) one.errors = one.errors.map(hide.text);
};

export const logger: Shape<Loggers[string]> = object({ level: optional(text), last_modified: optional(number) });

export const loggers: Shape<Loggers> = record(logger);
