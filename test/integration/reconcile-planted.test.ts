import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import { compareOne, found, type TestDatabase, usePostgres } from '../helpers/databases.ts';
import { scriptOf } from '../helpers/repairs.ts';

/**
 * Functions and operators that anybody who may create objects in `public` can plant. They fit their arguments better
 * than the server's own do, or come first in the search path of a role.
 */
const SIGNATURES = [
  ['md5', 'text', 'text'],
  ['md5', 'varchar', 'text'],
  ['lower', 'text', 'text'],
  ['lower', 'varchar', 'text'],
  ['encode', 'bytea, text', 'text'],
  ['encode', 'bytea, varchar', 'text'],
  ['octet_length', 'text', 'int'],
  ['octet_length', 'varchar', 'int'],
  ['concat', 'text, text, text', 'text'],
  ['rtrim', 'text, text', 'text'],
  ['round', 'numeric, int', 'numeric'],
  ['trim_scale', 'numeric', 'numeric'],
  ['hashint4extended', 'int, bigint', 'bigint'],
  ['hashint4extended', 'smallint, bigint', 'bigint'],
  ['hashint8extended', 'bigint, bigint', 'bigint'],
  ['hashtextextended', 'text, bigint', 'bigint'],
  ['hash_numeric_extended', 'numeric, bigint', 'bigint'],
  ['hashbyteaextended', 'bytea, bigint', 'bigint'],
  ['date_send', 'date', 'bytea'],
  ['format_type', 'oid, int', 'text'],
  ['array_position', 'text[], text', 'int'],
] as const;

const OPERATORS = [
  ['=', 'text', 'text'],
  ['=', 'varchar', 'varchar'],
  ['=', 'varchar', 'text'],
  ['=', 'smallint', 'bigint'],
  ['=', 'numeric', 'numeric'],
  ['<>', 'text', 'text'],
] as const;

function plant(body: string): string {
  const functions = SIGNATURES.map(
    ([name, parameters, returns]) =>
      `CREATE FUNCTION public.${name}(${parameters}) RETURNS ${returns} LANGUAGE plpgsql AS $f$ BEGIN ${body} RETURN NULL; END $f$`,
  );
  const operators = OPERATORS.map(
    ([name, left, right], at) =>
      `CREATE FUNCTION public.rec_op_${at}(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN ${body} RETURN ${name === '='}; END $f$;
       CREATE OPERATOR public.${name} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public.rec_op_${at})`,
  );
  return [...functions, ...operators].join('; ');
}

function uproot(): string {
  return [
    ...OPERATORS.map(([name, left, right]) => `DROP OPERATOR IF EXISTS public.${name} (${left}, ${right})`),
    ...OPERATORS.map(([, left, right], at) => `DROP FUNCTION IF EXISTS public.rec_op_${at}(${left}, ${right})`),
    ...SIGNATURES.map(([name, parameters]) => `DROP FUNCTION IF EXISTS public.${name}(${parameters})`),
  ].join('; ');
}

