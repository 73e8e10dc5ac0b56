import type { Context } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { Environment } from '../secrets/environment.ts';
import { own } from '../text/own.ts';
import { secretValues } from '../text/redact.ts';
import { Caller, type ReadBack, type Reply, type Writing } from './caller.ts';
import { mapBounded } from './concurrency.ts';
import { holds, holdsPatch, sameConfig } from './configs.ts';
import { type Confirmation, confirmedBy, MESSAGE, showsConfig } from './confirmations.ts';
import { holdsOffsets } from './offsets.ts';
import * as shapes from './shapes.ts';
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
  Listing,
  Loggers,
  NewConnector,
  PluginInfo,
  ServerInfo,
} from './types.ts';
import { assertSupports, type Feature, supports } from './versions.ts';
import { withShownWorkers } from './worker-ids.ts';

export interface ClientOptions {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  /** Writes are spans. */
  tracer?: Tracer;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it there is no proxy. */
  proxyEnvironment?: Environment;
  /** How long a rebalance may last before a call fails (ms); a minute by default. */
  rebalanceMs?: number;
  /** How long to read back a write that got no response (ms). */
  readBackMs?: number;
  /** Told of all connectors whenever they are listed: their names and, if they were read, those that can be. */
  onListed?: (names: readonly string[], connectors?: readonly ListedConnector[]) => void;
}

