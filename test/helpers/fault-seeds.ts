import { expect } from 'vitest';
import { ConnectClient } from '../../src/connect/client.ts';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import type { ConnectorFile } from '../../src/connectors/connector-file.ts';
import { type DeployReport, deploy } from '../../src/deploy/deploy.ts';
import { SluiceError } from '../../src/errors/error.ts';
import { GroupReader } from '../../src/monitor/group-reader.ts';
import { readStatus } from '../../src/monitor/status.ts';
import { deleteConnectors } from '../../src/operate/delete.ts';
import { restartConnectors } from '../../src/operate/restart.ts';
import { scaleConnector } from '../../src/operate/scale.ts';
import { changeState } from '../../src/operate/state.ts';
import { diffAll } from '../../src/plan/plan.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { silentProgress } from '../../src/ports/progress.ts';
import { configSecrets } from '../../src/schemas/secrets.ts';
import { FaultProxy, seededRandom } from './fault-proxy.ts';

/** A worker on which seeds are run, and the way to look at it behind the proxy's back. */
export interface Ground {
  url: string;
  truth: ConnectClient;
  /** Of one run. */
  clock: () => Clock;
  /** The rest of a configuration that runs. */
  config: ConnectorConfig;
}

/** Share of the calls that are spoilt. */
const SHARES = { reads: 0.12, writes: 0.5 };
const signal = new AbortController().signal;
const groups = new GroupReader(undefined);

export function clientOf(url: string, clock: Clock, rebalanceMs = 5_000): ConnectClient {
  return new ConnectClient(
    { urls: [url], connect: { timeout: '5s' } },
    { clock, signal, logger: silentLogger, rebalanceMs, readBackMs: 3_000 },
  );
}

function fileOf(name: string, config: ConnectorConfig): ConnectorFile {
  return {
    name,
    config,
    written: config,
    unset: new Set(),
    file: `${name}.json`,
    form: 'wrapped',
    positions: () => Promise.reject(new Error('nothing is found in these files')),
  };
}

interface RunOptions {
  rollback: boolean;
  /** A real worker may rebalance in earnest. */
  rebalanceMs?: number;
}

function run(
  files: readonly ConnectorFile[],
  url: string,
  clock: Clock,
  { rollback, rebalanceMs }: RunOptions,
): Promise<DeployReport> {
  return deploy(files, {
    client: clientOf(url, clock, rebalanceMs),
    groups,
    clock,
    signal,
    progress: silentProgress,
    context: 'faults',
    parallel: 3,
    wait: true,
    timeoutMs: 20_000,
    stableMs: 0,
    dryRun: false,
    rollback,
    secrets: configSecrets,
  });
}

/** The run as a whole may end, but only in a way that an operator can read. */
function readable(error: unknown, log: string): undefined {
  expect(error, log).toBeInstanceOf(SluiceError);
  expect((error as SluiceError).code, log).not.toBe('INTERNAL');
  return undefined;
}

async function live(truth: ConnectClient, name: string): Promise<string | undefined> {
  return (await truth.find(name))?.info.config['batch.size'];
}

/**
 * Deploys through a proxy that spoils a share of the calls, and looks behind its back at what the worker has: what is
 * reported as done is done, what is reported as not done is not, and the next deploy brings the rest.
 */
export async function deploySeed(
  seed: number,
  names: readonly string[],
  { url, truth, clock, config }: Ground,
): Promise<{ faults: number; successes: number }> {
  const files = names.map((name) => fileOf(name, { ...config, 'batch.size': String(seed) }));
  // Every other run creates, so that lost answers of creations are met as often as those of updates.
  for (const name of names) {
    if (seed % 2 === 0) await truth.delete(name);
    else await truth.putConfig(name, { ...config, 'batch.size': '1000000' });
  }
  const before = new Map(await Promise.all(names.map(async (name) => [name, await live(truth, name)] as const)));
  const proxy = await FaultProxy.start(url, seed, SHARES);
  let successes = 0;
  try {
    const report = await run(files, proxy.url, clock(), { rollback: seed % 3 === 0 }).catch((error: unknown) =>
      readable(error, `${String(error)}\n${proxy.log.join('\n')}`),
    );
    for (const name of names) {
      const now = await live(truth, name);
      const result = report?.results.find((one) => one.name === name);
      const message = result?.error?.message ?? '';
      const said = `${name}: ${result?.outcome} ${message}\n${proxy.log.join('\n')}`;
      if (result === undefined) {
        // Nothing was sent.
        expect(now, said).toBe(before.get(name));
        continue;
      }
      if (result.error === null) {
        expect(now, said).toBe(String(seed));
        const states = (await truth.status(name))?.tasks.map((task) => task.state);
        expect(states, said).toEqual(['RUNNING']);
        successes += 1;
        continue;
      }
      expect(result.error.code, said).not.toBe('INTERNAL');
      const foreign = proxy.changed.has(name);
      expect([before.get(name), String(seed), ...(foreign ? ['999999'] : [])], said).toContain(now);
      if (result.outcome === 'rolled back') expect(now, said).toBe(before.get(name));
      if (/by someone else during|has changed it since/.test(message)) expect(foreign, said).toBe(true);
      // What is there is called failed only where it could not be known.
      if (now === String(seed)) expect(message, said).toMatch(/unknown whether|cannot be read/);
    }
    proxy.calm();
    const calm = { rollback: false, rebalanceMs: 60_000 };
    const next = await run(files, proxy.url, clock(), calm);
    expect(
      next.results.map((one) => one.error),
      proxy.log.join('\n'),
    ).toEqual(names.map(() => null));
    expect((await run(files, proxy.url, clock(), calm)).writes).toBe(0);
    return { faults: proxy.log.length, successes };
  } finally {
    await proxy.stop();
  }
}

