import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastClock } from '../../helpers/fake-connect.ts';
import { FakeWorker } from '../../helpers/fake-worker.ts';
import { clientOf, deploySeed, type Ground, operateSeed } from '../../helpers/fault-seeds.ts';

/** The seeds of test/integration/fault-seeds.test.ts against a worker in memory, where time passes as it is wanted. */
const seeds = Number(process.env.SLUICE_FAULT_SEEDS ?? 60);
let worker: FakeWorker;
let ground: Ground;
const total = { faults: 0, successes: 0 };

beforeAll(async () => {
  worker = await FakeWorker.start({ other: {} });
  ground = {
    url: worker.server.url,
    truth: clientOf(worker.server.url, fastClock()),
    clock: fastClock,
    config: { 'connector.class': 'FileStreamSource', 'tasks.max': '1' },
  };
});

afterAll(async () => {
  await worker.stop();
  console.info(`fault seeds: ${2 * seeds} runs, ${total.faults} faults, ${total.successes} done in spite of them`);
  expect(total.successes).toBeGreaterThan(seeds / 2);
});

function add({ faults, successes }: typeof total): void {
  total.faults += faults;
  total.successes += successes;
}

const all = Array.from({ length: seeds }, (_, index) => index + 1);

describe(`${seeds} seeded deploys`, () => {
  it.each(all)('seed %i: no false success, no false failure', async (seed) => {
    add(await deploySeed(seed, ['seeds-1', 'seeds-2', 'seeds-3'], ground));
  });
});

describe(`${seeds} seeded operations`, () => {
  it.each(all)('seed %i: no false success, no false failure', async (seed) => {
    add(await operateSeed(seed, 'operated', ground));
  });
});