const READ_CONCURRENCY = 8;
/** A 404 for a listed connector is retried: one address may stand for several workers, and some may lag. */
const FIND_ATTEMPTS = 3;
const FIND_EVERY_MS = 300;
/** Failures that concern one connector; any other concerns the whole worker. */
const ABOUT_ONE: ReadonlySet<string> = new Set(['CONNECT_REJECTED', 'CONNECT_BAD_ANSWER', 'CONNECT_UNAUTHORIZED']);

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
  readonly #transport: Transport;
  readonly #options: ClientOptions;
  #server: Promise<ServerInfo> | undefined;

  constructor(context: Pick<Context, 'urls' | 'connect'>, options: ClientOptions) {
    this.urls = context.urls;
    this.#options = options;
    this.#transport = new Transport(context.urls, context.connect, options);
    this.#caller = new Caller(this.#transport, context.urls, options);
  }

  /** How much the worker's clock is ahead of this machine's (ms), by its last response; undefined if that did not tell. */
  get aheadMs(): number | undefined {
    return this.#transport.aheadMs;
  }

  /** Version of the worker and id of its Kafka cluster; asked until it has answered. */
  server(): Promise<ServerInfo> {
    this.#server ??= this.#get('/', shapes.serverInfo).catch((error: unknown) => {
      this.#server = undefined;
      throw error;
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
  async list(timeoutMs?: number): Promise<string[]> {
    const names = (await this.#get('/connectors', shapes.names, undefined, timeoutMs)).sort();
    this.#options.onListed?.(names);
    return names;
  }

  /**
   * Every connector with configuration and status, and separately those that exist but cannot be read. It takes two calls,
   * and one or two more for each connector missing from the expanded listing because it has no status yet. If the expanded
   * listing fails, usually because of one connector, each is read individually.
   */
  async listing(): Promise<Listing> {
    const [names, expanded] = await Promise.all([this.list(), this.#expanded()]);
    const known = expanded ?? {};
    const all = [...new Set([...names, ...Object.keys(known)])].sort();
    const listing = await this.#entries(all, known);
    this.#options.onListed?.(all, listing.connectors);
    return listing;
  }

  /** Like `listing`, for callers that need them all. @throws if any of them cannot be read. */
  async listExpanded(): Promise<ListedConnector[]> {
    const { connectors, unreadable } = await this.listing();
    if (unreadable[0] !== undefined) throw unreadable[0].error;
    return connectors;
  }

  /**
   * Those of `names` that have a status, in one call: enough for waiting until they have one, but not a list of the
   * existing connectors.
   * @param timeoutMs limit for each response, and for a rebalance
   */
  async listStarted(names: readonly string[], timeoutMs?: number): Promise<Listing> {
    const expanded = await this.#expanded(timeoutMs);
    const listed =
      expanded === undefined
        ? await this.#entries(names, {}, timeoutMs)
        : await this.#entries(
            names.filter((name) => own(expanded, name) !== undefined),
            expanded,
            timeoutMs,
          );
    return { ...listed, connectors: listed.connectors.filter(({ status }) => status !== null) };
  }

  async #entries(
    names: readonly string[],
    expanded: Readonly<Record<string, unknown>>,
    timeoutMs?: number,
  ): Promise<Listing> {
    const listing: Listing = { connectors: [], unreadable: [] };
    const entries = await mapBounded(names, READ_CONCURRENCY, async (name) => {
      try {
        const entry = own(expanded, name) as Partial<ListedConnector> | null | undefined;
        return isEntry(entry, name) ? this.#listed(name, entry.info, entry.status) : await this.find(name, timeoutMs);
      } catch (error) {
        if (!(error instanceof SluiceError) || !ABOUT_ONE.has(error.code)) throw error;
        return { name, error };
      }
    });
    for (const entry of entries) {
      if (entry === undefined) continue;
      if ('error' in entry) listing.unreadable.push(entry);
      else listing.connectors.push(entry);
    }
    return listing;
  }

  /** Undefined if each must be read individually: before Kafka 2.3, or when the expanded listing fails. */
  async #expanded(timeoutMs?: number): Promise<Record<string, unknown> | undefined> {
    try {
      const request = { method: 'GET' as const, path: '/connectors?expand=info&expand=status', timeoutMs };
      const answer = await this.#caller.read(request, shapes.expandedListing);
      return Array.isArray(answer) ? undefined : answer;
    } catch (error) {
      if (!(error instanceof SluiceError) || !ABOUT_ONE.has(error.code)) throw error;
      this.#options.logger.debug(`${error.message}; each connector is read individually`);
      return undefined;
    }
  }

  /**
   * One connector with its status (null while it has none), or undefined if it does not exist.
   * @param timeoutMs limit for each response, and for a rebalance
   * @throws why it cannot be read, with its name; CONNECT_BAD_ANSWER if it is listed but answers 404
   */
  async find(name: string, timeoutMs?: number): Promise<ListedConnector | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const [info, status] = await Promise.all([
        absentAsUndefined(this.#get(`/connectors/${encode(name)}`, shapes.connectorInfo(name), name, timeoutMs)),
        this.status(name, timeoutMs),
      ]).catch((error: unknown) => {
        throw error instanceof SluiceError && ABOUT_ONE.has(error.code) ? unreadable(name, error) : error;
      });
      if (info !== undefined) return this.#listed(name, info, status ?? null);
      if (!(await this.#isListed(name, timeoutMs))) return undefined;
      if (attempt >= FIND_ATTEMPTS) throw unreadable(name, this.#contradiction(name));
      await this.#options.clock.sleep(FIND_EVERY_MS, this.#options.signal);
    }
  }

  /** What the connector's configuration hides, a worker's id does not show. */
  #listed(name: string, info: ConnectorInfo, status: ConnectorStatus | null): ListedConnector {
    return { name, info, status: status && withShownWorkers(status, secretValues(info.config), this.urls) };
  }

  /** @throws CONNECTOR_NOT_FOUND with the nearest names. */
  async get(name: string, timeoutMs?: number): Promise<ListedConnector> {
    try {
      return (await this.find(name, timeoutMs)) ?? this.#notFound(name);
    } catch (error) {
      // Such as `orders/0`, for a task: no worker has that connector if its list does not have it.
      const isRefused = error instanceof SluiceError && error.code === 'CONNECT_REJECTED';
      if (isRefused && UNADDRESSABLE.test(name) && !(await this.list().catch(() => [name])).includes(name))
        return this.#notFound(name);
      throw error;
    }
  }

  async config(name: string): Promise<ConnectorConfig> {
    return (await this.#configIfThere(name)) ?? this.#notFound(name);
  }

  #configIfThere(name: string): Promise<ConnectorConfig | undefined> {
    return absentAsUndefined(this.#get(`/connectors/${encode(name)}/config`, shapes.config, name));
  }

  /** Undefined if there is none (yet): the status of a new connector appears after its configuration. */
  async status(name: string, timeoutMs?: number): Promise<ConnectorStatus | undefined> {
    const path = `/connectors/${encode(name)}/status`;
    return absentAsUndefined(this.#get(path, shapes.connectorStatus(name), name, timeoutMs));
  }

  /** Configurations of the running tasks, as the connector generated them. */
  async taskConfigs(name: string): Promise<{ id: { connector: string; task: number }; config: ConnectorConfig }[]> {
    return this.#named(name, this.#get(`/connectors/${encode(name)}/tasks`, shapes.taskConfigs, name));
  }

  /** Topics that the connector has used (KIP-558). */
  async topics(name: string): Promise<string[]> {
    const answer = await this.#named(name, this.#get(`/connectors/${encode(name)}/topics`, shapes.topics, name));
    return own(answer, name)?.topics ?? [];
  }

  /** Like `topics`; undefined if the worker does not track them (`topic.tracking.enable`). */
  async topicsInUse(name: string): Promise<string[] | undefined> {
    await this.require('listing topics in use');
    try {
      return await this.topics(name);
    } catch (error) {
      if (isTurnedOff(error)) return undefined;
      throw error;
    }
  }

  /** Forgets the topics that the connector has used. The worker accepts any name: check that the connector exists. */
  async resetTopics(name: string): Promise<void> {
    await this.require('listing topics in use');
    const path = `/connectors/${encode(name)}/topics/reset`;
    try {
      await this.#write('PUT', path, name, undefined, confirmedBy(202));
    } catch (error) {
      if (!isTurnedOff(error)) throw error;
      throw new SluiceError('CONNECT_REJECTED', 'the worker does not allow topics in use to be reset', {
        hint: 'Its settings topic.tracking.enable and topic.tracking.allow.reset decide that.',
        cause: error,
      });
    }
  }

  /** Creates the connector, or replaces its whole configuration; the target state stays unchanged. */
  async putConfig(name: string, config: ConnectorConfig): Promise<{ created: boolean }> {
    const reply = await this.#write('PUT', `/connectors/${encode(name)}/config`, name, config, {
      ...showsConfig(name, (live) => sameConfig(live, config)),
      what: undefined,
      readBack: {
        what: `the new configuration of "${name}"`,
        done: async () => holds(await this.#configIfThere(name), config),
      },
    });
    return { created: reply.status === 201 };
  }

  /** @throws CONNECTOR_EXISTS; CONNECT_UNSUPPORTED for an initial state before Kafka 3.7. */
  async create(connector: NewConnector): Promise<void> {
    if (connector.initialState !== undefined) await this.require('an initial state');
    const { name, config, initialState } = connector;
    const body = { name, config, ...(initialState === undefined ? {} : { initial_state: initialState }) };
    await this.#write('POST', '/connectors', name, body, {
      ...showsConfig(name, (live) => sameConfig(live, config)),
      what: undefined,
      readBack: {
        what: `the creation of "${name}"`,
        done: async () => {
          const created = await this.#configIfThere(name);
          // Masks hide only values: the name was free, and now has a connector of this form.
          return created !== undefined && sameConfig(created, config) ? 'yes' : 'no';
        },
      },
    });
  }

  /** Changes single keys; null removes one. Needs Kafka 3.8. */
  async patchConfig(name: string, patch: Record<string, string | null>): Promise<void> {
    await this.require('changing single keys');
    const write = this.#write('PATCH', `/connectors/${encode(name)}/config`, name, patch, {
      ...showsConfig(name, (live) => holdsPatch(live, patch) !== 'no'),
      readBack: {
        what: `the change of "${name}"`,
        done: async () => holdsPatch(await this.config(name), patch),
      },
    });
    await this.#named(name, write);
  }

  /** False if there was none: deleting is idempotent. @throws CONNECT_BAD_ANSWER if the worker still lists it. */
  async delete(name: string): Promise<boolean> {
    try {
      await this.#write('DELETE', `/connectors/${encode(name)}`, name, undefined, {
        ...confirmedBy(204),
        readBack: {
          what: `the deletion of "${name}"`,
          done: async () => ((await this.#isListed(name)) ? 'no' : 'yes'),
        },
      });
      return true;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      if (await this.#isListed(name)) throw this.#contradiction(name);
      return false;
    }
  }

  pause(name: string): Promise<void> {
    return this.#setState(name, 'pause', ['PAUSED']);
  }

  resume(name: string): Promise<void> {
    return this.#setState(name, 'resume', ['RUNNING', 'FAILED', 'UNASSIGNED']);
  }

  /** Ends the tasks and releases their resources; needs Kafka 3.5. */
  async stop(name: string): Promise<void> {
    await this.require('stopping connectors');
    await this.#setState(name, 'stop', ['STOPPED']);
  }

  /**
   * Restarts the connector, with `tasks` its tasks too, with `onlyFailed` only what has FAILED.
   * `tasks` and `onlyFailed` need Kafka 3.0; older workers ignore them silently.
   */
  async restart(name: string, options: { tasks?: boolean; onlyFailed?: boolean } = {}): Promise<void> {
    const path = `/connectors/${encode(name)}/restart`;
    if (options.tasks !== true && options.onlyFailed !== true) {
      await this.#named(name, this.#write('POST', path, name, undefined, confirmedBy(204, 202)));
      return;
    }
    await this.require('restart of tasks together');
    const query = `?includeTasks=${options.tasks === true}&onlyFailed=${options.onlyFailed === true}`;
    // Connect's response says what it will restart.
    const confirmation = {
      shape: shapes.connectorStatus(name),
      confirms: ({ body }: Reply<unknown>) => body !== undefined,
    };
    await this.#named(name, this.#write('POST', `${path}${query}`, name, undefined, confirmation));
  }

  async restartTask(name: string, task: number): Promise<void> {
    const path = `/connectors/${encode(name)}/tasks/${task}/restart`;
    await this.#write('POST', path, name, undefined, confirmedBy(204));
  }

  /** With the digits of every number, which positions in logs need (`parseExact`). */
  async offsets(name: string): Promise<ConnectorOffset[]> {
    await this.require('reading offsets');
    const request = { method: 'GET' as const, path: `/connectors/${encode(name)}/offsets`, exact: true };
    const answer = this.#caller.read(request, shapes.offsets, `connector "${name}"`);
    return (await this.#named(name, answer)).offsets;
  }

  /** Only while the connector is STOPPED. The message is the worker's; empty if reading back confirmed the change. */
  async alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    await this.require('altering offsets');
    const path = `/connectors/${encode(name)}/offsets`;
    const write = this.#write(
      'PATCH',
      path,
      name,
      { offsets },
      {
        ...MESSAGE,
        readBack: {
          what: `the change of the offsets of "${name}"`,
          done: async () => (holdsOffsets(await this.offsets(name), offsets) ? 'yes' : 'no'),
        },
      },
    );
    return (await this.#named(name, write)).body?.message ?? '';
  }

  /** Only while the connector is STOPPED. */
  async resetOffsets(name: string): Promise<string> {
    await this.require('altering offsets');
    const path = `/connectors/${encode(name)}/offsets`;
    const write = this.#write('DELETE', path, name, undefined, {
      ...MESSAGE,
      readBack: {
        what: `the reset of the offsets of "${name}"`,
        // Kafka 3.6 still lists a partition that was reset, without an offset.
        done: async () => ((await this.offsets(name)).every(({ offset }) => offset === null) ? 'yes' : 'no'),
      },
    });
    return (await this.#named(name, write)).body?.message ?? '';
  }

  /** Plugins of the worker that answers; `connectorsOnly: false` (Kafka 3.2) adds transforms and converters. */
  plugins(options: { connectorsOnly: boolean } = { connectorsOnly: true }): Promise<PluginInfo[]> {
    return this.#get(`/connector-plugins${options.connectorsOnly ? '' : '?connectorsOnly=false'}`, shapes.plugins);
  }

  async pluginDefinition(pluginClass: string): Promise<ConfigKey[]> {
    await this.require('reading plugin definitions');
    return this.#get(`/connector-plugins/${encode(pluginClass)}/config`, shapes.pluginDefinition);
  }

  /**
   * The worker's own check; it may open database connections. It ignores unknown keys.
   * @throws PLUGIN_NOT_FOUND if the worker lacks the class.
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
      return await this.#caller.read(request, shapes.validation);
    } catch (error) {
      throw translateValidation(error, pluginClass);
    }
  }

  /** Levels of the worker that answers. */
  loggers(): Promise<Loggers> {
    return this.#get('/admin/loggers', shapes.loggers);
  }

  /** One logger's own or inherited level; undefined if the worker does not have it. */
  logger(name: string): Promise<Loggers[string] | undefined> {
    const request = { method: 'GET' as const, path: `/admin/loggers/${encode(name)}` };
    return absentAsUndefined(this.#caller.read(request, shapes.logger, `logger "${name}"`));
  }

  /** Sets a level; with `cluster` (Kafka 3.7) on every worker. Returns the loggers that changed on this worker. */
  async setLogger(logger: string, level: string, options: { cluster?: boolean } = {}): Promise<string[]> {
    if (options.cluster) await this.require('setting levels of the whole cluster');
    const path = `/admin/loggers/${encode(logger)}${options.cluster ? '?scope=cluster' : ''}`;
    const reply = await this.#caller.write(
      { method: 'PUT', path, body: { level } },
      // With cluster scope the response is empty (204).
      {
        what: `logger "${logger}"`,
        shape: shapes.names,
        confirms: ({ status, body }) => status === 204 || body !== undefined,
      },
    );
    return reply.body ?? [];
  }

  async #setState(name: string, verb: 'pause' | 'resume' | 'stop', reached: readonly ConnectorState[]): Promise<void> {
    const readBack: ReadBack = {
      what: `${verb} of "${name}"`,
      done: async () => {
        const state = (await this.status(name))?.connector.state;
        return state !== undefined && reached.includes(state) ? 'yes' : 'no';
      },
    };
    const path = `/connectors/${encode(name)}/${verb}`;
    await this.#named(name, this.#write('PUT', path, name, undefined, { ...confirmedBy(202, 204), readBack }));
  }

  #get<T>(path: string, shape: shapes.Shape<T>, name?: string, timeoutMs?: number): Promise<T> {
    const what = name === undefined ? undefined : `connector "${name}"`;
    return this.#caller.read({ method: 'GET', path, timeoutMs }, shape, what);
  }

  #write<T>(method: Method, path: string, name: string, body: unknown, writing: Confirmation<T> & Partial<Writing<T>>) {
    return this.#caller.write({ method, path, body }, { what: `connector "${name}"`, ...writing });
  }

  async #isListed(name: string, timeoutMs?: number): Promise<boolean> {
    return (await this.list(timeoutMs)).includes(name);
  }

  #contradiction(name: string): SluiceError {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${this.urls.join(', ')} lists the connector "${name}", but answers 404 when asked for it`,
      {
        hint: 'The workers may disagree, or a proxy may be in between. Query each worker separately.',
        details: { name },
      },
    );
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
    const { nearest } = await import('../text/nearest.ts');
    // The hint is optional: failing to get it must not hide the error itself.
    const listed = await this.list().catch((): string[] => []);
    if (listed.includes(name)) throw this.#contradiction(name);
    const near = listed.find((one) => partsOf(name).includes(one)) ?? nearest(name, listed);
    throw new SluiceError('CONNECTOR_NOT_FOUND', `there is no connector "${name}" on ${this.urls.join(', ')}`, {
      hint: near === undefined ? 'List the existing connectors: sluice list' : `Did you mean ${near}?`,
      details: { name, ...(near === undefined ? {} : { nearest: near }) },
    });
  }
}

