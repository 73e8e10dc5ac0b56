import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { Store } from '../../src/store/store.ts';
import { usePostgres } from '../helpers/databases.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Line {
  event: string;
  pair?: string;
  verdict?: string;
  url?: string;
  tables?: object[];
}

/** A schedule as a process of its own. */
class Schedule {
  readonly lines: Line[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: string[], folder: string, state: string) {
    this.#child = spawn(process.execPath, [packagePath('bin', 'run.js'), 'reconcile', 'schedule', ...args], {
      cwd: folder,
      env: { ...process.env, SLUICE_STATE_DIR: state },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) this.lines.push(parseDocument<Line>(line, 'reconcile-schedule') as Line);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  async line(event: string, pair?: string): Promise<Line> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
      const found = this.lines.find((one) => one.event === event && (pair === undefined || one.pair === pair));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no line ${event} ${pair ?? ''}: ${JSON.stringify(this.lines)}\n${this.stderr}`);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }
}

function latestRun(stateFolder: string) {
  using store = new Store(stateFolder);
  return store.comparisons.list({ limit: 1 })[0];
}

describe('sluice reconcile schedule', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  let schedule: Schedule | undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  const state = mkdtempSync(path.join(tmpdir(), 'sluice-state-'));

  beforeAll(async () => {
    for (const side of [source, target])
      await side.run(
        'DROP TABLE IF EXISTS rec_sched; CREATE TABLE rec_sched (id int PRIMARY KEY, v text); INSERT INTO rec_sched VALUES (1, 1), (2, 2)',
      );
    await target.run("UPDATE rec_sched SET v = 'other' WHERE id = 2");
    writeFileSync(
      path.join(folder, 'sluice.yaml'),
      `version: 1
databases: { shop: "${source.url}", copy: "${target.url}" }
reconcile:
  pairs:
    quick: { source: shop, target: copy, tables: [rec_sched], schedule: '\${CRON:-* * * * * *}' }
    # One row at most passes, each after its time: some four seconds on either side.
    slow: { source: shop, target: copy, tables: [rec_sched], where: "pg_sleep(2) IS NOT NULL", schedule: '* * * * * *' }
`,
    );
  });

  afterEach(async () => {
    schedule?.stop('SIGKILL');
    await schedule?.ended;
    schedule = undefined;
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_sched');
    }
    rmSync(folder, { recursive: true });
    rmSync(state, { recursive: true });
  });

  it('compares when it is time, shows metrics and health, keeps the runs, and ends in order', async () => {
    schedule = new Schedule(['quick', '--listen', '127.0.0.1:0'], folder, state);
    const { url } = await schedule.line('listening');
    expect(await schedule.line('finished', 'quick')).toMatchObject({
      verdict: 'different',
      exitCode: 10,
      tables: [{ source: 'public.rec_sched', different: 1, missing: 0, rows: { source: 2, target: 2 } }],
    });
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { status: 'ok', pairs: { quick: { lastVerdict: 'different' } } },
    ]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^sluice_reconcile_runs_total\{pair="quick",verdict="different"\} [1-9]/m);
    expect(metrics).toContain('sluice_reconcile_differences{pair="quick",table="public.rec_sched",kind="different"} 1');
    schedule.stop();
    expect(await schedule.ended).toBe(143);
    expect(schedule.lines.at(-1)).toMatchObject({ event: 'stopped' });
    expect(latestRun(state)).toMatchObject({
      trigger: 'schedule',
      pair: 'quick',
      verdict: 'different',
    });
  });

  it('never runs a pair twice at once, and lets what runs end within the grace', async () => {
    schedule = new Schedule(['slow', '--no-listen', '--grace', '30s'], folder, state);
    await schedule.line('skipped', 'slow');
    schedule.stop();
    expect(await schedule.ended).toBe(143);
    const events = schedule.lines
      .map(({ event }) => event)
      .filter((event) => event !== 'scheduled' && event !== 'skipped');
    expect(events).toEqual(['started', 'stopping', 'finished', 'stopped']);
    expect(latestRun(state)).toMatchObject({ pair: 'slow', verdict: 'different', error: null });
  });

  it('a run that outlasts the grace is aborted, and has no verdict', async () => {
    schedule = new Schedule(['slow', '--no-listen', '--grace', '200ms'], folder, state);
    await schedule.line('started', 'slow');
    schedule.stop();
    expect(await schedule.ended).toBe(143);
    expect(schedule.lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['stopping', 'aborted', 'stopped']),
    );
    expect(schedule.lines.some(({ event }) => event === 'finished')).toBe(false);
    expect(latestRun(state)).toMatchObject({
      pair: 'slow',
      verdict: null,
      error: 'TERMINATED',
      tables: [],
    });
  });

  it('an address that is in use is reported before anything begins', async () => {
    schedule = new Schedule(['quick', '--listen', '127.0.0.1:0'], folder, state);
    const { url } = await schedule.line('listening');
    const second = await sluice(['reconcile', 'schedule', '--listen', new URL(url ?? '').host], { cwd: folder });
    expect(second).toMatchObject({ code: 2, stdout: '' });
    expect(second.stderr).toContain('EADDRINUSE');
  });
});
