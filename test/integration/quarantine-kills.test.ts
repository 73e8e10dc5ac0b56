import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { QuarantinePlan } from '../../src/dlq/quarantine/plan.ts';
import type { FormerState, Operation } from '../../src/operate/journal.ts';
import { eventually, workFolder } from '../helpers/connectors.ts';
import { seededRandom } from '../helpers/fault-proxy.ts';
import { RefusedRecords } from '../helpers/refused-records.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

/**
 * Quarantines whose process is killed (-9) at a random moment, and so are some of the recoveries: afterwards the sink has its
 * former configuration and state, every record was written once, and every refused one is in the queue once.
 * SLUICE_KILL_RUNS=100 makes 100 of them.
 */
const RUNS = Number(process.env.SLUICE_KILL_RUNS ?? 1);
const FIRST_SEED = Number(process.env.SLUICE_KILL_SEED ?? 2);

const COUNT = 10;
const begun = Date.now().toString(36);
const folder = workFolder('quarantine-kills');
const env = { SLUICE_STATE_DIR: folder.path('state'), SLUICE_CONTEXT: undefined };

/** How long one takes that is not killed, from its beginning in the journal on, ms. */
let whole = 8000;

beforeAll(() => {
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
});

afterAll(() => folder.remove());

/** What is in the journal; undefined if nothing is under way. */
function journal(): Operation<QuarantinePlan> | undefined {
  const files = folder.path('state', 'operations');
  const [name] = existsSync(files) ? readdirSync(files).filter((file) => file.endsWith('.json')) : [];
  if (name === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(folder.path('state', 'operations', name), 'utf8')) as Operation<QuarantinePlan>;
  } catch {
    return undefined;
  }
}

/** Runs the program, and kills it so long after `when` holds; or lets it end. */
async function run(args: readonly string[], when: () => boolean, killAfterMs: number): Promise<{ ms: number }> {
  const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
    cwd: folder.path(),
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  let closed = false;
  const ended = new Promise<void>((resolve) =>
    child.on('close', () => {
      closed = true;
      resolve();
    }),
  );
  while (!closed && !when()) await sleep(2);
  const from = Date.now();
  await Promise.race([sleep(killAfterMs), ended]);
  child.kill('SIGKILL');
  await ended;
  return { ms: Date.now() - from };
}

const isBegun = () => journal() !== undefined;

/** What differs when it is killed. */
const MOMENTS: readonly (readonly [string, () => boolean, (random: number) => number])[] = [
  ['any time', isBegun, (random) => random * whole],
  ['any time', isBegun, (random) => random * whole],
  ['at the copy', () => (journal()?.plan.pending ?? null) !== null, (random) => random * 300],
  ['before the end', () => journal()?.phase === 'restoring', (random) => random * 100],
];

async function state(scene: RefusedRecords): Promise<string> {
  const status = await scene.client.status(scene.sink);
  const now = status?.connector.state ?? '';
  return now === 'STOPPED' && (status?.tasks.length ?? 0) > 0 ? 'STOPPING' : now;
}

