import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { ReplayReport } from '../../src/dlq/replay.ts';
import { deadLetter, TestTopics } from '../helpers/dead-letters.ts';
import { randomOf } from '../helpers/random.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/**
 * Replays that are killed at a random moment, shut out by another one, or interrupted, while the queue grows: whatever
 * happened, readers of committed records see each record exactly once in the end. `npm run test:kills` makes 100 of them.
 */
const RUNS = Number(process.env.SLUICE_KILL_RUNS ?? 4);
const FIRST_SEED = Number(process.env.SLUICE_KILL_SEED ?? 1);

const RECORDS = 1200;
const RATE = 400;
const CAUSES = ['red', 'green', 'blue'];
const ENDS = ['kill', 'kill', 'terminate', 'another one', 'let it end'] as const;

const topics = new TestTopics();

function start(args: readonly string[]): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(
    process.execPath,
    ['--', packagePath('bin', 'run.js'), 'dlq', 'replay', ...args, '--yes', '--json'],
    { env: { ...process.env, ...sandbox.env, SLUICE_CONTEXT: sandbox.context }, stdio: 'ignore' },
  );
  return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
}

async function run(seed: number): Promise<{ end: string; part: string }> {
  const random = randomOf(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const [queue, target] = [`dlq-kill-${seed}-dead`, `dlq-kill-${seed}`];
  await topics.create(queue, 2);
  await topics.create(target, 3);
  const truth: string[] = [];
  const arrive = async (count: number) => {
    const records = Array.from({ length: count }, (_, index) => {
      const n = truth.length + index;
      return { ...deadLetter(target, n % 3, n, { cause: pick(CAUSES), value: Buffer.from(`${n}`) }), partition: n % 2 };
    });
    await topics.write(queue, records);
    truth.push(...records.map(({ value }) => String(value)));
  };
  await arrive(RECORDS);
  const end = pick(ENDS);
  const filter = random() < 0.5 ? ['--cause', pick(CAUSES)] : [];
  const first = start(['--queue', queue, '--rate', String(RATE), ...filter]);
  let second: ReturnType<typeof start> | undefined;
  try {
    // At any number of records that were written, committed or not.
    const after = random() * RECORDS;
    let running = true;
    void first.ended.then(() => {
      running = false;
    });
    while (running && (await topics.written(target)) < after) await sleep(20);
    if (end === 'kill') first.child.kill('SIGKILL');
    if (end === 'terminate') first.child.kill('SIGTERM');
    if (end === 'another one') second = start(['--queue', queue]);
    if (random() < 0.5) await arrive(50);
    await Promise.all([first.ended, second?.ended]);
  } finally {
    first.child.kill('SIGKILL');
    second?.child.kill('SIGKILL');
  }
  const before = (await topics.read(target)).length;
  const { stdout, stderr, code } = await sluiceOnSandbox(['dlq', 'replay', '--queue', queue, '--yes', '--json']);
  expect(code, stderr).toBe(0);
  const { replayed } = parseDocument<ReplayReport>(stdout, 'dlq-replay');
  const arrived = (await topics.read(target)).map(({ value }) => String(value));
  const what = `seed ${seed}, ${end}, ${before} before`;
  expect(arrived.length, what).toBe(truth.length);
  expect(new Set(arrived), what).toEqual(new Set(truth));
  expect(replayed, what).toBe(truth.length - before);
  await topics.removeAll();
  return { end, part: before === 0 ? 'nothing committed' : before >= RECORDS ? 'done' : 'in the middle' };
}

describe('a replay that is ended at a random moment', () => {
  /** When the runs were ended, for people. */
  const ended = new Map<string, number>();

  it.each(Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at))('seed %i', async (seed) => {
    const { end, part } = await run(seed);
    const what = `${end}, ${part}`;
    ended.set(what, (ended.get(what) ?? 0) + 1);
  });

  afterAll(async () => {
    for (const [what, times] of [...ended].sort()) console.log(`${times} × ${what}`);
    await topics.removeAll();
  });
});
