import type { Environment } from '../config/environment.ts';
import type { Context } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { Caller, type ReadBack } from './caller.ts';
import { mapBounded } from './concurrency.ts';
import { type Method, Transport } from './transport.ts';
import type {
  ConfigKey,
  ConfigValidation,
  ConnectorConfig,
  ConnectorInfo,
  ConnectorOffset,
  ConnectorState,
  ConnectorStatus,
  ListedConnector,
  Loggers,
  NewConnector,
  PluginInfo,
  ServerInfo,
} from './types.ts';
import { assertSupports, type Feature, supports } from './versions.ts';

export interface ClientOptions {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it there is no proxy. */
  proxyEnvironment?: Environment;
  /** How long a rebalance may last before a call is given up (ms); a minute by default. */
  rebalanceMs?: number;
  /** How long a write that got no answer is looked for (ms). */
  readBackMs?: number;
}

const READ_CONCURRENCY = 8;

export function createConnectClient(context: Context, options: ClientOptions): ConnectClient {
  return new ConnectClient(context, options);
}

/**
 * Kafka Connect's REST API, one method a call. Every failure is a SluiceError: CONNECT_UNREACHABLE,
 * CONNECT_UNAUTHORIZED, CONNECT_BAD_ANSWER, CONNECT_REBALANCING (after the deadline), CONNECT_REJECTED,
 * CONNECT_UNSUPPORTED, CONNECTOR_NOT_FOUND. Retries are the caller's business (caller.ts), never a use case's.
 * @see https://kafka.apache.org/documentation/#connect_rest
 */
export class ConnectClient {
  readonly urls: readonly string[];
  readonly #caller: Caller;
  #server: Promise<ServerInfo> | undefined;

  constructor(context: Pick<Context, 'urls' | 'connect'>, options: ClientOptions) {
    this.urls = context.urls;
    const transport = new Transport(context.urls, context.connect, options);
    this.#caller = new Caller(transport, context.urls, options);
  }

