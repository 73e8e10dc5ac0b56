import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { ConnectorOffset } from '../../src/connect/types.ts';
import type { FormerState } from '../../src/operate/journal.ts';
import { eventually, fileSink, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { seededRandom } from '../helpers/fault-proxy.ts';
import { createTopic, deleteTopics } from '../helpers/offsets-scene.ts';
import { sandbox } from '../helpers/sandbox.ts';

/**
 * Changes of offsets whose process is killed (-9) at a random moment, and so are some of the recoveries: afterwards the
 * connector has its former state, and either the former offsets or the new ones. SLUICE_KILL_RUNS=100 makes 100 of them.
 */
const RUNS = Number(process.env.SLUICE_KILL_RUNS ?? 4);
const FIRST_SEED = Number(process.env.SLUICE_KILL_SEED ?? 1);

const COUNTS = [20, 10] as const;
const [sink, topic] = ['offsets-killed-sink', 'offsets-killed'];
const client = sandboxClient();
const folder = workFolder('offsets-kills');
const env = { ...process.env, SLUICE_STATE_DIR: folder.path('state'), SLUICE_CONTEXT: undefined };

/** How long a change took that was not killed, from its beginning in the journal on, ms. */
let whole = 0;

beforeAll(async () => {
  folder.write(
    'sluice.yaml',
    `version: 1
defaultContext: dev
contexts:
  dev:
    connect: ${sandbox.connectUrl}
    kafka: { bootstrapServers: '${sandbox.bootstrapServers}' }
`,
  );
  await createTopic(
    topic,
    COUNTS.map((count) => Array.from({ length: count }, () => Date.now())),
  );
  await client.putConfig(sink, fileSink(folder.path('out.txt'), topic));
  await eventually(offsets, (now) => now.join() === COUNTS.join());
  whole = (await run(setTo([0, 0]), 60_000)).ms;
});

const setTo = (wanted: readonly number[]) => [
  ...['offsets', 'set', sink, '--yes', '--stable', '0s'],
  ...wanted.flatMap((offset, partition) => ['--partition', `${topic}:${partition}=${offset}`]),
];

afterAll(async () => {
  await client.delete(sink);
  await deleteTopics([topic]);
  folder.remove();
});

/** The committed offset of each partition. */
async function offsets(): Promise<number[]> {
  const live = await client.offsets(sink);
  return COUNTS.map((_, partition) => {
    const found = live.find((one) => one.partition['kafka_partition'] === partition);
    return Number(found?.offset?.['kafka_offset'] ?? -1);
  });
}

const written = () => readFileSync(folder.path('out.txt'), 'utf8').split('\n').slice(0, -1);

async function state(): Promise<string> {
  const status = await client.status(sink);
  return status?.connector.state === 'STOPPED' && status.tasks.length > 0
    ? 'STOPPING'
    : (status?.connector.state ?? '');
}

/** Sets the scene by REST alone: the state, and offsets that nobody moves. */
async function prepare(former: FormerState, before: readonly number[]): Promise<void> {
  await client.stop(sink);
  await eventually(state, (now) => now === 'STOPPED');
  const wanted = before.map((offset, partition): ConnectorOffset => {
    return { partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: offset } };
  });
  await eventually(
    async () => client.alterOffsets(sink, wanted).then(() => '', String),
    (error) => error === '',
  );
  if (former === 'PAUSED') await client.pause(sink);
  if (former === 'RUNNING') await client.resume(sink);
  await eventually(
    () => client.status(sink),
    (status) => status?.connector.state === former && status.tasks.every((task) => task.state === former),
  );
}

interface Ran {
  /** It came to its end before it was killed. */
  ended: boolean;
  /** From its beginning in the journal on, ms. */
  ms: number;
}

/** Runs the program, and kills it so long after it has begun an operation, or while it still reads if that is negative. */
async function run(args: readonly string[], killAfterMs: number): Promise<Ran> {
  const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
    cwd: folder.path(),
    env,
    stdio: 'ignore',
  });
  let closed = false;
  const ended = new Promise<boolean>((resolve) =>
    child.on('close', (code) => {
      closed = true;
      resolve(code !== null);
    }),
  );
  while (!closed && killAfterMs >= 0 && pending() === 0) await sleep(2);
  const began = Date.now();
  await Promise.race([sleep(Math.abs(killAfterMs)), ended]);
  child.kill('SIGKILL');
  return { ended: await ended, ms: Date.now() - began };
}

