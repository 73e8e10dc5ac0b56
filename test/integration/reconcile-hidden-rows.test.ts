import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import {
  compare,
  engine,
  mariadbOf,
  postgresOf,
  type TestDatabase,
  usePostgres,
  WITHOUT_MARIADB,
} from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** The same database as another user. */
function as(database: TestDatabase, user: string): TestDatabase {
  const url = new URL(database.url);
  url.username = user;
  url.password = 'reader';
  return { ...database, url: url.toString() };
}

describe('rows that row-level security hides from the user', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const ROLES = ['rec_rls_reader', 'rec_rls_owner', 'rec_rls_bypass'];

  beforeAll(async () => {
    for (const side of [source, target]) {
      await side.run(`
        CREATE ROLE rec_rls_reader LOGIN PASSWORD 'reader'; CREATE ROLE rec_rls_owner LOGIN PASSWORD 'reader';
        CREATE ROLE rec_rls_bypass LOGIN PASSWORD 'reader' BYPASSRLS;
        CREATE SCHEMA rec_rls; GRANT USAGE, CREATE ON SCHEMA rec_rls TO rec_rls_reader, rec_rls_owner, rec_rls_bypass;
        CREATE TABLE rec_rls.plain (id int PRIMARY KEY); INSERT INTO rec_rls.plain VALUES (1);
        CREATE TABLE rec_rls.orders (id int PRIMARY KEY, tenant text, total numeric(10,2));
        INSERT INTO rec_rls.orders SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, i FROM generate_series(1, 10) i;
        GRANT SELECT ON ALL TABLES IN SCHEMA rec_rls TO rec_rls_reader, rec_rls_bypass;
        CREATE VIEW rec_rls.by_owner AS SELECT * FROM rec_rls.orders;
        CREATE VIEW rec_rls.of_all AS SELECT id, 'current_user' AS "user" FROM rec_rls.plain;
        CREATE VIEW rec_rls.by_invoker WITH (security_invoker = true) AS SELECT * FROM rec_rls.orders;
        GRANT SELECT ON ALL TABLES IN SCHEMA rec_rls TO rec_rls_reader, rec_rls_bypass`);
    }
    // What only the policy lets through is all that the target has: the two looked alike to the reader.
    await target.run('DELETE FROM rec_rls.orders WHERE id % 2 = 1');
    for (const side of [source, target]) {
      await side.run(`ALTER TABLE rec_rls.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON rec_rls.orders FOR SELECT USING (tenant = 'a')`);
    }
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run(
        `DROP SCHEMA IF EXISTS rec_rls CASCADE; ${ROLES.map((role) => `DROP OWNED BY ${role}; DROP ROLE ${role}`).join('; ')}`,
      );
    }
  });

  const REFUSED = {
    verdict: 'failed',
    error: { code: 'ROWS_HIDDEN', message: expect.stringContaining('row-level security hides rows from this user') },
  };

  it.each([
    ['source', true, false],
    ['target', false, true],
    ['both sides', true, true],
  ])('of the %s: the table is refused with the reason, and the others are compared', async (_side, left, right) => {
    const report = await compare(
      left ? as(source, 'rec_rls_reader') : source,
      right ? as(target, 'rec_rls_reader') : target,
      ['rec_rls.orders', 'rec_rls.plain'],
    );
    expect(report.tables).toMatchObject([REFUSED, { verdict: 'equal' }]);
    expect(report.tables[0]?.error?.message).toContain('rec_rls.orders');
    expect(report.tables[0]?.error?.hint).toContain('BYPASSRLS');
    expect(reconcileExit(report)).toBe(14);
  });

  it.each(['rows', 'checksums', 'counts'] as const)('mode %s refuses it, and exits with 13', async (mode) => {
    const report = await compare(as(source, 'rec_rls_reader'), target, ['rec_rls.orders'], { mode });
    expect(report.tables).toMatchObject([REFUSED]);
    expect(reconcileExit(report)).toBe(13);
  });

  it('mode schema reads no rows, and compares', async () => {
    const report = await compare(as(source, 'rec_rls_reader'), target, ['rec_rls.orders'], { mode: 'schema' });
    expect(report.verdict).toBe('equal');
  });

  it('a role that bypasses policies, and a superuser, see the five missing rows', async () => {
    for (const user of [source, as(source, 'rec_rls_bypass')]) {
      const report = await compare(user, target, ['rec_rls.orders']);
      expect(report.tables).toMatchObject([{ verdict: 'different', missing: 5, extra: 0 }]);
    }
  });

  it('the owner sees all rows, but not with FORCE ROW LEVEL SECURITY', async () => {
    const owner = as(source, 'rec_rls_owner');
    await source.run('ALTER TABLE rec_rls.orders OWNER TO rec_rls_owner');
    try {
      expect((await compare(owner, target, ['rec_rls.orders'])).tables).toMatchObject([{ missing: 5 }]);
      await source.run('ALTER TABLE rec_rls.orders FORCE ROW LEVEL SECURITY');
      expect((await compare(owner, target, ['rec_rls.orders'])).tables).toMatchObject([REFUSED]);
    } finally {
      await source.run('ALTER TABLE rec_rls.orders NO FORCE ROW LEVEL SECURITY, OWNER TO sluice');
    }
  });

  it('a view with the rights of the invoker is refused; one with those of its owner is compared, with a note', async () => {
    const reader = as(source, 'rec_rls_reader');
    const report = await compare(reader, target, [
      'rec_rls.by_invoker=rec_rls.orders',
      'rec_rls.by_owner=rec_rls.orders',
    ]);
    expect(report.tables).toMatchObject([
      { error: { code: 'ROWS_HIDDEN', hint: expect.stringContaining('security_invoker') } },
      {
        verdict: 'different',
        missing: 5,
        notes: expect.arrayContaining([expect.stringContaining('a view: it may hide rows of its tables')]),
      },
    ]);
  });

  it('a view that asks who reads it is refused, also behind another one', async () => {
    await source.run(`CREATE VIEW rec_rls.by_user AS SELECT * FROM rec_rls.plain WHERE CURRENT_USER <> 'x';
      CREATE VIEW rec_rls.by_setting AS SELECT * FROM rec_rls.plain WHERE current_setting('app.x', true) IS NULL;
      CREATE VIEW rec_rls.behind AS SELECT * FROM rec_rls.by_user`);
    const views = ['by_user', 'by_setting', 'behind'].map((view) => `rec_rls.${view}=rec_rls.plain`);
    const report = await compare(source, target, [...views, 'rec_rls.of_all']);
    expect(report.tables).toMatchObject([
      { error: { code: 'ROWS_HIDDEN', message: expect.stringContaining('depends on who reads it (current_user)') } },
      { error: { code: 'ROWS_HIDDEN', message: expect.stringContaining('(current_setting)') } },
      { error: { code: 'ROWS_HIDDEN' } },
      { verdict: 'equal' },
    ]);
  });

  it('a view whose owner a policy applies to is refused for everybody', async () => {
    await source.run('ALTER VIEW rec_rls.by_owner OWNER TO rec_rls_reader');
    try {
      const report = await compare(source, target, ['rec_rls.by_owner=rec_rls.orders']);
      expect(report.tables).toMatchObject([{ error: { code: 'ROWS_HIDDEN' } }]);
    } finally {
      await source.run('ALTER VIEW rec_rls.by_owner OWNER TO sluice');
    }
  });
});