async function killed(seed: number): Promise<string> {
  const random = seededRandom(seed);
  const upTo = (count: number) => Math.floor(random() * (count + 1));
  const scene = new RefusedRecords(`quarantine-kill-${begun}-${seed}`, 1 + upTo(2));
  const first = upTo(COUNT - 1);
  const refused = [...new Set(random() < 0.5 ? [first] : [first, (first + 1 + upTo(COUNT - 2)) % COUNT])];
  const former = (['RUNNING', 'RUNNING', 'PAUSED', 'STOPPED'] as const)[upTo(3)] as FormerState;
  const more = {
    'tasks.max': String(1 + upTo(1)),
    ...(random() < 0.5 ? {} : { 'consumer.override.max.poll.records': '7' }),
  };
  try {
    await scene.create();
    await scene.write(Array.from({ length: COUNT }, (_, id) => ({ id, amount: refused.includes(id) ? -1 : id })));
    await scene.start(more);
    await scene.failed();
    if (former === 'STOPPED') await scene.client.stop(scene.sink);
    if (former === 'PAUSED') await scene.client.pause(scene.sink);
    await eventually(
      () => state(scene),
      (now) => now === former,
    );
    const before = await scene.client.config(scene.sink);
    const args = (command: string) => ['dlq', command, scene.sink, '--yes', '--stable', '2s'];
    // By its number, so that a few seeds have several of them.
    const [moment, when, after] = MOMENTS[seed % MOMENTS.length] ?? ['', isBegun, () => 0];
    await run([...args('quarantine'), '--max', String(1 + upTo(1))], when, after(random()));
    const found = journal();
    const about = `seed ${seed}, ${former}, refused ${refused}, ${moment}, found ${JSON.stringify(found)}`;
    let outcome = 'not begun, or done';
    if (found !== undefined) {
      outcome = `${found.phase}${found.plan.pending === null ? '' : ', pending'}`;
      const { stderr } = await sluice(['status', scene.sink], { cwd: folder.path(), env });
      expect(stderr, about).toContain(`sluice dlq recover ${scene.sink}`);
      if (random() < 0.3) await run(args('recover'), () => true, random() * 3000);
      if (random() < 0.5) {
        const { code, stderr: said } = await sluice(args('recover'), { cwd: folder.path(), env });
        expect(code, `${about}: ${said}`).toBe(0);
        expect(journal(), about).toBeUndefined();
        expect(await scene.client.config(scene.sink), about).toEqual(before);
        expect(
          await eventually(
            () => state(scene),
            (now) => now === former,
          ),
          about,
        ).toBe(former);
      } else outcome += ', then the next run';
    }

    const said: string[] = [];
    // All the others; the first of these runs also ends what was interrupted.
    for (let left = 3; left > 0; left -= 1) {
      if (former === 'RUNNING' && journal() === undefined && (await scene.settled(COUNT))) break;
      const { code, stdout, stderr } = await sluice([...args('quarantine'), '--max', '5', '--json'], {
        cwd: folder.path(),
        env,
      });
      said.push(stdout, stderr);
      // A sink that is RUNNING again may not have reached its record yet.
      if (/SINK_NOT_BLOCKED/.test(stdout + stderr)) {
        if (former === 'RUNNING') continue;
        break;
      }
      expect([0, 14], `${about}: ${stdout} ${stderr}`).toContain(code);
    }
    expect(journal(), about).toBeUndefined();
    expect(await scene.client.config(scene.sink), about).toEqual(before);
    expect(
      await eventually(
        () => state(scene),
        (now) => now === former,
      ),
      about,
    ).toBe(former);
    await scene.client.resume(scene.sink);
    const good = Array.from({ length: COUNT }, (_, id) => id).filter((id) => !refused.includes(id));
    await eventually(
      () => scene.ids(),
      (ids) => ids.length === good.length,
    ).catch(() => []);
    const ends = await eventually(
      () => scene.client.status(scene.sink),
      (now) => now?.connector.state === 'RUNNING' && now.tasks.length > 0,
    );
    expect(
      ends?.tasks.map((task) => task.state),
      `${about}\n${said.join('\n')}`,
    ).not.toContain('FAILED');
    expect(await scene.ids(), about).toEqual(good);
    expect(await scene.writes(), about).toEqual(good);
    expect(
      (await scene.queued()).sort((a, b) => a - b),
      about,
    ).toEqual(refused.toSorted((a, b) => a - b));
    if (random() < 0.25) {
      await scene.allowAll();
      const { code, stderr } = await sluice(['dlq', 'replay', scene.sink, '--yes'], { cwd: folder.path(), env });
      expect(code, `${about}: ${stderr}`).toBe(0);
      await eventually(
        () => scene.writes(),
        (ids) => ids.length === COUNT,
      );
      expect(await scene.ids(), about).toEqual(Array.from({ length: COUNT }, (_, id) => id));
    }
    return `${moment}: ${outcome}`;
  } finally {
    await scene.remove();
  }
}

describe('a quarantine that is killed at a random moment', () => {
  const outcomes = new Map<string, number>();

  beforeAll(async () => {
    const scene = new RefusedRecords(`quarantine-kill-${begun}-0`, 1);
    try {
      await scene.create();
      await scene.write([
        { id: 0, amount: 0 },
        { id: 1, amount: -1 },
      ]);
      await scene.start();
      await scene.failed();
      whole = (await run(['dlq', 'quarantine', scene.sink, '--yes', '--stable', '0s'], isBegun, 120_000)).ms;
    } finally {
      await scene.remove();
    }
  });

  it.each(Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at))('seed %i', async (seed) => {
    const outcome = await killed(seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });

  afterAll(() => {
    for (const [outcome, times] of [...outcomes].sort()) console.log(`${times} × ${outcome}`);
  });
});