describe('what users have planted in a schema of the search path', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  let reader: TestDatabase;

  beforeAll(async () => {
    await target.run(`CREATE ROLE rec_planted LOGIN PASSWORD 'reader'; GRANT pg_read_all_data TO rec_planted;
      ALTER ROLE rec_planted SET search_path = public, pg_catalog`);
    const url = new URL(target.url);
    url.username = 'rec_planted';
    url.password = 'reader';
    reader = { ...target, url: url.toString() };
  });

  beforeEach(async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS rec_planted; DROP TYPE IF EXISTS rec_mood; CREATE TYPE rec_mood AS ENUM ('sad', 'ok');
        CREATE TABLE rec_planted (id smallint, code varchar(20), n numeric(10,2), t text, b bytea, d date, m rec_mood, c char(4), PRIMARY KEY (id, code));
        INSERT INTO rec_planted SELECT g, 'k' || g, g, CASE WHEN g <> 9 THEN 'text ' || g END, decode(md5(g::text), 'hex'), date '2024-01-01' + g, 'ok', 'x' FROM generate_series(1, 300) g;
        ANALYZE rec_planted`);
    }
    await target.run(`UPDATE rec_planted SET t = 'changed' WHERE id = 3; UPDATE rec_planted SET n = 0 WHERE id = 4;
      UPDATE rec_planted SET m = 'sad' WHERE id = 5; DELETE FROM rec_planted WHERE id = 6;
      INSERT INTO rec_planted VALUES (301, 'extra', 1, '', '', NULL, 'ok', 'y')`);
  });

  afterAll(async () => {
    await target.run(`${uproot()}; DROP OWNED BY rec_planted; DROP ROLE rec_planted`);
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_planted; DROP TYPE IF EXISTS rec_mood CASCADE');
    }
  });

  const TRUTH = ['different 3 k3 t', 'different 4 k4 n', 'different 5 k5 m', 'extra 301 extra', 'missing 6 k6'];

  it.each([
    ['raise an error', "RAISE EXCEPTION 'a planted function was called';"],
    ['lie', ''],
  ])('functions and operators that %s are not called, with either hash', async (_what, body) => {
    await target.run(plant(body));
    try {
      for (const hash of ['fast', 'md5'] as const)
        expect(found(await compareOne(source, reader, 'rec_planted', { hash })).sort()).toEqual(TRUTH);
    } finally {
      await target.run(uproot());
    }
  });

  it('nor are they by a script, with any search path of the session that runs it', async () => {
    const { lines } = await scriptOf(source, target, ['rec_planted']);
    await target.run(plant("RAISE EXCEPTION 'a planted function was called';"));
    try {
      await target.run('SET search_path = public, pg_catalog');
      await target.run(lines.join('\n'));
    } finally {
      await target.run(`ROLLBACK; RESET search_path; RESET row_security; ${uproot()}`);
    }
    expect(found(await compareOne(source, target, 'rec_planted'))).toEqual([]);
  });

  it('nor are those by a script that fit a domain, an enum or a number better than the server’s own', async () => {
    const table = `CREATE DOMAIN rec_number AS int; CREATE DOMAIN rec_code AS varchar(9); CREATE DOMAIN rec_price AS numeric;
      CREATE TABLE rec_fitting (i rec_number, f float8, m rec_mood, c rec_code, n rec_price, v text, PRIMARY KEY (i, f, m, c, n))`;
    const undo = 'DROP TABLE IF EXISTS rec_fitting; DROP DOMAIN IF EXISTS rec_number, rec_code, rec_price CASCADE';
    const planted = [
      ['=', 'rec_number', 'int', 'boolean', 'true'],
      ['=', 'rec_number', 'rec_number', 'boolean', 'true'],
      ['=', 'rec_code', 'rec_code', 'boolean', 'true'],
      ['=', 'rec_code', 'text', 'boolean', 'true'],
      ['=', 'rec_price', 'numeric', 'boolean', 'true'],
      ['+', 'float8', 'int', 'float8', '$1'],
    ].map(
      ([symbol, left, right, result, value], at) =>
        `CREATE FUNCTION public.rec_fit_${at}(${left}, ${right}) RETURNS ${result} LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'planted'; RETURN ${value}; END $f$;
         CREATE OPERATOR public.${symbol} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public.rec_fit_${at})`,
    );
    const functions = [
      ['concat', 'rec_mood', 'text'],
      ['trim_scale', 'rec_price', 'numeric'],
    ].map(
      ([name, of, result]) =>
        `CREATE FUNCTION public.${name}(${of}) RETURNS ${result} LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'planted'; END $f$`,
    );
    const row = (i: number, v: string) => `INSERT INTO rec_fitting VALUES (${i}, 1.5, 'ok', 'x', 2, '${v}')`;
    try {
      await source.run(`${undo}; ${table}; ${row(1, 'new')}; ${row(2, 'same')}`);
      await target.run(`${undo}; ${table}; ${row(1, 'old')}; ${row(2, 'same')}`);
      const { lines } = await scriptOf(source, target, ['rec_fitting']);
      await target.run([...planted, ...functions].join('; '));
      await target.run(lines.join('\n'));
      expect(await target.run('SELECT i, v FROM rec_fitting ORDER BY 2')).toEqual([
        [1, 'new'],
        [2, 'same'],
      ]);
    } finally {
      await target.run(`ROLLBACK; RESET row_security; DROP OPERATOR IF EXISTS public.+ (float8, int);
        DROP FUNCTION IF EXISTS public.rec_fit_5, public.concat(rec_mood)`);
      for (const side of [source, target]) await side.run(undo);
    }
  });

  it('casts that the owner of a type has made to text are not used', async () => {
    for (const side of [source, target]) {
      await side.run(`CREATE FUNCTION rec_lie(rec_mood) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN 'ok'; END $f$;
        CREATE CAST (rec_mood AS text) WITH FUNCTION rec_lie(rec_mood)`);
    }
    try {
      for (const hash of ['fast', 'md5'] as const)
        expect(found(await compareOne(source, reader, 'rec_planted', { hash })).sort()).toEqual(TRUTH);
    } finally {
      for (const side of [source, target])
        await side.run('DROP CAST (rec_mood AS text); DROP FUNCTION rec_lie(rec_mood)');
    }
  });

  it('types of other schemas are keys and columns as before', async () => {
    for (const side of [source, target]) {
      await side.run(`DROP EXTENSION IF EXISTS citext, hstore CASCADE; CREATE SCHEMA rec_types; CREATE EXTENSION citext SCHEMA rec_types; CREATE EXTENSION hstore SCHEMA rec_types;
        CREATE TYPE rec_types."Odd Mood" AS ENUM ('sad', 'ok'); CREATE DOMAIN rec_types.code AS varchar(10); CREATE DOMAIN rec_types.deep AS rec_types.code;
        CREATE TYPE rec_types.pair AS (a int, b text); CREATE TYPE rec_types.floats AS RANGE (subtype = float8);
        CREATE TABLE rec_types.by_citext (k rec_types.citext PRIMARY KEY, v int); CREATE TABLE rec_types.by_enum (k rec_types."Odd Mood" PRIMARY KEY, v int);
        CREATE TABLE rec_types.by_domain (k rec_types.deep PRIMARY KEY, v int);
        CREATE TABLE rec_types.columns (id int PRIMARY KEY, h rec_types.hstore, p rec_types.pair, f rec_types.floats, m rec_types."Odd Mood"[], d rec_types.deep, c rec_types.citext);
        INSERT INTO rec_types.by_citext VALUES ('a', 1), ('B', 2); INSERT INTO rec_types.by_enum VALUES ('sad', 1), ('ok', 2);
        INSERT INTO rec_types.by_domain VALUES ('a', 1), ('b', 2);
        INSERT INTO rec_types.columns SELECT g, 'a=>1', '(1,x)', '[1,2)', '{sad,ok}', 'a', 'C' FROM generate_series(1, 7) g`);
    }
    try {
      await target.run(`UPDATE rec_types.by_citext SET v = 3 WHERE k = 'B'; DELETE FROM rec_types.by_enum WHERE k = 'ok';
        UPDATE rec_types.by_domain SET v = 3 WHERE k = 'b'; UPDATE rec_types.columns SET h = 'a=>2' WHERE id = 1;
        UPDATE rec_types.columns SET p = '(2,x)' WHERE id = 2; UPDATE rec_types.columns SET f = '[1,3)' WHERE id = 3;
        UPDATE rec_types.columns SET m = '{sad}' WHERE id = 4; UPDATE rec_types.columns SET d = 'b' WHERE id = 5; UPDATE rec_types.columns SET c = 'c' WHERE id = 6`);
      for (const hash of ['fast', 'md5'] as const) {
        const one = async (table: string) =>
          found(await compareOne(source, target, `rec_types.${table}`, { hash })).sort();
        expect(await one('by_citext')).toEqual(['different B v']);
        expect(await one('by_enum')).toEqual(['missing ok']);
        expect(await one('by_domain')).toEqual(['different b v']);
        expect(await one('columns')).toEqual([1, 2, 3, 4, 5, 6].map((id, at) => `different ${id} ${'hpfmdc'[at]}`));
      }
    } finally {
      for (const side of [source, target]) await side.run('DROP SCHEMA rec_types CASCADE');
    }
  });

  it('a name without a schema is looked for in the search path of the user, and nowhere else', async () => {
    await target.run(`CREATE SCHEMA rec_own; CREATE TABLE rec_own.rec_pathed (id int PRIMARY KEY); CREATE TABLE rec_planted_other (id int);
      ALTER ROLE rec_planted SET search_path = nowhere, rec_own; GRANT USAGE ON SCHEMA rec_own TO rec_planted`);
    const options = { statementTimeout: 0, connectTimeout: 5000 };
    const session = await openSession(reader, options);
    try {
      expect(session.server).toMatchObject({ searchPath: 'nowhere, rec_own', schemas: ['rec_own'] });
      expect(await session.query("SELECT current_setting('search_path')")).toEqual([['pg_catalog, pg_temp']]);
      expect(await session.describe({ name: 'rec_pathed' })).toMatchObject({ schema: 'rec_own' });
      await expect(session.describe({ name: 'rec_planted_other' })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    } finally {
      await session.close();
      await target.run(`DROP SCHEMA rec_own CASCADE; DROP TABLE rec_planted_other;
        ALTER ROLE rec_planted SET search_path = public, pg_catalog`);
    }
  });

  it('settings of a role that change what values look like or what is read are not heeded', async () => {
    await target.run(`ALTER ROLE rec_planted SET bytea_output = escape; ALTER ROLE rec_planted SET DateStyle = 'SQL, DMY';
      ALTER ROLE rec_planted SET TimeZone = 'Asia/Tokyo'; ALTER ROLE rec_planted SET quote_all_identifiers = on;
      ALTER ROLE rec_planted SET array_nulls = off; ALTER ROLE rec_planted SET standard_conforming_strings = off;
      ALTER ROLE rec_planted SET transform_null_equals = on; ALTER ROLE rec_planted SET gin_fuzzy_search_limit = 1;
      ALTER ROLE rec_planted SET lock_timeout = '1ms'; ALTER ROLE rec_planted SET idle_in_transaction_session_timeout = '1ms';
      ALTER ROLE rec_planted SET default_transaction_isolation = 'serializable'; ALTER ROLE rec_planted SET xmloption = document`);
    try {
      for (const hash of ['fast', 'md5'] as const) {
        expect(found(await compareOne(source, reader, 'rec_planted', { hash })).sort()).toEqual(TRUTH);
        // A condition with = NULL is never true.
        const none = await compareOne(source, reader, 'rec_planted', { hash, where: 't = NULL' });
        expect(none.rows).toEqual({ source: 0, target: 0 });
      }
    } finally {
      await target.run('ALTER ROLE rec_planted RESET ALL; ALTER ROLE rec_planted SET search_path = public, pg_catalog');
    }
  });
});
