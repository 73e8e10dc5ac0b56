import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnRule } from '../../src/reconcile/columns/rules.ts';
import { compareOne, engine, found, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const noMariadb = sandbox.mariadb === undefined;

describe('rules of columns', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  beforeAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_rules');
      await side?.run(
        side === mariadb
          ? 'CREATE TABLE rec_rules (id int PRIMARY KEY, name varchar(40), price decimal(12,4), ratio double, at datetime(6)) CHARACTER SET utf8mb4'
          : 'CREATE TABLE rec_rules (id int PRIMARY KEY, name text, price numeric(12,4), ratio double precision, at timestamp)',
      );
    }
  });

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_rules');
    }
  });

  const fill = async (side: TestDatabase, rows: string[]) => {
    await side.run('DELETE FROM rec_rules');
    if (rows.length > 0) await side.run(`INSERT INTO rec_rules VALUES ${rows.join(', ')}`);
  };

  const pairings = [['PostgreSQL', false] as const, ...(noMariadb ? [] : [[engine, true] as const])];

  it.each(pairings)('each lets go what it allows, and nothing else (%s)', async (_name, fromMariadb) => {
    const left = (fromMariadb ? mariadb : source) as TestDatabase;
    await fill(left, [
      "(1, ' Ömer ', 1.0049, 0.1, '2024-01-01 10:00:00.000400')",
      "(2, 'b', 1.0051, 1e300, '2024-01-01 10:00:00.001600')",
      "(3, 'STRASSE', NULL, 5, NULL)",
    ]);
    await fill(target, [
      "(1, 'öMER', 1.0001, 0.1000000001, '2024-01-01 10:00:00')",
      "(2, 'b', 1.0049, 1.0000000001e300, '2024-01-01 10:00:00.001')",
      "(3, 'straße', NULL, 5.1, NULL)",
    ]);
    const rules: Record<string, ColumnRule> = {
      name: { trim: true, ignoreCase: true },
      price: { scale: 2 },
      ratio: { relative: 1e-8 },
      at: { precision: 3 },
    };
    const report = await compareOne(left, target, 'rec_rules', { rules });
    expect(found(report)).toEqual(['different 2 price at', 'different 3 name ratio']);
    expect(report.columns.find(({ source: name }) => name === 'price')).toMatchObject({
      rule: { scale: 2 },
      note: expect.stringContaining('by rule: rounded to 2 fractional digits'),
    });
    expect(report.differences[0]?.columns[0]?.source).toMatch(/^1\.00510*$/);
    const tolerant = { ...rules, at: { tolerance: '1000us' }, price: { tolerance: '0.0002' } };
    expect(found(await compareOne(left, target, 'rec_rules', { rules: tolerant }))).toEqual([
      'different 1 price',
      'different 3 name ratio',
    ]);
    expect(found(await compareOne(left, target, 'rec_rules', { columns: ['ratio'], floatTolerance: 0.5 }))).toEqual([]);
  });

  it.each([
    ['PostgreSQL', () => source, engine, () => mariadb],
    [engine, () => mariadb, 'PostgreSQL', () => target],
    ['PostgreSQL', () => source, 'PostgreSQL', () => target],
  ])('%s → %s: a half is rounded alike, before the year 2000 and after it', async (_from, from, _to, to) => {
    const [left, right] = [from(), to()];
    if (left === undefined || right === undefined) return;
    const times = [
      '1960-01-01 00:00:59.9995',
      '1969-12-31 23:59:59.5',
      '1999-12-31 23:59:59.0015',
      '1999-12-31 23:59:59.001499',
      '2000-01-01 00:00:00.0005',
      '2024-02-29 23:59:59.9995',
      // Rounded to three digits it is a half; rounded at once it is less.
      '1999-12-31 23:59:59.499999',
      '2024-02-29 12:34:56.449999',
    ];
    const all = times.map((at, id) => `(${id}, 'n', 1, 1, '${at}')`);
    await fill(left, all);
    await fill(right, all);
    for (const precision of [0, 1, 3, 5])
      expect(found(await compareOne(left, right, 'rec_rules', { rules: { at: { precision } } }))).toEqual([]);
    // What the target's engine makes of them in a column that holds fewer digits; MariaDB cuts them off unless told otherwise.
    const modify = (digits: number) =>
      right.run(
        right === mariadb
          ? `ALTER TABLE rec_rules MODIFY at datetime(${digits})`
          : `ALTER TABLE rec_rules ALTER at TYPE timestamp(${digits})`,
      );
    const mode = (name: string) => (right === mariadb ? right.run(`SET sql_mode = '${name}'`) : undefined);
    await mode(engine === 'MariaDB' ? 'TIME_ROUND_FRACTIONAL' : '');
    for (const digits of [3, 0]) {
      await modify(digits);
      await fill(right, all);
      expect(found(await compareOne(left, right, 'rec_rules'))).toEqual([]);
      // What is equal without a rule is equal with it.
      for (const precision of [0, 1, 2])
        expect(found(await compareOne(left, right, 'rec_rules', { rules: { at: { precision } } }))).toEqual([]);
    }
    await mode('');
    await modify(6);
  });

  it('a repair writes the value as the source has it', async () => {
    await fill(source, ["(1, ' Ann ', 1.2345, 0.1, '2024-01-01 10:00:00.000400')"]);
    await fill(target, ["(1, 'bob', 2.0000, 0.1, '2024-01-01 11:00:00')"]);
    const script: string[] = [];
    await compareOne(source, target, 'rec_rules', {
      rules: { name: { trim: true, ignoreCase: true }, price: { scale: 2 }, at: { precision: 0 } },
      repair: { mode: 'sql', allowDelete: false, write: (line) => script.push(line) },
    });
    expect(script.find((line) => line.startsWith('UPDATE'))).toBe(
      `UPDATE "public"."rec_rules" SET "name" = ' Ann ', "price" = 1.2345, "at" = '2024-01-01 10:00:00.0004' WHERE "id" = 1;`,
    );
  });

  // Whole ten-thousandths, as the columns hold them: the model is plain integer arithmetic.
  const cell = fc.record({
    price: fc.integer({ min: -30_000, max: 30_000 }),
    micros: fc.nat(4_000_000),
    blanks: fc.nat(2),
    upper: fc.boolean(),
  });
  const row = fc.tuple(
    cell,
    fc.record({
      price: fc.integer({ min: -120, max: 120 }),
      micros: fc.integer({ min: -1500, max: 1500 }),
      blanks: fc.nat(2),
      upper: fc.boolean(),
    }),
  );
  const decimal = (value: number) =>
    `${value < 0 ? '-' : ''}${Math.floor(Math.abs(value) / 10_000)}.${String(Math.abs(value) % 10_000).padStart(4, '0')}`;
  const time = (micros: number) =>
    `'2024-01-01 10:00:0${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}'`;
  const name = (blanks: number, upper: boolean) =>
    `'${' '.repeat(blanks)}${upper ? 'ÄNNE' : 'änne'}${' '.repeat(blanks)}'`;
  /** Half away from zero. */
  const rounded = (value: number, by: number) => Math.sign(value) * Math.floor((Math.abs(value) + by / 2) / by);

  it.each(pairings)('random rows: what is reported is what the rules say (%s)', async (_name, fromMariadb) => {
    const left = (fromMariadb ? mariadb : source) as TestDatabase;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), fc.boolean(), async (rows, tolerant) => {
        const pairs = rows.map(
          ([a, change]) =>
            [
              a,
              {
                price: a.price + change.price,
                micros: Math.max(0, a.micros + change.micros),
                blanks: change.blanks,
                upper: change.upper,
              },
            ] as const,
        );
        const text = (side: 0 | 1) =>
          pairs.map(
            (pair, id) =>
              `(${id}, ${name(pair[side].blanks, pair[side].upper)}, ${decimal(pair[side].price)}, ${pair[side].price}, ${time(pair[side].micros)})`,
          );
        await Promise.all([fill(left, text(0)), fill(target, text(1))]);
        const rules: Record<string, ColumnRule> = {
          name: { trim: true, ignoreCase: true },
          price: tolerant ? { tolerance: '0.0050' } : { scale: 2 },
          ratio: { tolerance: '50' },
          at: tolerant ? { tolerance: '1000us' } : { precision: 3 },
        };
        const wanted = pairs.flatMap(([a, b], id) => {
          const columns = [
            (tolerant ? Math.abs(a.price - b.price) > 50 : rounded(a.price, 100) !== rounded(b.price, 100))
              ? ['price']
              : [],
            Math.abs(a.price - b.price) > 50 ? ['ratio'] : [],
            (tolerant ? Math.abs(a.micros - b.micros) > 1000 : rounded(a.micros, 1000) !== rounded(b.micros, 1000))
              ? ['at']
              : [],
          ].flat();
          return columns.length > 0 ? [`different ${id} ${columns.join(' ')}`] : [];
        });
        expect(found(await compareOne(left, target, 'rec_rules', { rules, rowsPerBucket: 4 }))).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });
});
