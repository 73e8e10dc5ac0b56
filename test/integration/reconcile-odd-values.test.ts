import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { compareOne, engine, found, useMariadb, usePostgres } from '../helpers/databases.ts';
import { applyAll } from '../helpers/repairs.ts';
import { sandbox } from '../helpers/sandbox.ts';

const noMariadb = sandbox.mariadb === undefined;
const ID = `rec_odd_${Date.now().toString(36)}`;

describe('values and names that few tables have', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  afterAll(async () => {
    for (const side of [source, target, mariadb]) await side?.run(`DROP TABLE IF EXISTS ${ID}`);
  });

  it('bytes that are no characters, in a database without an encoding, are values of their own', async () => {
    await source.run(`CREATE DATABASE ${ID} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`);
    const url = new URL(source.url);
    url.pathname = `/${ID}`;
    const client = new pg.Client(url.href);
    await client.connect();
    const bytes = (hex: string) => `convert_from('\\x${hex}'::bytea, 'SQL_ASCII')`;
    try {
      await client.query(`CREATE TABLE ${ID} (id text PRIMARY KEY, v text, c char(4));
        INSERT INTO ${ID} VALUES ('1', 'ü', 'a'), ('2', ${bytes('fffe')}, 'a'), ('3', 'x', ${bytes('e9')}), ('4', '\\', 'a');
        INSERT INTO ${ID} VALUES (${bytes('ff')}, 'k', 'a');
        CREATE TABLE other AS SELECT * FROM ${ID}; ALTER TABLE other ADD PRIMARY KEY (id);
        UPDATE other SET v = ${bytes('fffd')} WHERE id = '2'`);
      const database = { ...source, url: url.href };
      expect(found(await compareOne(database, database, `${ID}=other`))).toEqual(['different 2 v']);
      for (const side of [target, ...(mariadb === undefined ? [] : [mariadb])]) {
        await side.run(`CREATE TABLE ${ID} (id varchar(20) PRIMARY KEY, v text, c char(4));
          INSERT INTO ${ID} VALUES ('1', 'ü', 'a'), ('2', '?', 'a'), ('3', 'x', '?'), ('4', '\\${side === mariadb ? '\\' : ''}', 'a')`);
        const lines: string[] = [];
        const repair = { mode: 'sql', allowDelete: false, write: (line: string) => void lines.push(line) } as const;
        expect(found(await compareOne(database, side, ID, { repair }))).toEqual([
          'different 2 v',
          'different 3 c',
          'missing \ufffdhex:ff',
        ]);
        // They could not even be sent.
        expect(lines.filter((line) => /^(UPDATE|INSERT)/.test(line))).toEqual([]);
        await side.run(`DROP TABLE ${ID}`);
      }
    } finally {
      await client.end();
      await source.run(`DROP DATABASE ${ID} WITH (FORCE)`);
    }
  });

  it('JSON of thousands of levels is compared by its meaning', async () => {
    const nested = (open: string, inner: string) => `(repeat('${open}', 6000) || '${inner}' || repeat(']', 6000))`;
    await source.run(`DROP TABLE IF EXISTS ${ID}; CREATE TABLE ${ID} (id int PRIMARY KEY, v jsonb);
      INSERT INTO ${ID} VALUES (1, ${nested('[', '1.0')}::jsonb), (2, ${nested('[', '1')}::jsonb)`);
    await target.run(`DROP TABLE IF EXISTS ${ID}; CREATE TABLE ${ID} (id int PRIMARY KEY, v text);
      INSERT INTO ${ID} VALUES (1, ${nested('[ ', '1')}), (2, ${nested('[ ', '2')})`);
    expect(found(await compareOne(source, target, ID))).toEqual(['different 2 v']);
  });

  it('json of more levels than PostgreSQL can cast is compared by its meaning, among others', async () => {
    const values = (space: string, inner: string, other: string) => `INSERT INTO ${ID} VALUES
      (1, (repeat('[${space}', 20000) || '${inner}' || repeat(']', 20000))::json), (2, '{"a":${space}${other}}'),
      (3, (SELECT '[' || string_agg('{"[":${space}[[1.0,2],[3]]}', ',') || ']' FROM generate_series(1, 6000))::json)`;
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS ${ID}; CREATE TABLE ${ID} (id int PRIMARY KEY, v json)`);
      await side.run(side === source ? values(' ', '1.0', '1') : values('', '1', '1'));
    }
    expect(found(await compareOne(source, target, ID))).toEqual([]);
    await target.run(`DELETE FROM ${ID}`);
    await target.run(values('', '2', '2'));
    expect(found(await compareOne(source, target, ID))).toEqual(['different 1 v', 'different 2 v']);
    const repair = { mode: 'apply', allowDelete: false, confirm: async () => {} } as const;
    await compareOne(source, target, ID, { repair });
    expect(found(await compareOne(source, target, ID))).toEqual([]);
  });

  it.each(['k', 't', 'sluice_k', 'Odd name'])('a condition may call the table %j by its name', async (name) => {
    const own = `"${name}"`;
    for (const side of [source, target, ...(mariadb === undefined ? [] : [mariadb])]) {
      const quoted = side === mariadb ? `\`${name}\`` : own;
      await side.run(`DROP TABLE IF EXISTS ${quoted}`);
      await side.run(`CREATE TABLE ${quoted} (id int PRIMARY KEY, v int)`);
      await side.run(
        `INSERT INTO ${quoted} VALUES (1, 1), (2, ${side === source ? 2 : 3}), (3, ${side === source ? 3 : 4})`,
      );
    }
    try {
      for (const where of [`${own}.id < 3`, `public.${own}.id < 3`])
        expect(found(await compareOne(source, target, own, { where }))).toEqual(['different 2 v']);
      if (mariadb !== undefined && /^\w+$/.test(name))
        expect(found(await compareOne(source, mariadb, own, { where: `${name}.id < 3` }))).toEqual(['different 2 v']);
      const where = `EXISTS (SELECT 1 FROM public.${own} o WHERE o.id = ${own}.id AND o.id < 3)`;
      await compareOne(source, target, own, { where, repair: applyAll });
      expect(await target.run(`SELECT id, v FROM ${own} ORDER BY id`)).toEqual([
        [1, 1],
        [2, 2],
        [3, 4],
      ]);
    } finally {
      for (const side of [source, target]) await side.run(`DROP TABLE ${own}`);
      await mariadb?.run(`DROP TABLE \`${name}\``);
    }
  });

  const ODD = ['a\u001b[2Jb', 'a\u202eb', 'a\nb', 'a"\\\u0007'];
  it.each(ODD)('a script names %j by codes', async (name) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const make = (value: string) =>
      `DROP TABLE IF EXISTS ${ID}; CREATE TABLE ${ID} (${quoted} int PRIMARY KEY, v text); INSERT INTO ${ID} VALUES (1, '${value}')`;
    await source.run(make('right'));
    await target.run(make('wrong'));
    const lines: string[] = [];
    const repair = { mode: 'sql', allowDelete: false, write: (line: string) => void lines.push(line) } as const;
    expect((await compareOne(source, target, ID, { repair })).different).toBe(1);
    expect(lines.every((line) => /^[ -~]*$/.test(line))).toBe(true);
    await target.run(lines.join('\n'));
    expect((await compareOne(source, target, ID)).verdict).toBe('equal');
  });

  it.skipIf(noMariadb)(`a script for ${engine} leaves such names alone`, async () => {
    const make = (value: string, quoted: string) =>
      `DROP TABLE IF EXISTS ${ID}; CREATE TABLE ${ID} (id int PRIMARY KEY, ${quoted} text); INSERT INTO ${ID} VALUES (1, '${value}')`;
    await source.run(make('right', '"a\u001bb"'));
    await mariadb?.run(make('wrong', '`a\u001bb`'));
    const lines: string[] = [];
    const repair = { mode: 'sql', allowDelete: false, write: (line: string) => void lines.push(line) } as const;
    if (mariadb !== undefined) expect((await compareOne(source, mariadb, ID, { repair })).different).toBe(1);
    expect(lines).toEqual([]);
  });
});
