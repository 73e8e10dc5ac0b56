import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { deploySeed, type Ground, operateSeed } from '../helpers/fault-seeds.ts';
import { sandbox } from '../helpers/sandbox.ts';

/**
 * Deploys and operations through a proxy that spoils reads and writes (test/helpers/fault-proxy.ts lists how), against
 * the real worker. `npm run test:faults` runs 500 seeds here, and 500 against the worker in memory.
 */
const seeds = Number(process.env.SLUICE_FAULT_SEEDS ?? 12);
/** What the worker has; it may rebalance for a while after many writes on a busy machine. */
const client = sandboxClient({ rebalanceMs: 180_000 });
const folder = workFolder('fault-seeds');
const namesOf = (seed: number) => [1, 2, 3].map((index) => `seeds-${seed}-${index}`);
let ground: Ground;
const total = { faults: 0, successes: 0 };

beforeAll(() => {
  folder.write('in.txt', 'one\n');
  ground = {
    url: sandbox.connectUrl,
    truth: client,
    clock: () => systemClock,
    config: fileSource(folder.path('in.txt'), 'seeds'),
  };
});

afterAll(() => {
  folder.remove();
  console.info(`fault seeds: ${seeds} runs, ${total.faults} faults, ${total.successes} done in spite of them`);
  expect(total.successes).toBeGreaterThan(seeds / 4);
});

function add({ faults, successes }: typeof total): void {
  total.faults += faults;
  total.successes += successes;
}

/** One in five seeds is an operation. */
async function runSeed(seed: number): Promise<void> {
  const names = namesOf(seed);
  try {
    add(seed % 5 === 0 ? await operateSeed(seed, names[0] ?? '', ground) : await deploySeed(seed, names, ground));
  } finally {
    for (const name of names) await client.delete(name);
  }
}

describe(`${seeds} seeded fault runs`, () => {
  // Side by side: most of the time of each is waiting for the worker.
  it.concurrent.each(Array.from({ length: seeds }, (_, index) => index + 1))(
    'seed %i: no false success, no false failure',
    runSeed,
    300_000,
  );
});