function isTurnedOff(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'CONNECT_REJECTED' && error.details?.['status'] === 403;
}

const FOLDER = /^\.{1,2}$/;
/** Names that some worker or other cannot be asked about. */
const UNADDRESSABLE = /[/\\%]|^\.{1,2}$/;

/** Names may hold slashes, spaces and percent signs. */
function encode(name: string): string {
  // A URL leaves them out, escaped too: the request would be about something else.
  if (FOLDER.test(name))
    throw new SluiceError('CONNECT_REJECTED', `"${name}" is a folder in a URL path: no worker can be asked about it`, {
      hint: 'Kafka Connect takes such a name, but nothing can address it. Use another name.',
      details: { name, unaddressable: true },
    });
  return encodeURIComponent(name);
}

/** The parts of `connector/NAME` and of `NAME/0`, a task. */
function partsOf(name: string): string[] {
  const at = name.lastIndexOf('/');
  return at < 0 ? [] : [name.slice(0, at), name.slice(name.indexOf('/') + 1)];
}

function isAbsent(error: unknown): boolean {
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

function isEntry(
  entry: Partial<ListedConnector> | null | undefined,
  name: string,
): entry is Pick<ListedConnector, 'info'> & { status: ConnectorStatus } {
  if (!entry?.info || !entry.status) return false;
  try {
    shapes.connectorInfo(name)(entry.info, 'info');
    shapes.connectorStatus(name)(entry.status, 'status');
    return true;
  } catch {
    // Reading it individually shows its own error, if there is one.
    return false;
  }
}

function unreadable(name: string, error: SluiceError): SluiceError {
  return new SluiceError(error.code, `"${name}" cannot be read: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
    details: { ...error.details, name },
  });
}

function translateValidation(error: unknown, pluginClass: string): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'CONNECT_REJECTED') return error;
  if (!/Failed to find any class that implements Connector/i.test(error.message)) return error;
  // The message then lists every plugin of the worker: kilobytes of no use.
  return new SluiceError('PLUGIN_NOT_FOUND', `the worker has no plugin ${pluginClass}`, {
    hint: "Install the plugin's archive below the worker's plugin.path and restart it, or correct connector.class.",
    cause: error,
    details: { class: pluginClass },
  });
}
