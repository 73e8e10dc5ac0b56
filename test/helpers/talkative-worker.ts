import type { FakeAnswer } from './fake-connect.ts';
import { FakeConnect, SERVER } from './fake-connect.ts';

export type Config = Record<string, string>;

/** Connectors that nothing is wrong with until they are deployed. */
export const GOOD = ['fails', 'runs', 'refused', 'page'];

/** What a terminal acts on, and what turns text around: clear the screen, set the title, C1, right to left. */
export const HIDDEN = '\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\u2066';

/** A worker that repeats what it has, and what it was sent, also to authenticate, in every trace and every error. */
export class TalkativeWorker {
  readonly live = new Map<string, Config>();
  #fake: FakeConnect | undefined;
  /** Credentials of the call that is being answered. */
  #sent: string[] = [];

  static async start(): Promise<TalkativeWorker> {
    const worker = new TalkativeWorker();
    worker.#fake = await FakeConnect.start(({ method, path, body, headers }) => {
      const { authorization = '', ...others } = headers;
      const [, sent = ''] = authorization.split(' ');
      const password = Buffer.from(sent, 'base64').toString().split(':')[1] ?? '';
      worker.#sent = [authorization, sent, password, ...Object.values(others).map(String)].filter((one) =>
        one.includes('hunter'),
      );
      return worker.#answer(method, path, body);
    });
    return worker;
  }

  get url(): string {
    return this.#fake?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.#fake?.stop();
  }

  /** What a connector holds comes back under its name, under none, and cut out of its URL. */
  #traceOf(name: string): string {
    const lines = Object.entries(this.live.get(name) ?? {}).flatMap(([key, value]) => {
      if (!value.includes('hunter')) return [];
      return [
        `Invalid value ${value} for configuration ${key}: ${key}=${value}`,
        `cannot use "${value}"`,
        JSON.stringify({ [key]: value }),
      ];
    });
    return [...lines, ...this.#sent].join('\n');
  }

  #statusOf(name: string) {
    const trace = this.#traceOf(name);
    const [worker = 'w'] = this.#sent.slice(-1);
    const state = name === 'runs' ? 'RUNNING' : 'FAILED';
    return {
      name,
      connector: { state: 'RUNNING', worker_id: `${worker}:8083` },
      tasks: [
        {
          id: 0,
          state,
          worker_id: this.#sent.join(' ') || 'w:8083',
          trace: `org.apache.kafka.connect.errors.ConnectException: ${HIDDEN} ${trace}\n\tat a.b(C.java:1)`,
        },
      ],
      type: 'source',
    };
  }

  #infoOf(name: string) {
    return { name, config: { name, ...this.live.get(name) }, tasks: [{ connector: name, task: 0 }], type: 'source' };
  }

  #answer(method: string, url: string, body: unknown): FakeAnswer {
    const [where = '', query = ''] = url.split('?');
    const parts = where.split('/').slice(1).map(decodeURIComponent);
    if (where === '/') return { json: SERVER };
    if (parts[0] === 'connector-plugins') {
      if (parts[2] === 'config' && parts[3] === 'validate') {
        const config = body as Config;
        return {
          json: {
            name: parts[1],
            error_count: GOOD.includes(config['name'] ?? '') ? 0 : Object.keys(config).length,
            groups: [],
            configs: Object.entries(GOOD.includes(config['name'] ?? '') ? {} : config).map(([key, value]) => ({
              definition: { name: key },
              value: {
                name: key,
                value,
                recommended_values: [value],
                errors: [`Invalid value ${value} for configuration ${key}: it is ${value}`],
                visible: true,
              },
            })),
          },
        };
      }
      if (parts[1] === undefined) {
        const plugins = ['x.Talkative', 'x.Refuses', `x.${HIDDEN}`];
        return { json: plugins.map((name) => ({ class: name, type: 'source', version: HIDDEN })) };
      }
      if (parts[1] === 'x.Talkative' && parts[2] === 'config') {
        const keys = [...this.live.values()].flatMap((config) => Object.entries(config));
        return {
          json: keys.map(([name, value]) => ({
            name,
            type: value.includes('hunter') ? 'PASSWORD' : 'STRING',
            required: true,
            default_value: value,
            importance: `HIGH${HIDDEN}`,
            documentation: `${HIDDEN} ${name}`,
            group: HIDDEN,
          })),
        };
      }
      return { status: 500, json: { error_code: 500, message: this.#echo().join(' ') } };
    }
    if (where === '/connectors' && method === 'GET') {
      const names = [...this.live.keys()];
      if (!query.includes('expand')) return { json: names };
      return {
        json: Object.fromEntries(
          names.map((name) => [name, { info: this.#infoOf(name), status: this.#statusOf(name) }]),
        ),
      };
    }
    const name = parts[1] ?? '';
    if (method !== 'GET') {
      if (name === 'accepts') return { status: 202, text: '' };
      if ((name === 'fails' || name === 'runs') && parts[2] === 'config') {
        this.live.set(name, body as Config);
        return { status: 201, json: this.#infoOf(name) };
      }
      if (name === 'fails' || name === 'runs') return { status: method === 'DELETE' ? 204 : 202, text: '' };
      if (name === 'page')
        return {
          status: 500,
          text: `<html>${JSON.stringify(body)} ${Object.values(body as Config).join(' ')}</html>`,
          contentType: 'text/html',
        };
      // A worker that repeats what it was sent, and what it has.
      return {
        status: 400,
        json: {
          error_code: 400,
          message: `${HIDDEN} Connector configuration is invalid: ${JSON.stringify(body)} ${Object.values((body ?? {}) as Config).join(' ')} ${this.#echo().join(' ')}`,
        },
      };
    }
    if (!this.live.has(name))
      return {
        status: 404,
        json: { error_code: 404, message: `Connector ${name} not found; ${HIDDEN} ${this.#echo().join(' ')}` },
      };
    if (parts[2] === 'status') return { json: this.#statusOf(name) };
    if (parts[2] === 'config') return { json: this.live.get(name) };
    if (parts[2] === 'topics' && name === 'foreign') return { json: { [name]: { topics: [`t${HIDDEN}`] } } };
    if (parts[2] === 'offsets' && name === 'foreign')
      return { json: { offsets: [{ partition: { [`k${HIDDEN}`]: HIDDEN }, offset: this.live.get(name) }] } };
    if (parts[2] === undefined) return { json: this.#infoOf(name) };
    return { status: 500, text: `<html>${this.#echo().join(' ')}</html>`, contentType: 'text/html' };
  }

  /** What the other connectors have. */
  #echo(): string[] {
    const all = [...this.live.values()].flatMap((config) => Object.entries(config));
    return all
      .filter(([, value]) => value.includes('hunter'))
      .slice(0, 60)
      .map(([key, value]) => `${key}=${value}`)
      .concat(this.#sent);
  }
}