  /** Version of the worker and id of its Kafka cluster; asked once. */
  server(): Promise<ServerInfo> {
    this.#server ??= this.#get<ServerInfo>('/').then((info) => {
      if (typeof info?.version === 'string') return info;
      throw new SluiceError(
        'CONNECT_BAD_ANSWER',
        `${this.urls.join(', ')} answers JSON, but not as Kafka Connect does`,
        {
          hint: 'Another service answers at this address. Check host, port and path of the Connect URL.',
        },
      );
    });
    return this.#server;
  }

  async supports(feature: Feature): Promise<boolean> {
    return supports((await this.server()).version, feature);
  }

  /** @throws CONNECT_UNSUPPORTED, naming the Kafka release that is needed. */
  async require(feature: Feature): Promise<void> {
    assertSupports((await this.server()).version, feature);
  }

  /** Names of all connectors, sorted. */
  async list(): Promise<string[]> {
    return (await this.#get<string[]>('/connectors')).sort();
  }

  /**
   * Every connector with configuration and status: two calls, and one or two more for each connector that the
   * expanded listing left out because it has no status yet.
   */
  async listExpanded(): Promise<ListedConnector[]> {
    const [names, expanded] = await Promise.all([this.list(), this.#expanded()]);
    // Before Kafka 2.3 every one is read singly.
    const known = expanded ?? {};
    const all = [...new Set([...names, ...Object.keys(known)])].sort();
    const listed = await mapBounded(all, READ_CONCURRENCY, async (name) => {
      const entry = known[name];
      if (entry?.info && entry.status) return { name, info: entry.info, status: entry.status };
      return this.find(name);
    });
    return listed.filter((connector) => connector !== undefined);
  }

  /**
   * Connectors that have a status, in one call: enough for whoever waits until theirs has one, and never to be taken for
   * the list of what is there.
   */
  async listStarted(): Promise<ListedConnector[]> {
    const expanded = await this.#expanded();
    if (expanded === undefined) return this.listExpanded();
    return Object.entries(expanded).flatMap(([name, { info, status }]) =>
      info && status ? [{ name, info, status }] : [],
    );
  }

  /** Undefined from a worker before Kafka 2.3, which passes over the parameters and answers with the plain list. */
  async #expanded(): Promise<Record<string, Partial<Pick<ListedConnector, 'info' | 'status'>>> | undefined> {
    const answer = await this.#get<Record<string, object> | string[]>('/connectors?expand=info&expand=status');
    return Array.isArray(answer) ? undefined : answer;
  }

  /** One connector with its status (null while there is none), or undefined where it is not there. */
  async find(name: string): Promise<ListedConnector | undefined> {
    const [info, status] = await Promise.all([
      absentAsUndefined(this.#get<ConnectorInfo>(`/connectors/${encode(name)}`, name)),
      absentAsUndefined(this.#get<ConnectorStatus>(`/connectors/${encode(name)}/status`, name)),
    ]);
    return info === undefined ? undefined : { name, info, status: status ?? null };
  }

  /** @throws CONNECTOR_NOT_FOUND with the nearest names. */
  async get(name: string): Promise<ListedConnector> {
    return (await this.find(name)) ?? this.#notFound(name);
  }

  async config(name: string): Promise<ConnectorConfig> {
    return (await this.#configIfThere(name)) ?? this.#notFound(name);
  }

  #configIfThere(name: string): Promise<ConnectorConfig | undefined> {
    return absentAsUndefined(this.#get<ConnectorConfig>(`/connectors/${encode(name)}/config`, name));
  }

  /** Undefined where there is none (yet): the status of a new connector comes some time after its configuration. */
  async status(name: string): Promise<ConnectorStatus | undefined> {
    return absentAsUndefined(this.#get<ConnectorStatus>(`/connectors/${encode(name)}/status`, name));
  }

  /** Configurations of the running tasks, as the connector generated them. */
  async taskConfigs(name: string): Promise<{ id: { connector: string; task: number }; config: ConnectorConfig }[]> {
    return this.#named(name, this.#get(`/connectors/${encode(name)}/tasks`, name));
  }

  /** Topics that the connector has used (KIP-558). */
  async topics(name: string): Promise<string[]> {
    const answer = await this.#named(
      name,
      this.#get<Record<string, { topics: string[] }>>(`/connectors/${encode(name)}/topics`, name),
    );
    return answer[name]?.topics ?? [];
  }

  /** Creates the connector, or replaces its whole configuration; the target state stays as it is. */
  async putConfig(name: string, config: ConnectorConfig): Promise<{ created: boolean }> {
    const reply = await this.#write('PUT', `/connectors/${encode(name)}/config`, name, config, {
      what: `the configuration of "${name}"`,
      done: async () => holds(await this.#configIfThere(name), config),
    });
    return { created: reply.status === 201 };
  }

  /** @throws CONNECTOR_EXISTS; CONNECT_UNSUPPORTED where an initial state is asked of a worker before Kafka 3.7. */
  async create(connector: NewConnector): Promise<void> {
    if (connector.initialState !== undefined) await this.require('an initial state');
    const { name, config, initialState } = connector;
    await this.#write(
      'POST',
      '/connectors',
      name,
      { name, config, ...(initialState === undefined ? {} : { initial_state: initialState }) },
      {
        what: `the creation of "${name}"`,
        done: async () => holds(await this.#configIfThere(name), config),
      },
    );
  }

  /** Changes single keys; null removes one. Needs Kafka 3.8. */
  async patchConfig(name: string, patch: Record<string, string | null>): Promise<void> {
    await this.require('changing single keys');
    await this.#named(
      name,
      this.#write('PATCH', `/connectors/${encode(name)}/config`, name, patch, {
        what: `the change of "${name}"`,
        done: async () => {
          const now = await this.config(name);
          return Object.entries(patch).every(([key, value]) => (value === null ? !(key in now) : now[key] === value));
        },
      }),
    );
  }

  /** False where there was none: to delete is idempotent. */
  async delete(name: string): Promise<boolean> {
    try {
      await this.#write('DELETE', `/connectors/${encode(name)}`, name, undefined, {
        what: `the deletion of "${name}"`,
        done: async () => (await this.find(name)) === undefined,
      });
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  pause(name: string): Promise<void> {
    return this.#setState(name, 'pause', ['PAUSED']);
  }

  resume(name: string): Promise<void> {
    return this.#setState(name, 'resume', ['RUNNING', 'FAILED', 'UNASSIGNED']);
  }

  /** Tasks end and their resources are freed; needs Kafka 3.5. */
  async stop(name: string): Promise<void> {
    await this.require('stopping connectors');
    await this.#setState(name, 'stop', ['STOPPED']);
  }

  /**
   * Restarts the connector, with `tasks` its tasks too, with `onlyFailed` only what has FAILED.
   * `tasks` and `onlyFailed` need Kafka 3.0, which before that were silently ignored.
   */
  async restart(name: string, options: { tasks?: boolean; onlyFailed?: boolean } = {}): Promise<void> {
    const together = options.tasks === true || options.onlyFailed === true;
    if (together) await this.require('restart of tasks together');
    const query = together ? `?includeTasks=${options.tasks === true}&onlyFailed=${options.onlyFailed === true}` : '';
    await this.#named(name, this.#write('POST', `/connectors/${encode(name)}/restart${query}`, name));
  }

  async restartTask(name: string, task: number): Promise<void> {
    await this.#write('POST', `/connectors/${encode(name)}/tasks/${task}/restart`, name);
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    await this.require('reading offsets');
    const answer = this.#get<{ offsets: ConnectorOffset[] }>(`/connectors/${encode(name)}/offsets`, name);
    return (await this.#named(name, answer)).offsets;
  }

  /** Only while the connector is STOPPED. The message is the worker's. */
  async alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    await this.require('altering offsets');
    const path = `/connectors/${encode(name)}/offsets`;
    const reply = await this.#named(name, this.#write<{ message: string }>('PATCH', path, name, { offsets }));
    return reply.body?.message ?? '';
  }

  /** Only while the connector is STOPPED. */
  async resetOffsets(name: string): Promise<string> {
    await this.require('altering offsets');
    const path = `/connectors/${encode(name)}/offsets`;
    const reply = await this.#named(
      name,
      this.#write<{ message: string }>('DELETE', path, name, undefined, {
        what: `the reset of the offsets of "${name}"`,
        // Kafka 3.6 goes on listing a partition that was reset, without an offset.
        done: async () => (await this.offsets(name)).every(({ offset }) => offset === null),
      }),
    );
    return reply.body?.message ?? '';
  }

  /** Plugins of the worker that answers; `connectorsOnly: false` (Kafka 3.2) adds transforms and converters. */
  plugins(options: { connectorsOnly: boolean } = { connectorsOnly: true }): Promise<PluginInfo[]> {
    return this.#get(`/connector-plugins${options.connectorsOnly ? '' : '?connectorsOnly=false'}`);
  }

  async pluginDefinition(pluginClass: string): Promise<ConfigKey[]> {
    await this.require('plugin definitions');
    return this.#get(`/connector-plugins/${encode(pluginClass)}/config`);
  }

  /**
   * The worker's own check; it may open database connections. Keys it does not know it passes over.
   * @throws PLUGIN_NOT_FOUND where the worker lacks the class.
   */
  async validate(config: ConnectorConfig): Promise<ConfigValidation> {
    const pluginClass = config['connector.class'] ?? '';
    const request = {
      method: 'PUT' as const,
      path: `/connector-plugins/${encode(pluginClass)}/config/validate`,
      body: config,
    };
    try {
      // Nothing is changed by it: like a read it may be repeated.
      return (await this.#caller.read<ConfigValidation>(request)).body;
    } catch (error) {
      throw translateValidation(error, pluginClass);
    }
  }

  /** Levels of the worker that answers. */
  loggers(): Promise<Loggers> {
    return this.#get('/admin/loggers');
  }

  /** Sets a level; with `cluster` (Kafka 3.7) on every worker. Returns the loggers that changed on this worker. */
  async setLogger(logger: string, level: string, options: { cluster?: boolean } = {}): Promise<string[]> {
    if (options.cluster) await this.require('loggers of the whole cluster');
    const path = `/admin/loggers/${encode(logger)}${options.cluster ? '?scope=cluster' : ''}`;
    const reply = await this.#caller.write<string[]>({ method: 'PUT', path, body: { level } }, `logger "${logger}"`);
    return reply.body ?? [];
  }

  async #setState(name: string, verb: 'pause' | 'resume' | 'stop', reached: readonly ConnectorState[]): Promise<void> {
    const write = this.#write('PUT', `/connectors/${encode(name)}/${verb}`, name, undefined, {
      what: `${verb} of "${name}"`,
      done: async () => {
        const state = (await this.status(name))?.connector.state;
        return state !== undefined && reached.includes(state);
      },
    });
    await this.#named(name, write);
  }

  async #get<T>(path: string, name?: string): Promise<T> {
    const what = name === undefined ? undefined : `connector "${name}"`;
    return (await this.#caller.read<T>({ method: 'GET', path }, what)).body;
  }

  #write<T>(method: Method, path: string, name: string, body?: unknown, readBack?: ReadBack) {
    return this.#caller.write<T>({ method, path, body }, `connector "${name}"`, readBack);
  }

  /** Adds the nearest names to "there is no connector …". */
  async #named<T>(name: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (isAbsent(error)) return this.#notFound(name);
      throw error;
    }
  }

  async #notFound(name: string): Promise<never> {
    const { nearest } = await import('../errors/nearest.ts');
    // The hint is an extra: that it cannot be had must not hide what was asked.
    const near = nearest(name, await this.list().catch(() => []));
    throw new SluiceError('CONNECTOR_NOT_FOUND', `there is no connector "${name}" on ${this.urls.join(', ')}`, {
      hint: near === undefined ? 'List what is there: sluice status' : `Did you mean ${near}?`,
      details: { name, ...(near === undefined ? {} : { nearest: near }) },
    });
  }
}

/** Names may hold slashes, spaces and percent signs. */
function encode(name: string): string {
  return encodeURIComponent(name);
}

export function isAbsent(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'CONNECTOR_NOT_FOUND';
}

async function absentAsUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether what was written is what is there; Connect adds the name by itself. */
function holds(now: ConnectorConfig | undefined, wanted: ConnectorConfig): boolean {
  if (now === undefined) return false;
  const keys = new Set([...Object.keys(now), ...Object.keys(wanted)]);
  keys.delete('name');
  return [...keys].every((key) => now[key] === String(wanted[key]));
}

function translateValidation(error: unknown, pluginClass: string): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'CONNECT_REJECTED') return error;
  if (!/Failed to find any class that implements Connector/i.test(error.message)) return error;
  // The message goes on with every plugin of the worker: some kilobytes that help nobody.
  return new SluiceError('PLUGIN_NOT_FOUND', `the worker has no plugin ${pluginClass}`, {
    hint: "Install the plugin's archive below the worker's plugin.path and restart it, or correct connector.class.",
    cause: error,
    details: { class: pluginClass },
  });
}
