import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { packagePath } from '../../src/config/package-root.ts';
import type { ServeEvent } from '../../src/serve/events.ts';
import { eventually } from './pipeline-connectors.ts';
import { parseDocument } from './schema.ts';

/** `sluice serve` as a process of its own. */
export class Daemon {
  readonly events: ServeEvent[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  /** @param folder with sluice.yaml @param state its own, which daemons of one test share */
  constructor(folder: string, state: string, args: readonly string[] = ['--listen', '127.0.0.1:0']) {
    this.#child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), 'serve', ...args], {
      cwd: folder,
      env: { ...process.env, SLUICE_STATE_DIR: state, SLUICE_CONTEXT: undefined, SLUICE_CONNECT_URL: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) this.events.push(parseDocument<ServeEvent>(line, 'serve') as ServeEvent);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits for an event that is as wanted, among those from a position on. @throws if the daemon ends before */
  until<Event extends ServeEvent['event']>(
    event: Event,
    isWanted: (event: Extract<ServeEvent, { event: Event }>) => boolean = () => true,
    { from = 0, seconds = 60 }: { from?: number; seconds?: number } = {},
  ): Promise<Extract<ServeEvent, { event: Event }>> {
    return eventually(
      async () => {
        const found = this.events
          .slice(from)
          .find(
            (one): one is Extract<ServeEvent, { event: Event }> =>
              one.event === event && isWanted(one as Extract<ServeEvent, { event: Event }>),
          );
        if (found === undefined && !this.runs) throw new Error(`the daemon has ended\n${this.stderr}`);
        return found;
      },
      () => `no event ${event}: ${this.events.map((one) => JSON.stringify(one)).join('\n')}\n${this.stderr}`,
      seconds,
    );
  }

  async metrics(): Promise<string> {
    const { url } = await this.until('listening');
    return (await fetch(`${url}/metrics`)).text();
  }

  /** A metric of a connector; undefined if there is none. */
  async metric(name: string, connector: string): Promise<number | undefined> {
    const lines = (await this.metrics()).split('\n');
    const line = lines.find((one) => one.startsWith(`${name}{`) && one.includes(`connector="${connector}"`));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  /** Until it has polled so often from now on. */
  async polls(count: number): Promise<void> {
    const polled = async () => Number(/poll_duration_seconds_count\S* (\d+)/.exec(await this.metrics())?.[1] ?? 0);
    const first = await polled();
    await eventually(
      async () => ((await polled()) >= first + count ? true : undefined),
      () => `it does not poll\n${this.stderr}`,
    );
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** What receivers of alerts are sent. */
export interface Heard {
  status: 'firing' | 'resolved';
  kind: string;
  target: string;
  summary: string;
  hint: string | null;
}

/** A webhook that takes whatever it is sent. */
export class Webhook {
  readonly heard: Heard[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('end', () => {
        this.heard.push(JSON.parse(text) as Heard);
        outgoing.writeHead(204).end();
      });
    });
  }

  static async start(): Promise<Webhook> {
    const webhook = new Webhook();
    await new Promise<void>((resolve) => webhook.#server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`;
  }

  of(target: string): Heard[] {
    return this.heard.filter((one) => one.target === target);
  }

  async until(target: string, status: Heard['status'], count = 1): Promise<Heard> {
    return eventually(
      async () => this.of(target).filter((one) => one.status === status)[count - 1],
      () => `no notice that ${target} is ${status}: ${JSON.stringify(this.heard)}`,
    );
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