const OPERATIONS = ['pause', 'resume', 'stop', 'restart', 'scale', 'delete', 'status', 'plan'] as const;

/** One operation through such a proxy. */
export async function operateSeed(
  seed: number,
  name: string,
  { url, truth, clock, config }: Ground,
): Promise<{ faults: number; successes: number }> {
  const random = seededRandom(seed * 7919);
  const verb = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? 'status';
  await truth.putConfig(name, { ...config, 'tasks.max': '1' });
  if (verb === 'resume') await truth.pause(name);
  else await truth.resume(name);
  const proxy = await FaultProxy.start(url, seed, SHARES);
  const time = clock();
  const client = clientOf(proxy.url, time);
  const options = { clock: time, signal, wait: true, timeoutMs: 20_000, stableMs: 0 };
  let successes = 0;
  const log = () => `${verb} of ${name}\n${proxy.log.join('\n')}`;
  const state = async () => (await truth.status(name))?.connector.state;
  try {
    switch (verb) {
      case 'pause':
      case 'resume':
      case 'stop': {
        const { results } = await changeState(verb, [name], 'faults', client, options);
        const error = results[0]?.error;
        expect(error?.code, log()).not.toBe('INTERNAL');
        const wanted = { pause: 'PAUSED', resume: 'RUNNING', stop: 'STOPPED' }[verb];
        if (error === null) {
          expect(await state(), log()).toBe(wanted);
          successes += 1;
        } else if (/did not take effect/.test(error?.message ?? '')) {
          expect(await state(), `${error?.message} ${log()}`).not.toBe(wanted);
        }
        break;
      }
      case 'restart': {
        const request = { ...options, onlyFailed: false, onlyTasks: false };
        const { results } = await restartConnectors([name], 'faults', client, request);
        expect(results[0]?.error?.code, log()).not.toBe('INTERNAL');
        if (results[0]?.error === null) successes += 1;
        break;
      }
      case 'scale': {
        const report = await scaleConnector(name, 2, 'faults', client, groups, options).catch((error: unknown) => {
          const { message } = error as SluiceError;
          if (/by someone else/.test(message)) expect(proxy.changed.has(name), `${message} ${log()}`).toBe(true);
          return readable(error, `${message} ${log()}`);
        });
        if (report !== undefined) {
          expect((await truth.config(name))['tasks.max'], log()).toBe('2');
          successes += 1;
        }
        break;
      }
      case 'delete': {
        const { results } = await deleteConnectors([name], 'faults', client, groups, options);
        expect(results[0]?.error?.code, log()).not.toBe('INTERNAL');
        expect(results[0]?.outcome, log()).not.toBe('was not there');
        if (results[0]?.error === null) {
          expect(await truth.list(), log()).not.toContain(name);
          successes += 1;
        }
        break;
      }
      case 'status': {
        const report = await readStatus({ ...options, client, groups, context: 'faults', settleMs: 1_000 }).catch(
          (error: unknown) => readable(error, `${String(error)} ${log()}`),
        );
        if (report !== undefined) {
          const named = [...report.connectors, ...report.unreadable].map((one) => one.name);
          expect(named, log()).toContain(name);
          successes += 1;
        }
        break;
      }
      default: {
        const listing = await client.listing().catch((error: unknown) => readable(error, `${String(error)} ${log()}`));
        if (listing !== undefined) {
          const { changes } = diffAll([fileOf(name, config)], listing);
          expect(
            changes.map((change) => change.action),
            log(),
          ).not.toContain('create');
          successes += 1;
        }
      }
    }
    return { faults: proxy.log.length, successes };
  } finally {
    await proxy.stop();
  }
}
