import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { ServeEvent } from '../../src/serve/events.ts';
import { eventually } from '../helpers/connectors.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { type Hook, startHook } from '../helpers/hook-server.ts';

const DEADLINE_MS = 90_000;

/** `sluice serve` as its own process. */
class Daemon {
  readonly events: ServeEvent[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(folder: string) {
    this.#child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), 'serve', '--no-listen'], {
      cwd: folder,
      env: { ...process.env, SLUICE_STATE_DIR: path.join(folder, 'state'), SLUICE_CONTEXT: 'dev' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', resolve));
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        this.events.push(JSON.parse(line) as ServeEvent);
      });
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  has(isIt: (event: ServeEvent) => boolean): boolean {
    return this.events.some(isIt);
  }
}

interface Point {
  /** When the daemon is killed. */
  when(daemon: Daemon, hook: Hook): boolean;
  /** Whether the receiver answers the first notice. */
  answers: boolean;
  /** How often it may be told that the alert fires. */
  most: number;
}

const POINTS: Record<string, Point> = {
  'as soon as the alert is known': {
    when: (daemon) => daemon.has(({ event }) => event === 'alert'),
    answers: true,
    most: 2,
  },
  'while the receiver works on it': { when: (_, hook) => hook.got.length > 0, answers: false, most: 2 },
  'after it was delivered': {
    when: (daemon) => daemon.has((one) => one.event === 'notice' && one.outcome === 'delivered'),
    answers: true,
    most: 1,
  },
};

/** A worker whose task has failed, a receiver, and daemons that watch the one and notify the other. */
async function scene(status: Parameters<typeof startHook>[0], finished: (work: () => void | Promise<void>) => void) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-kill-'));
  finished(() => rmSync(folder, { recursive: true }));
  const worker = await FakeWorker.start({
    orders: { config: { 'connector.class': 'FileStreamSource' }, failed: true },
  });
  finished(() => worker.stop());
  const hook = await startHook(status);
  finished(() => hook.close());
  writeFileSync(
    path.join(folder, 'sluice.yaml'),
    `version: 1
contexts: { dev: { connect: '${worker.server.url}' } }
serve: { alerts: true, every: 1s }
alerts:
  defaults: false
  rules: [{ kind: task-failed }]
  receivers: { ops: { webhook: '${hook.url}' } }
`,
  );
  return {
    hook,
    daemon() {
      const daemon = new Daemon(folder);
      finished(() => daemon.end());
      return daemon;
    },
    recover() {
      worker.get('orders').failed = false;
    },
    told: (change: string) => hook.got.filter(({ body }) => body['status'] === change).length,
  };
}

function until(isSo: () => boolean): Promise<boolean> {
  return eventually(
    async () => isSo(),
    (so) => so,
    DEADLINE_MS,
  );
}

describe.concurrent('sluice serve, killed in mid-alert', () => {
  const points = Object.entries(POINTS);
  it.for(points)(
    '%s: tells once or twice, never not at all',
    { timeout: 300_000 },
    async ([, point], { onTestFinished }) => {
      let answered = point.answers;
      const { hook, daemon, recover, told } = await scene(() => {
        const status = answered ? 200 : undefined;
        answered = true;
        return status;
      }, onTestFinished);
      const first = daemon();
      await until(() => point.when(first, hook));
      await first.end();

      // It stands by until the lease of the one that was killed has expired.
      const second = daemon();
      await until(() => second.has(({ event }) => event === 'leading') && told('firing') > 0);
      recover();
      await until(() => second.has((one) => one.event === 'notice' && one.change === 'resolved'));
      await second.end('SIGTERM');
      if (told('firing') < 1 || told('firing') > point.most) throw new Error(`told ${told('firing')} times`);
      if (told('resolved') !== 1) throw new Error(`the end was told ${told('resolved')} times`);
      if (hook.got.at(-1)?.body['status'] !== 'resolved') throw new Error('the end was not the last');
    },
  );

  it('stopped while the receiver works on it: waits for its answer, and tells it once', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const answer = Promise.withResolvers<number>();
    const { hook, daemon, recover, told } = await scene(() => answer.promise, onTestFinished);
    const first = daemon();
    await until(() => hook.got.length > 0);
    const ended = first.end('SIGTERM');
    // The signal gets there first.
    setTimeout(() => answer.resolve(200), 500);
    await ended;
    if (!first.has((one) => one.event === 'notice' && one.outcome === 'delivered')) throw new Error('it was not kept');
    const second = daemon();
    await until(() => second.has(({ event }) => event === 'leading'));
    recover();
    await until(() => second.has((one) => one.event === 'notice' && one.change === 'resolved'));
    await second.end('SIGTERM');
    if (told('firing') !== 1 || told('resolved') !== 1) throw new Error(`told ${JSON.stringify(hook.got)}`);
  });
});
