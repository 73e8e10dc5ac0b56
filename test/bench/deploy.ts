import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { ConnectClient } from '../../src/connect/client.ts';
import { mapBounded } from '../../src/connect/concurrency.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, median, pairedRatio, time } from './bench.ts';

const SANDBOX = 'bench-deploy';
const DEPLOYED = 50;
const PLANNED = 200;
const ROUNDS = 5;
const node = process.execPath;
const binary = packagePath('bin', 'run.js');
const script = path.join(import.meta.dirname, 'bare-deploy.ts');

/**
 * Deploying against a bare script that PUTs and polls, and a plan without a change against `sluice status`.
 * `--sandbox NAME` takes one that runs already; else one is started and removed.
 */
export const deploy: Benchmark = {
  name: 'deploy',
  async run(options) {
    const borrowed = options[options.indexOf('--sandbox') + 1];
    const name = options.includes('--sandbox') && borrowed ? borrowed : SANDBOX;
    const up = await sluice(['sandbox', 'up', '--name', name, '--json']);
    if (up.code !== 0) throw new Error(up.stderr);
    const url = (JSON.parse(up.stdout) as { connect: { url: string } }).connect.url;
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-deploy-'));
    const bench = new Bench(url, folder);
    try {
      return [...(await bench.deploys()), ...(await bench.plans())];
    } finally {
      await bench.clear();
      rmSync(folder, { recursive: true, force: true });
      if (name === SANDBOX) await sluice(['sandbox', 'down', '--name', SANDBOX, '--purge']);
    }
  },
};

class Bench {
  readonly #url: string;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #client: ConnectClient;

  constructor(url: string, folder: string) {
    this.#url = url;
    this.#folder = folder;
    // A history of its own: what a benchmark deploys is nobody's deploy.
    this.#env = { SLUICE_STATE_DIR: path.join(folder, 'state') };
    this.#client = new ConnectClient(
      { urls: [url], connect: {} },
      { clock: systemClock, signal: new AbortController().signal, logger: silentLogger },
    );
  }

  /** 50 connectors from nothing until all of them run; the time in which they must stay so is none. */
  async deploys(): Promise<Figure[]> {
    const files = this.#write('deployed', DEPLOYED);
    const ours = () =>
      time(node, [binary, 'deploy', ...files, '--stable', '0s', '--connect-url', this.#url], { env: this.#env });
    const bare = (concurrency: number) => () => time(node, [script, this.#url, String(concurrency), ...files]);
    const ways = [ours, bare(8), bare(1)];
    const times: number[][] = ways.map(() => []);
    // The first round warms the worker up and is thrown away.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [index, way] of ways.entries()) {
        await this.clear();
        const { ms } = await way();
        if (round > 0) times[index]?.push(ms);
      }
    }
    await this.clear();
    const [deployed = [], eight = [], one = []] = times;
    const ratio = (a: readonly number[], b: readonly number[]) =>
      median(a.map((ms, round) => ms / (b[round] ?? Number.NaN)));
    const label = `${DEPLOYED} connectors`;
    return [
      { name: `sluice deploy, ${label}`, value: median(deployed) / 1000, unit: 's' },
      { name: `bare script 8 at once, ${label}`, value: median(eight) / 1000, unit: 's' },
      { name: `bare script one at a time, ${label}`, value: median(one) / 1000, unit: 's' },
      {
        name: 'sluice deploy / bare script 8 at once',
        value: ratio(deployed, eight),
        unit: '×',
        target: { most: 1.3 },
      },
      {
        name: 'bare script one at a time / sluice deploy',
        value: ratio(one, deployed),
        unit: '×',
        target: { least: 1.4 },
      },
    ];
  }

  /** 200 connectors of which none differs. */
  async plans(): Promise<Figure[]> {
    const files = this.#write('planned', PLANNED);
    const deployed = await sluice(['deploy', ...files, '--stable', '0s', '--connect-url', this.#url], {
      env: this.#env,
    });
    if (deployed.code !== 0) throw new Error(deployed.stderr);
    const run = (url: string, args: readonly string[]) => time(node, [binary, ...args, '--connect-url', url]);
    const plan = ['plan', ...files, '--exit-code'];
    const counter = await countingProxy(this.#url);
    await run(counter.url, plan);
    const calls = counter.stop();
    const value = await pairedRatio(
      () => run(this.#url, plan),
      () => run(this.#url, ['status']),
    );
    const label = `${PLANNED} connectors, no change`;
    return [
      { name: `sluice plan, ${label}: REST calls`, value: calls, unit: 'calls', target: { most: 2 } },
      { name: `sluice plan / sluice status, ${label}`, value, unit: '×', target: { most: 2 } },
    ];
  }

  /** Removes the benchmark's connectors, and returns when the worker has forgotten them. */
  async clear(): Promise<void> {
    const ours = async () => (await this.#client.list()).filter((name) => name.startsWith('bench-deploy-'));
    const names = await ours();
    await mapBounded(names, 8, (name) => this.#client.delete(name));
    for (const name of names) {
      while ((await this.#client.find(name)) !== undefined || (await this.#client.status(name)) !== undefined) {
        await systemClock.sleep(50);
      }
    }
  }

  #write(kind: string, count: number): string[] {
    const folder = path.join(this.#folder, kind);
    mkdirSync(folder);
    const input = path.join(folder, 'lines.txt');
    writeFileSync(input, 'one\n');
    return Array.from({ length: count }, (_none, index) => {
      const name = `bench-deploy-${kind}-${index}`;
      const config = {
        'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
        'tasks.max': '1',
        file: input,
        topic: 'bench-deploy',
        'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      };
      const file = path.join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify({ name, config }));
      return file;
    });
  }
}

/** Passes everything on to the worker and counts it. */
async function countingProxy(target: string): Promise<{ url: string; stop(): number }> {
  let calls = 0;
  const server = createServer((incoming, outgoing) => {
    calls += 1;
    incoming.pipe(
      request(`${target}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
      return calls;
    },
  };
}
