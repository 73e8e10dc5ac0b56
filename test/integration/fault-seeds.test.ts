import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../src/connect/client.ts';
import type { ConnectorFile } from '../../src/connectors/connector-file.ts';
import { type DeployReport, deploy } from '../../src/deploy/deploy.ts';
import { SluiceError } from '../../src/errors/error.ts';
import { GroupReader } from '../../src/monitor/group-reader.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { silentProgress } from '../../src/ports/progress.ts';
import { configSecrets } from '../../src/schemas/secrets.ts';
import { fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { FaultProxy } from '../helpers/fault-proxy.ts';
import { sandbox } from '../helpers/sandbox.ts';

/**
 * Deploys through a proxy that spoils every fourth call, and looks behind its back at what the worker has: what is
 * reported as done is done, what is reported as not done is not half done, and the next deploy mends the rest.
 * `npm run test:faults` runs 200 seeds.
 */
const seeds = Number(process.env.SLUICE_FAULT_SEEDS ?? 20);
const client = sandboxClient();
const folder = workFolder('fault-seeds');
const names = ['seeds-1', 'seeds-2', 'seeds-3'];
let successes = 0;
let faults = 0;

beforeAll(() => {
  folder.write('in.txt', 'one\n');
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
  console.info(`fault seeds: ${seeds} runs, ${faults} faults, ${successes} connectors deployed in spite of them`);
});

function files(seed: number): ConnectorFile[] {
  return names.map((name) => {
    const config = fileSource(folder.path('in.txt'), 'seeds', { 'batch.size': String(seed) });
    return {
      name,
      config,
      written: config,
      unset: new Set(),
      file: `${name}.json`,
      form: 'wrapped',
      positions: () => Promise.reject(new Error('nothing is found in these files')),
    };
  });
}

function run(url: string, seed: number): Promise<DeployReport> {
  const signal = new AbortController().signal;
  return deploy(files(seed), {
    client: new ConnectClient(
      { urls: [url], connect: {} },
      { clock: systemClock, signal, logger: silentLogger, rebalanceMs: 5_000, readBackMs: 3_000 },
    ),
    groups: new GroupReader(undefined),
    clock: systemClock,
    signal,
    progress: silentProgress,
    context: 'faults',
    concurrency: 3,
    wait: true,
    timeoutMs: 20_000,
    stableMs: 0,
    dryRun: false,
    secrets: configSecrets,
  });
}

describe(`${seeds} seeded fault runs`, () => {
  it.each(Array.from({ length: seeds }, (_, index) => index + 1))(
    'seed %i: no lost update, no false success',
    async (seed) => {
      // Every other run creates, so that lost answers of creations are met as often as those of updates.
      if (seed % 2 === 0) for (const name of names) await client.delete(name);
      const before = new Map(
        await Promise.all(
          names.map(async (name) => [name, (await client.find(name))?.info.config['batch.size']] as const),
        ),
      );
      const proxy = await FaultProxy.start(sandbox.connectUrl, seed, 0.25);
      try {
        const report = await run(proxy.url, seed).catch((error: unknown) => {
          // The run as a whole may end, but only in a way that an operator can read.
          expect(error, proxy.log.join('\n')).toBeInstanceOf(SluiceError);
          expect((error as SluiceError).code, proxy.log.join('\n')).not.toBe('INTERNAL');
          return undefined;
        });
        for (const name of names) {
          const live = (await client.find(name))?.info.config['batch.size'];
          const result = report?.results.find((one) => one.name === name);
          const said = `${name}: ${result?.outcome} ${result?.error?.message ?? ''}\n${proxy.log.join('\n')}`;
          if (result !== undefined && result.error === null) {
            expect(live, said).toBe(String(seed));
            expect(
              (await client.status(name))?.tasks.map((task) => task.state),
              said,
            ).toEqual(['RUNNING']);
            successes += 1;
          } else {
            expect([before.get(name), String(seed)], said).toContain(live);
          }
          if (result?.error?.message.includes('was not done')) expect(live, said).toBe(before.get(name));
        }
        faults += proxy.log.length;
        proxy.share = 0;
        const mended = await run(proxy.url, seed);
        expect(mended.results.map((one) => one.error)).toEqual([null, null, null]);
        expect((await run(proxy.url, seed)).writes).toBe(0);
      } finally {
        await proxy.stop();
      }
    },
  );
});
