import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usePostgres } from '../helpers/databases.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  pair?: string;
  mode: string;
  warnings: string[];
  tables: { source: string; target: string; verdict: string; columns: { source: string; rule?: object }[] }[];
}

describe('sluice reconcile --pair', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));

  beforeAll(async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS rec_pair_a, rec_pair_b, rec_pair_copy;
        CREATE TABLE rec_pair_a (id int PRIMARY KEY, price numeric(10,4), note text, at timestamp);
        INSERT INTO rec_pair_a SELECT g, g, 'n' || g, '2024-01-01' FROM generate_series(1, 100) g;
        CREATE TABLE rec_pair_b (id int PRIMARY KEY, price numeric(10,4)); INSERT INTO rec_pair_b VALUES (1, 1), (2, 2)`);
    }
    await target.run(`ALTER TABLE rec_pair_a RENAME TO rec_pair_copy;
      UPDATE rec_pair_copy SET price = price + 0.001, note = upper(note); UPDATE rec_pair_b SET price = 2.001 WHERE id = 2`);
    writeFileSync(
      path.join(folder, 'sluice.yaml'),
      `version: 1
databases: { shop: "${source.url}", copy: "${target.url}" }
reconcile:
  pairs:
    shop:
      source: shop
      target: \${COPY:-copy}
      tables:
        - table: rec_pair_a=rec_pair_copy
          where: id <= 50
          rules: { note: { case: insensitive } }
        - rec_pair_b
      rules:
        price: { scale: 2 }
        nowhere: { trim: true }
    nothing: { source: shop, target: copy }
    half: { source: shop, tables: [rec_pair_a] }
    wrong: { source: shop, target: copy, tables: [{ table: rec_pair_b, rules: { price: { tolerance: much } } }] }
`,
    );
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_pair_a, rec_pair_b, rec_pair_copy');
    }
    rmSync(folder, { recursive: true });
  });

  const run = (args: string[]) => sluice(['reconcile', ...args], { cwd: folder });

  it('compares what the pair says, by its rules, and says which were used', async () => {
    const result = await run(['--pair', 'shop', '--json']);
    expect(result.code, result.stderr).toBe(0);
    const document = parseDocument<Document & { tables: { rows: object }[] }>(result.stdout, 'reconcile');
    expect(document).toMatchObject({
      pair: 'shop',
      tables: [
        {
          source: 'public.rec_pair_a',
          target: 'public.rec_pair_copy',
          verdict: 'equal',
          rows: { source: 50, target: 50 },
        },
        { source: 'public.rec_pair_b', verdict: 'equal', rows: { source: 2, target: 2 } },
      ],
      warnings: ['the rule for nowhere was not used: no compared table has a column of that name'],
    });
    expect(document.tables[0]?.columns).toMatchObject([
      { source: 'id' },
      { source: 'price', rule: { scale: 2 } },
      { source: 'note', rule: { ignoreCase: true } },
      { source: 'at' },
    ]);
  });

  it('what is typed overrides what the pair says', async () => {
    const counts = await run(['rec_pair_b', '--pair', 'shop', '--mode', 'counts', '--json']);
    expect(parseDocument<Document>(counts.stdout, 'reconcile')).toMatchObject({ mode: 'counts', tables: [{}] });
    const swapped = await run(['rec_pair_b', '--pair', 'shop', '--target', 'nobody']);
    expect(swapped).toMatchObject({ code: 2 });
    expect(swapped.stderr).toContain('there is no database "nobody"');
  });

  it('a name or a pattern that is typed is what the pair lists by it, with its target and its settings, once', async () => {
    for (const typed of [['rec_pair_a'], ['rec_pair_*'], ['rec_pair_*', 'rec_pair_a']]) {
      const result = await run([...typed, '--pair', 'shop', '--json']);
      expect(result.code, typed.join()).toBe(0);
      const { tables } = parseDocument<Document & { tables: { rows: object }[] }>(result.stdout, 'reconcile');
      const ofA = tables.filter((one) => one.source === 'public.rec_pair_a');
      expect(ofA).toMatchObject([
        { target: 'public.rec_pair_copy', verdict: 'equal', rows: { source: 50, target: 50 } },
      ]);
    }
  });

  it.each([
    ['missing', 'PAIR_UNKNOWN', 'Known pairs: shop, nothing, half, wrong.'],
    ['nothing', 'PROJECT_INVALID', 'reconcile.pairs.nothing: names no tables'],
    ['half', 'PROJECT_INVALID', 'reconcile.pairs.half: has neither connector nor source and target'],
    [
      'wrong',
      'PROJECT_INVALID',
      'reconcile.pairs.wrong.tables.rec_pair_b.rules.price: "much" is not a valid tolerance',
    ],
  ])('the pair %s is %s', async (pair, code, text) => {
    const result = await run(['--pair', pair]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
    expect(result.stderr).toContain(text);
  });

  it('is written into the history, which shows it again', async () => {
    const state = mkdtempSync(path.join(tmpdir(), 'sluice-state-'));
    const own = (args: string[]) => sluice(['reconcile', ...args], { cwd: folder, env: { SLUICE_STATE_DIR: state } });
    expect((await own(['history'])).stdout).toContain('Nothing has been compared from here yet.');
    await own(['--pair', 'shop']);
    await own(['rec_pair_b', '--source', 'shop', '--target', 'copy']);
    // A mistake in a file is no run.
    expect(await own(['--pair', 'half'])).toMatchObject({ code: 2 });
    const listed = await own(['history', '--json']);
    const { runs } = parseDocument<{
      runs: { id: number; pair: string | null; verdict: string | null; exitCode: number }[];
    }>(listed.stdout, 'reconcile-history');
    expect(runs.map(({ id, pair, verdict, exitCode }) => [id, pair, verdict, exitCode])).toEqual([
      [2, null, 'different', 10],
      [1, 'shop', 'equal', 0],
    ]);
    const one = await own(['history', '2']);
    expect(one.stdout).toMatch(/shop → copy, mode rows/);
    expect(one.stdout).toMatch(/public\.rec_pair_b +different +2 +2 +0 +0 +1 +0/);
    expect((await own(['history', '-o', 'html'])).stdout).toContain('2 runs from this machine');
    expect(await own(['history', '9'])).toMatchObject({ code: 2, stderr: expect.stringContaining('RUN_UNKNOWN') });
    rmSync(state, { recursive: true });
  });
});