function pending(): number {
  const journal = folder.path('state', 'operations');
  return existsSync(journal) ? readdirSync(journal).filter((name) => name.endsWith('.json')).length : 0;
}

/** Whether a backup has these offsets of the sink. */
function isBackedUp(before: readonly number[]): boolean {
  const backups = folder.path('state', 'offsets');
  const files = existsSync(backups) ? readdirSync(backups).filter((name) => name.endsWith('.json')) : [];
  return files.some((file) => {
    const { connectors } = JSON.parse(readFileSync(folder.path('state', 'offsets', file), 'utf8')) as {
      connectors: { offsets: { partition: { kafka_partition: number }; offset: { kafka_offset: number } }[] }[];
    };
    const saved = connectors[0]?.offsets ?? [];
    return before.every((offset, partition) =>
      saved.some((one) => one.partition.kafka_partition === partition && one.offset.kafka_offset === offset),
    );
  });
}

async function killed(seed: number): Promise<string> {
  const random = seededRandom(seed);
  const upTo = (count: number) => Math.floor(random() * (count + 1));
  const former = (['RUNNING', 'PAUSED', 'STOPPED'] as const)[upTo(2)] ?? 'RUNNING';
  // A running sink reads to the end.
  const before = former === 'RUNNING' ? [...COUNTS] : COUNTS.map(upTo);
  const wanted = COUNTS.map((count, partition) => (upTo(count - 1) + 1 + (before[partition] ?? 0)) % (count + 1));
  await prepare(former, before);
  const lines = written().length;
  const { ended } = await run(setTo(wanted), (random() - 0.05) * whole);
  const begun = pending() > 0;
  const found = await offsets();
  const about = `seed ${seed}, ${former}, ${before} to ${wanted}, found ${found}${begun ? ', begun' : ''}`;
  if (begun && found.join() !== before.join()) expect(isBackedUp(before), about).toBe(true);

  const wish = ([[], ['--undo'], ['--finish']] as const)[upTo(2)] ?? [];
  const recover = (more: readonly string[]) => ['offsets', 'recover', sink, '--yes', '--stable', '0s', ...more];
  if (random() < 0.4) await run(recover(wish), random() * whole);
  // What had not been changed cannot be finished, but undone.
  for (const more of [wish, []]) if (pending() > 0) expect((await run(recover(more), 60_000)).ended, about).toBe(true);
  expect(pending(), about).toBe(0);

  expect(await eventually(state, (now) => now === former), about).toBe(former);
  if (former !== 'RUNNING') {
    const now = await offsets();
    expect([before.join(), wanted.join()], about).toContain(now.join());
    return `${former}, ${begun ? `begun, ${now.join() === before.join() ? 'undone' : 'finished'}` : ended ? 'done' : 'not begun'}`;
  }
  await eventually(offsets, (now) => now.join() === before.join());
  const again = written().slice(lines).sort();
  const all = wanted
    .flatMap((offset, partition) =>
      Array.from({ length: (COUNTS[partition] ?? 0) - offset }, (_, at) => `${partition}:${offset + at}`),
    )
    .sort();
  // Undone after it had been running again for a moment: it may have read some of them.
  if (wish[0] === '--undo')
    expect(new Set(all).isSupersetOf(new Set(again)), `${about}, read again ${again}`).toBe(true);
  else expect([[], all], about).toContainEqual(again);
  return `${former}, ${begun ? `begun, ${again.length === 0 ? 'undone' : 'finished'}` : ended ? 'done' : 'not begun'}`;
}

describe('a change of offsets that is killed at a random moment', () => {
  const outcomes = new Map<string, number>();

  it.each(Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at))('seed %i', async (seed) => {
    const outcome = await killed(seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });

  afterAll(() => {
    for (const [outcome, times] of [...outcomes].sort()) console.log(`${times} × ${outcome}`);
  });
});