describe.skipIf(sandbox.mariadb === undefined)(
  `rows that a view of ${engine} hides from the user (${WITHOUT_MARIADB})`,
  () => {
    it('is refused where it asks who reads it, also behind another one', async () => {
      const source = await mariadbOf();
      const target = await postgresOf('target');
      try {
        await source.run(`CREATE TABLE rec_hidden (id int PRIMARY KEY, owner varchar(80)); INSERT INTO rec_hidden VALUES (1, 'a');
        CREATE VIEW rec_hidden_user AS SELECT * FROM rec_hidden WHERE owner = 'a' OR USER() LIKE 'x%';
        CREATE VIEW rec_hidden_behind AS SELECT * FROM rec_hidden_user;
        CREATE VIEW rec_hidden_all AS SELECT id, owner FROM rec_hidden WHERE owner <> 'user()'`);
        await target.run(
          `CREATE TABLE rec_hidden (id int PRIMARY KEY, owner text); INSERT INTO rec_hidden VALUES (1, 'a')`,
        );
        const views = ['user', 'behind', 'all'].map((view) => `rec_hidden_${view}=rec_hidden`);
        expect((await compare(source, target, views)).tables).toMatchObject([
          { error: { code: 'ROWS_HIDDEN', message: expect.stringContaining('depends on who reads it (user)') } },
          { error: { code: 'ROWS_HIDDEN' } },
          { verdict: 'equal' },
        ]);
      } finally {
        await source.run('DROP VIEW rec_hidden_behind, rec_hidden_user, rec_hidden_all; DROP TABLE rec_hidden');
        await target.run('DROP TABLE rec_hidden');
      }
    });
  },
);
