import { offsetsByPartition } from '../../src/connect/offsets.ts';
import type { ConnectorConfig, ConnectorOffset } from '../../src/connect/types.ts';
import { canonicalJson } from '../../src/text/exact-json.ts';
import { type Call, type FakeAnswer, FakeConnect, notFound, SERVER } from './fake-connect.ts';

export interface FakeConnector {
  config: ConnectorConfig;
  state: 'RUNNING' | 'PAUSED' | 'STOPPED';
  /** Its task has FAILED. */
  failed: boolean;
  offsets?: ConnectorOffset[];
}

/** Spoils a call by answering in the worker's place; before or after it is carried out is its own affair. */
export type Spoil = (call: Call, worker: FakeWorker, count: number) => FakeAnswer | undefined;

const NEW = { state: 'RUNNING', failed: false } as const satisfies Partial<FakeConnector>;

/** A worker in memory that answers as Kafka Connect 4 does, but for what a test spoils. */
export class FakeWorker {
  readonly connectors = new Map<string, FakeConnector>();
  readonly server: FakeConnect;
  version = SERVER.version;
  spoil: Spoil;

  private constructor(spoil: Spoil) {
    this.spoil = spoil;
    this.server = new FakeConnect((call, count) => this.spoil(call, this, count) ?? this.answer(call));
  }

  static async start(
    connectors: Record<string, Partial<FakeConnector>> = {},
    spoil: Spoil = () => undefined,
  ): Promise<FakeWorker> {
    const worker = new FakeWorker(spoil);
    for (const [name, one] of Object.entries(connectors)) {
      worker.connectors.set(name, { ...NEW, config: {}, ...one });
    }
    await worker.server.listen();
    return worker;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  get(name: string): FakeConnector {
    const found = this.connectors.get(name);
    if (found === undefined) throw new Error(`the fake worker has no ${name}`);
    return found;
  }

  info(name: string): object {
    const { config } = this.get(name);
    return { name, config: { ...config, name }, tasks: [{ connector: name, task: 0 }], type: 'source' };
  }

  status(name: string): object {
    const { state, failed } = this.get(name);
    const task = { id: 0, worker_id: 'w', state: failed ? 'FAILED' : state, ...(failed ? { trace: 'X: broken' } : {}) };
    return {
      name,
      connector: { state, worker_id: 'w' },
      tasks: state === 'STOPPED' ? [] : [task],
      type: 'source',
    };
  }

  /** Carries a call out. */
  answer({ method, path, body }: Call): FakeAnswer {
    const [, root, encoded, what] = path.split(/[/?]/);
    if (path === '/') return { json: { ...SERVER, version: this.version } };
    if (root === 'connector-plugins') return { json: { name: 'x', error_count: 0, groups: [], configs: [] } };
    if (path.startsWith('/connectors?')) {
      const names = [...this.connectors.keys()];
      return {
        json: Object.fromEntries(names.map((name) => [name, { info: this.info(name), status: this.status(name) }])),
      };
    }
    if (path === '/connectors' && method === 'GET') return { json: [...this.connectors.keys()] };
    if (path === '/connectors') return this.#create(body as { name: string; config: ConnectorConfig });
    const name = decodeURIComponent(encoded ?? '');
    const there = this.connectors.get(name);
    if (method === 'PUT' && what === 'config') return this.#put(name, body as ConnectorConfig);
    if (there === undefined) return { status: 404, json: notFound(name) };
    switch (`${method} ${what ?? ''}`) {
      case 'GET ':
        return { json: this.info(name) };
      case 'GET status':
        return { json: this.status(name) };
      case 'GET config':
        return { json: { ...there.config, name } };
      case 'PATCH config':
        for (const [key, value] of Object.entries(body as Record<string, string | null>)) {
          if (value === null) delete there.config[key];
          else there.config[key] = value;
        }
        return { json: this.info(name) };
      case 'PUT pause':
        there.state = 'PAUSED';
        return { status: 202 };
      case 'PUT resume':
        there.state = 'RUNNING';
        return { status: 202 };
      case 'PUT stop':
        there.state = 'STOPPED';
        return { status: 204 };
      case 'GET offsets':
        return { json: { offsets: there.offsets ?? [] } };
      case 'PATCH offsets':
        if (there.state !== 'STOPPED')
          return { status: 400, json: { error_code: 400, message: 'Connectors must be in the STOPPED state' } };
        this.#alter(there, (body as { offsets: ConnectorOffset[] }).offsets);
        return { json: { message: 'The offsets for this connector have been altered successfully' } };
      case 'DELETE ':
        this.connectors.delete(name);
        return { status: 204 };
      case 'POST restart':
        there.failed = false;
        return path.includes('?') ? { status: 202, json: this.status(name) } : { status: 204 };
      default:
        return { status: 404, json: notFound(name) };
    }
  }

  #alter(connector: FakeConnector, offsets: readonly ConnectorOffset[]): void {
    const known = new Map((connector.offsets ?? []).map((one) => [canonicalJson(one.partition), one]));
    for (const one of offsets) known.set(canonicalJson(one.partition), one);
    connector.offsets = [...offsetsByPartition([...known.values()]).values()];
  }

  #put(name: string, config: ConnectorConfig): FakeAnswer {
    const there = this.connectors.get(name);
    const { name: _name, ...rest } = config;
    this.connectors.set(name, { ...NEW, ...there, config: rest });
    return { status: there === undefined ? 201 : 200, json: this.info(name) };
  }

  #create({ name, config, ...rest }: { name: string; config: ConnectorConfig; initial_state?: string }): FakeAnswer {
    if (this.connectors.has(name)) {
      return { status: 409, json: { error_code: 409, message: `Connector ${name} already exists` } };
    }
    const answer = this.#put(name, config);
    if (rest.initial_state) this.get(name).state = rest.initial_state as FakeConnector['state'];
    return answer;
  }
}
