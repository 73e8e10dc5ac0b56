import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { postgresOf, usePostgres } from '../helpers/databases.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const ROWS = 40_000;
const PART = 2000;

interface Report {
  verdict: string;
  tables: {
    verdict: string;
    rows: { source: number; target: number };
    different: number;
    notes: string[];
    checksum: { scan: { from: string; parts: { source: number; target: number }; resumed: boolean } };
    differences: { key: Record<string, string> }[];
  }[];
}

/** Slow enough to be cut midway, at a rate that the machine's load does not change much. */
const SLOWLY = 'CASE WHEN id % 40 = 0 THEN pg_sleep(0.004) IS NOT NULL ELSE true END';

describe('a large comparison that is cut midway', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  let state: string;

  const command = (...more: string[]) => [
    'reconcile',
    'rec_resume',
    '--source',
    sandbox.source.url,
    '--target',
    sandbox.target.url,
    '--where',
    SLOWLY,
    '--part-rows',
    String(PART),
    '--json',
    ...more,
  ];
  const environment = () => ({ ...process.env, SLUICE_STATE_DIR: state });
  const stored = () => {
    const folder = path.join(state, 'reconcile');
    try {
      const [file] = readdirSync(folder).filter((name) => name.endsWith('.scan'));
      return file === undefined
        ? undefined
        : (deserialize(readFileSync(path.join(folder, file)).subarray(32)) as {
            sides: { source: { parts: number }; target: { parts: number } };
          });
    } catch {
      return undefined;
    }
  };

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`${what} did not come`);
  }

  beforeAll(async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS rec_resume; CREATE TABLE rec_resume (id int PRIMARY KEY, v int);
        INSERT INTO rec_resume SELECT n, n FROM generate_series(1, ${ROWS}) n; ANALYZE rec_resume`);
    }
    await target.run('UPDATE rec_resume SET v = 0 WHERE id IN (7, 39000)');
  });

  beforeEach(() => {
    state = mkdtempSync(path.join(tmpdir(), 'sluice-resume-'));
    return () => rmSync(state, { recursive: true, force: true });
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side?.run('DROP TABLE IF EXISTS rec_resume');
    }
  });

  const seconds = 60_000;

  it(
    'kill -9: --resume reads what was not read, and finds every difference',
    async () => {
      const child = spawn(process.execPath, [packagePath('bin', 'run.js'), ...command()], {
        env: environment(),
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)));
      const before = await until('a state with several parts', () => {
        const found = stored();
        return found !== undefined && found.sides.source.parts >= 3 && found.sides.target.parts >= 3
          ? found
          : undefined;
      });
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      const left = stored() ?? before;

      const result = await sluice(command('--resume'), { env: environment() });
      expect(result.stderr).not.toContain('Error');
      const [table] = parseDocument<Report>(result.stdout, 'reconcile').tables;
      expect(result.code).toBe(10);
      expect(table?.differences.map(({ key }) => key.id)).toEqual(['7', '39000']);
      expect(table?.rows).toEqual({ source: ROWS, target: ROWS });
      expect(table?.checksum.scan.resumed).toBe(true);
      expect(table?.notes.join()).toContain('resumed a run started at');
      // No part that had ended was summed up again; one query more has looked for what has come into them.
      expect(table?.checksum.scan.parts.source).toBeGreaterThan(left.sides.source.parts + 1);
      expect(table?.checksum.scan.parts.source).toBeLessThanOrEqual(ROWS / PART + 2);
      // Nothing is left behind.
      expect(stored()).toBeUndefined();
    },
    seconds,
  );

  it(
    'a lost connection: another goes on with the parts that are left',
    async () => {
      const running = sluice(command(), { env: environment() });
      await until('a state with several parts', () => ((stored()?.sides.target.parts ?? 0) >= 3 ? true : undefined));
      await target.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'sluice reconcile' AND query LIKE '%rec_resume%' AND pid <> pg_backend_pid()`);
      const result = await running;
      expect(result.stderr).toContain('reconnecting to continue with the table');
      const [table] = parseDocument<Report>(result.stdout, 'reconcile').tables;
      expect(table?.different).toBe(2);
      expect(table?.checksum.scan.resumed).toBe(true);
      expect(result.code).toBe(10);
    },
    seconds,
  );

  async function cut(): Promise<void> {
    const child = spawn(process.execPath, [packagePath('bin', 'run.js'), ...command()], {
      env: environment(),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await until('a state with several parts', () => {
      const { source: left, target: right } = stored()?.sides ?? { source: { parts: 0 }, target: { parts: 0 } };
      return left.parts >= 2 && right.parts >= 2 ? true : undefined;
    });
    child.kill('SIGKILL');
    await ended;
  }

  async function resumed(): Promise<Report['tables'][number] | undefined> {
    const result = await sluice(command('--resume'), { env: environment() });
    return parseDocument<Report>(result.stdout, 'reconcile').tables[0];
  }

  it(
    'a row that was read and has moved to the end since is read twice, and does not cancel itself out',
    async () => {
      for (const side of [source, target])
        await side.run('CLUSTER rec_resume USING rec_resume_pkey; ANALYZE rec_resume');
      await cut();
      for (const side of [source, target]) await side.run('UPDATE rec_resume SET v = v WHERE id = 7');
      const table = await resumed();
      expect(table?.checksum.scan.resumed).toBe(true);
      expect(table?.differences.map(({ key }) => key.id)).toEqual(['7', '39000']);
    },
    seconds,
  );

  it(
    'a row that was not read, and has moved since into blocks that were, is still read',
    async () => {
      for (const side of [source, target]) {
        await side.run('CLUSTER rec_resume USING rec_resume_pkey');
        await side.run('DELETE FROM rec_resume WHERE id BETWEEN 100 AND 1500');
        await side.run('VACUUM ANALYZE rec_resume');
      }
      await cut();
      const blocks: unknown[] = [];
      for (const side of ['source', 'target'] as const) {
        // A session that has not written here takes one of the blocks with room, and that are those of the deleted rows.
        const writer = await postgresOf(side);
        await writer.run('UPDATE rec_resume SET v = v WHERE id = 39000');
        const [[block] = []] = await writer.run('SELECT (ctid::text::point)[0]::int FROM rec_resume WHERE id = 39000');
        blocks.push(block);
        await writer.close();
      }
      const table = await resumed();
      for (const side of [source, target])
        await side.run('INSERT INTO rec_resume SELECT n, n FROM generate_series(100, 1500) n; ANALYZE rec_resume');
      for (const block of blocks) expect(block).toBeLessThan(8);
      expect(table?.checksum.scan.resumed).toBe(true);
      expect(table?.differences.map(({ key }) => key.id)).toEqual(['7', '39000']);
    },
    seconds,
  );

  it(
    'a table that was rewritten is read from the start: its rows are in other blocks',
    async () => {
      await cut();
      // What was not read yet comes first.
      for (const side of [source, target])
        await side.run(
          'CREATE INDEX rec_resume_order ON rec_resume ((-id)); CLUSTER rec_resume USING rec_resume_order',
        );
      for (const side of [source, target]) await side.run('DROP INDEX rec_resume_order');
      const table = await resumed();
      expect(table?.checksum.scan.resumed).toBe(false);
      expect(table?.differences.map(({ key }) => key.id)).toEqual(['7', '39000']);
    },
    seconds,
  );

  it('--resume without a checkpoint begins at the start', async () => {
    const result = await sluice(
      ['reconcile', 'rec_resume', '--source', sandbox.source.url, '--target', sandbox.target.url, '--resume', '--json'],
      { env: environment() },
    );
    const [table] = parseDocument<Report>(result.stdout, 'reconcile').tables;
    expect(table?.checksum.scan.resumed).toBe(false);
    expect(table?.different).toBe(2);
  });

  it('shards on the command line, and their reports merged', async () => {
    const files = [1, 2, 3].map((index) => path.join(state, `${index}.json`));
    for (const [index, file] of files.entries()) {
      const shard = [...command(), '--shard', `${index + 1}/3`, '--to', file].filter(
        (word) => word !== SLOWLY && word !== '--where',
      );
      const { code } = await sluice(shard, { env: environment() });
      const { tables } = JSON.parse(readFileSync(file, 'utf8')) as Report;
      expect(code).toBe(tables.some(({ differences }) => differences.length > 0) ? 10 : 0);
    }
    const merged = await sluice(['reconcile', 'merge', ...files, '--json']);
    const [table] = parseDocument<Report>(merged.stdout, 'reconcile').tables;
    expect(table?.differences.map(({ key }) => key.id)).toEqual(['7', '39000']);
    expect(table?.rows).toEqual({ source: ROWS, target: ROWS });
    expect(merged.code).toBe(10);
    const [one = '', two = ''] = files;
    for (const [words, told] of [
      [[one, two], 'shard 3 of 3 is missing'],
      [[one, two, two], 'are both shard 2 of 3'],
      [[packagePath('package.json')], 'is not a report of sluice reconcile'],
    ] as const) {
      const refused = await sluice(['reconcile', 'merge', ...words]);
      expect(refused.stderr).toContain(told);
      expect(refused.code).toBe(2);
    }
  });
});
