import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { usePostgres } from '../helpers/databases.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  verdict: string;
  tables: {
    verdict: string;
    missing: number;
    extra: number;
    different: number;
    differences: object[];
    keySpread?: object;
    error?: object;
  }[];
  repair?: { inserted: number; updated: number; deleted: number; left: object[]; script?: string[] };
}

describe('sluice reconcile', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));

  beforeAll(async () => {
    // Names and a password apart from the URL, as a project has them.
    const url = new URL(target.url);
    const password = url.password;
    url.password = '';
    writeFileSync(
      path.join(folder, 'sluice.yaml'),
      `version: 1\ndatabases:\n  shop: ${source.url}\n  copy:\n    url: ${url}\n    password: ${password}\n  none: ${new URL('/rec-none', source.url)}\n`,
    );
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_cli, rec_cli_two, rec_cli_long');
    }
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS rec_cli, rec_cli_two, rec_cli_long;
        CREATE TABLE rec_cli (id bigint PRIMARY KEY, name text, at timestamptz, data bytea, ok boolean, tags text[], total numeric(10,2) GENERATED ALWAYS AS (id * 2) STORED);
        INSERT INTO rec_cli SELECT g, 'it''s \\' || g, timestamptz '2024-01-01 00:00Z' + g * interval '1 hour', decode(md5(g::text), 'hex'), g % 2 = 0, array['a', g::text]
          FROM generate_series(1, 1500) g;
        CREATE TABLE rec_cli_two (id int PRIMARY KEY); INSERT INTO rec_cli_two VALUES (1)`);
    }
  });

  const run = (args: string[]) => sluice(['reconcile', ...args], { cwd: folder });
  const both = ['--source', 'shop', '--target', 'copy'];

  it('exit 0, one line a table, progress on stderr', async () => {
    const result = await run(['rec_cli', 'rec_cli_two', ...both]);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(/^public\.rec_cli +equal +1,500 +1,500 +0 +0 +0 /m);
    expect(result.stdout).toMatch(/^public\.rec_cli_two +equal +1 +1 /m);
    expect(result.stdout).toContain('Equal: every row and column compared.');
    expect(result.stderr).toContain('✔ rec_cli_two: equal');
  });

  it('what was left out is reported, and is not called equal', async () => {
    const some = [...both, '--columns', 'name', '--where', 'id < 10'];
    const result = await run(['rec_cli', ...some]);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('only rows that meet the condition (--where): id < 10');
    expect(result.stdout).toMatch(/columns ignored: .*\btags\b/);
    expect(result.stdout).not.toContain('every row and column');
    const document = parseDocument<Document>((await run(['rec_cli', ...some, '--json'])).stdout, 'reconcile');
    expect(document.tables[0]).toMatchObject({
      narrowed: { where: 'id < 10', leftOut: expect.arrayContaining(['tags']) },
    });
  });

  it('an HTML report that masks values is no place for a script: exit 2', async () => {
    const result = await run(['rec_cli', ...both, '--repair', 'sql', '-o', 'html', '--mask-values']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('--repair-file FILE');
  });

  it('a mode that looks at no difference again says so', async () => {
    const result = await run(['rec_cli', ...both, '--mode', 'checksums', '--settle', '1ms']);
    expect(result.stdout).toContain('in mode checksums differences cannot be rechecked: unfenced');
  });

  it("by the sandbox's own names", async () => {
    const names = ['source', 'target'].map(
      (side) => `sandbox${sandbox.name === 'default' ? '' : `-${sandbox.name}`}-${side}`,
    );
    expect(await run(['rec_cli', '--source', names[0] ?? '', '--target', names[1] ?? ''])).toMatchObject({ code: 0 });
  });

  it('says where the differing keys lie, between the ends of both tables', async () => {
    await target.run('DELETE FROM rec_cli WHERE id BETWEEN 1401 AND 1403; INSERT INTO rec_cli (id) VALUES (9000)');
    const listed = await run(['rec_cli', ...both, '--limit', '1', '--json']);
    const [table] = parseDocument<Document>(listed.stdout, 'reconcile').tables;
    expect(table?.keySpread).toEqual({
      column: 'id',
      first: '1',
      last: '9000',
      bands: [
        { from: '1280', to: '1407', missing: 3, extra: 0, different: 0 },
        { from: '8960', to: '9087', missing: 0, extra: 1, different: 0 },
      ],
      unplaced: 0,
    });
    const page = await run(['rec_cli', ...both, '--repair', 'sql', '-o', 'html']);
    expect(page.code).toBe(10);
    expect(page.stdout).toContain('All 4 differing rows by id, listed or not');
    expect(page.stdout).toMatch(/<code id="script">[^<]*INSERT INTO [^<]*COMMIT;\n/);
  });

  it('exit 10, and a document with every difference', async () => {
    await target.run(
      `UPDATE rec_cli SET name = NULL WHERE id = 7; DELETE FROM rec_cli WHERE id = 9; INSERT INTO rec_cli (id) VALUES (-1)`,
    );
    const result = await run(['rec_cli', ...both, '--json']);
    expect(result.code).toBe(10);
    const document = parseDocument<Document>(result.stdout, 'reconcile');
    expect(document.tables[0]).toMatchObject({ verdict: 'different', missing: 1, extra: 1, different: 1 });
    expect(document.tables[0]?.differences).toContainEqual({
      kind: 'different',
      key: { id: '7' },
      rows: 1,
      columns: [{ column: 'name', source: "it's \\7", target: null }],
    });
  });

  it('shows the repair, applies it after a second look, and is equal again', async () => {
    await target.run(`UPDATE rec_cli SET name = 'x', tags = '{"q\\"uote"}', data = NULL, ok = NULL WHERE id = 7; DELETE FROM rec_cli WHERE id IN (9, 1500);
      INSERT INTO rec_cli (id) VALUES (-1)`);
    const file = path.join(folder, 'repair.sql');
    const script = await run(['rec_cli', ...both, '--repair', 'sql', '--repair-file', file, '--allow-delete']);
    expect(script.code).toBe(10);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^UPDATE "public"."rec_cli" SET "name" = E'it''s \\\\7', .* WHERE "id" = 7;$/m);
    expect(text).toMatch(/^DELETE FROM "public"."rec_cli" WHERE "id" = -1;$/m);

    const kept = await run(['rec_cli', ...both, '--repair', 'apply', '--yes', '--json']);
    expect(kept.code).toBe(10);
    expect(parseDocument<Document>(kept.stdout, 'reconcile').repair).toMatchObject({
      inserted: 2,
      updated: 1,
      deleted: 0,
      left: [{ rows: 1, reason: 'extra rows are only deleted with --allow-delete' }],
    });
    const applied = await run(['rec_cli', ...both, '--repair', 'apply', '--yes', '--allow-delete', '--json']);
    expect(applied.code).toBe(0);
    expect(parseDocument<Document>(applied.stdout, 'reconcile').repair).toMatchObject({
      inserted: 0,
      updated: 0,
      deleted: 1,
      left: [],
    });
    expect(await run(['rec_cli', ...both])).toMatchObject({ code: 0 });
  });

  it('the script alone repairs the target when it is run', async () => {
    await target.run(
      `UPDATE rec_cli SET at = NULL WHERE id = 7; DELETE FROM rec_cli WHERE id = 9; INSERT INTO rec_cli (id) VALUES (-1)`,
    );
    const result = await run(['rec_cli', ...both, '--repair', 'sql', '--allow-delete', '--json']);
    const lines = parseDocument<Document>(result.stdout, 'reconcile').repair?.script ?? [];
    await target.run(lines.join('\n'));
    expect(await run(['rec_cli', ...both])).toMatchObject({ code: 0 });
  });

  it('asks before it repairs, and without a terminal names the flag', async () => {
    await target.run('DELETE FROM rec_cli WHERE id = 9');
    const by = ['rec_cli', '--source', source.url, '--target', target.url, '--repair', 'apply'];
    const result = await run(by);
    expect(result.code).toBe(2);
    const { host, pathname } = new URL(target.url);
    const question = `Write 1 row of public.rec_cli in ${host}${pathname}? Cannot ask: this is not a terminal.`;
    expect(result.stderr).toContain(`${question} To confirm, pass --yes.`);
    // What was compared is told all the same.
    expect(result.stdout).toContain('missing    id=9');
    expect(result.stdout).toContain(
      `The repair was aborted: ${question} [CONFIRMATION_REQUIRED]\n  To confirm, pass --yes.`,
    );
    const document = parseDocument<Document>((await run([...by, '--json'])).stdout, 'reconcile');
    expect(document).toMatchObject({ verdict: 'different', repair: { error: { code: 'CONFIRMATION_REQUIRED' } } });
    expect(await target.run('SELECT count(*) FROM rec_cli')).toEqual([['1499']]);
  });

  it('a script that is too long for the result is an error beside it, and no part of the script is shown', async () => {
    for (const side of [source, target]) await side.run('CREATE TABLE rec_cli_long (id int PRIMARY KEY)');
    await source.run('INSERT INTO rec_cli_long SELECT generate_series(1, 10001)');
    const result = await run(['rec_cli_long', ...both, '--repair', 'sql', '--json']);
    for (const side of [source, target]) await side.run('DROP TABLE rec_cli_long');
    expect(result.code).toBe(2);
    const document = parseDocument<Document>(result.stdout, 'reconcile');
    expect(document).toMatchObject({ tables: [{ missing: 10_001 }], repair: { error: { code: 'REQUEST_INVALID' } } });
    expect(document.repair).not.toHaveProperty('script');
  });

  it.each([
    ['a missing table', ['rec_clii', ...both], 13, 'Nearest: public.rec_cli'],
    ['a missing table beside a good one', ['rec_clii', 'rec_cli', ...both], 14, 'TABLE_NOT_FOUND'],
    [
      'the same database twice',
      ['rec_cli', '--source', 'shop', '--target', 'shop'],
      2,
      'source and target are the same table',
    ],
    ['no table', both, 2, 'no table is named'],
    ['no target', ['rec_cli', '--source', 'shop'], 2, '--target is missing'],
    ['a condition with an unknown column', ['rec_cli', ...both, '--where', 'idd < 1'], 13, 'under the same names'],
    ['half a condition', ['rec_cli', ...both, '--where', 'id <'], 13, 'both must understand it'],
    [
      'an unknown database',
      ['rec_cli', '--source', 'shop', '--target', 'nowhere'],
      2,
      'Known databases: shop, copy, none',
    ],
    ['a marker without a pipeline', ['rec_cli', ...both, '--marker'], 2, '--marker needs a connector'],
    [
      'a script where the report goes',
      ['rec_cli', ...both, '--repair', 'sql', '--repair-file', 'one.sql', '--to', './one.sql'],
      2,
      'would overwrite the script',
    ],
    [
      'a wait without a pipeline',
      ['rec_cli', ...both, '--fence-timeout', '1m'],
      2,
      '--fence-timeout needs a connector',
    ],
    ['deletes without a repair', ['rec_cli', ...both, '--allow-delete'], 2, '--allow-delete needs a repair'],
    ['a replica without a repair', ['rec_cli', ...both, '--from-replica'], 2, '--from-replica needs a repair'],
    ['an invalid tolerance', ['rec_cli', ...both, '--float-tolerance', 'some'], 2, 'invalid tolerance "some"'],
    ['an unknown column', ['rec_cli', ...both, '--ignore-columns', 'nome'], 2, 'there is no column "nome"'],
    [
      'another kind of database',
      ['rec_cli', '--source', 'shop', '--target', 'oracle://u:secret-1@h/x'],
      2,
      'does not support oracle',
    ],
    [
      'a database that the server does not have',
      ['rec_cli', '--source', 'shop', '--target', 'none'],
      13,
      'Check the database name',
    ],
    [
      'an unreachable host',
      ['rec_cli', '--source', 'shop', '--target', 'postgres://u:secret-1@127.0.0.1:1/x'],
      12,
      'DATABASE_UNREACHABLE',
    ],
    [
      'MariaDB unreachable',
      ['rec_cli', '--source', 'shop', '--target', 'mysql://u:secret-1@127.0.0.1:1/x'],
      12,
      'DATABASE_UNREACHABLE',
    ],
    [
      'SQL Server unreachable',
      ['rec_cli', '--source', 'shop', '--target', 'sqlserver://u:secret-1@127.0.0.1:1/x'],
      12,
      'DATABASE_UNREACHABLE',
    ],
  ])('%s', async (_name, args, code, text) => {
    const result = await run(args);
    expect(result.stderr + result.stdout).toContain(text);
    expect(result.code).toBe(code);
    expect(result.stderr + result.stdout).not.toContain('secret-1');
    expect(result.stderr).not.toContain('✔ rec_clii');
  });

  it('a wrong password: exit 12, and the password in no output', async () => {
    const url = new URL(target.url);
    url.password = 'secret-1';
    url.username = 'nobody-such';
    const result = await run(['rec_cli', '--source', 'shop', '--target', String(url), '--json', '--verbose']);
    expect(result.code).toBe(12);
    expect(result.stdout + result.stderr).not.toContain('secret-1');
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'DATABASE_UNAUTHORIZED' } });
  });

  it('a statement that takes too long: exit 15', async () => {
    const result = await run([
      'rec_cli',
      ...both,
      '--where',
      'pg_sleep(0.2) IS NOT NULL',
      '--statement-timeout',
      '300ms',
    ]);
    expect(result.stdout).toContain('TIMED_OUT');
    expect(result.code).toBe(15);
  });

  it('a connection that is cut midway: another goes on with the table', async () => {
    const cut = (async () => {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
        const killed = await target.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'sluice reconcile' AND query LIKE '%pg_sleep(0.001)%' AND state = 'active'`);
        if (killed.length > 0) return true;
      }
      return false;
    })();
    const result = await run(['rec_cli', ...both, '--where', 'pg_sleep(0.001) IS NOT NULL']);
    expect(await cut).toBe(true);
    expect(result.stderr).toContain('reconnecting to continue with the table');
    expect(result.stdout).toContain('Equal: some rows and columns compared; what was ignored is listed above.');
    expect(result.code).toBe(0);
  });

  it('no condition can write: sessions are read-only', async () => {
    await target.run(`CREATE OR REPLACE FUNCTION rec_write() RETURNS boolean LANGUAGE plpgsql AS
      $$ BEGIN DELETE FROM public.rec_cli_two; RETURN true; END $$`);
    await source.run(`CREATE OR REPLACE FUNCTION rec_write() RETURNS boolean LANGUAGE sql AS 'SELECT true'`);
    const unknown = await run(['rec_cli_two', ...both, '--where', 'rec_write()']);
    expect(unknown.code).toBe(13);
    expect(unknown.stdout).toContain('qualify your own functions, types and tables with their schema');
    const result = await run(['rec_cli_two', ...both, '--where', 'public.rec_write()']);
    expect(result.code).toBe(13);
    expect(result.stdout).toContain('read-only transaction');
    for (const side of [source, target]) await side.run('DROP FUNCTION rec_write()');
  });
});
