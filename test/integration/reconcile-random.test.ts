import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareOne, digest, engine, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** Random tables, random edits: the reported set must be the true set, for every hash and pairing. */
type Row = [id: number, text: string | null, number: string | null, flag: boolean | null];

// MariaDB cannot hold what PostgreSQL refuses anyway: NUL, and lone surrogates are no text.
const text = fc.oneof(
  fc.constantFrom('', 'NULL', '~', ',', '3:abc', "'", '\\', '"', 'a\nb', '😀', 'é', 'é', ' '),
  fc.string({ unit: 'binary', maxLength: 8 }).map((value) => value.replaceAll('\0', '')),
);
const row = fc.tuple(
  fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  fc.option(text),
  fc.option(fc.integer({ min: -999_999, max: 999_999 }).map((value) => (value / 100).toFixed(2))),
  fc.option(fc.boolean()),
);
const table = fc.uniqueArray(row, { selector: ([id]) => id, maxLength: 60 });
/** What becomes of each row of the source, by position; and rows that only the target has. */
const edits = fc.record({
  fate: fc.array(fc.constantFrom('keep', 'keep', 'keep', 'drop', 'text', 'number', 'flag', 'swap'), {
    minLength: 60,
    maxLength: 60,
  }),
  values: fc.array(fc.tuple(fc.option(text), fc.option(fc.constantFrom('0.00', '0.01')), fc.option(fc.boolean())), {
    minLength: 60,
    maxLength: 60,
  }),
  added: fc.array(row, { maxLength: 5 }),
});

function edited(
  rows: readonly Row[],
  { fate, values, added }: { fate: string[]; values: [string | null, string | null, boolean | null][]; added: Row[] },
): Row[] {
  const result = rows.flatMap(([id, t, n, f], index): Row[] => {
    const [text_ = null, number = null, flag = null] = values[index] ?? [];
    switch (fate[index]) {
      case 'drop':
        return [];
      case 'text':
        return [[id, text_, n, f]];
      case 'number':
        return [[id, t, number, f]];
      case 'flag':
        return [[id, t, n, flag]];
      case 'swap':
        return [[id, rows[index + 1]?.[1] ?? null, n, f]];
      default:
        return [[id, t, n, f]];
    }
  });
  const ids = new Set(rows.map(([id]) => id));
  for (const one of added) {
    if (ids.has(one[0])) continue;
    ids.add(one[0]);
    result.push(one);
  }
  return result;
}

function trueDifferences(source: readonly Row[], target: readonly Row[]): string[] {
  const right = new Map(target.map((one) => [one[0], one]));
  const left = new Map(source.map((one) => [one[0], one]));
  const differences = source.flatMap((one) => {
    const other = right.get(one[0]);
    if (other === undefined) return [`missing ${one[0]}`];
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [`different ${one[0]}`];
  });
  return [...differences, ...target.flatMap((one) => (left.has(one[0]) ? [] : [`extra ${one[0]}`]))].sort();
}

const quoted = (value: string | null) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);

async function fill(database: TestDatabase, rows: readonly Row[], backslash: boolean): Promise<void> {
  await database.run('DELETE FROM rec_random');
  if (rows.length === 0) return;
  const literal = (value: string | null) =>
    backslash ? quoted(value?.replaceAll('\\', '\\\\') ?? null) : quoted(value);
  await database.run(
    `INSERT INTO rec_random VALUES ${rows.map(([id, t, n, f]) => `(${id}, ${literal(t)}, ${n ?? 'NULL'}, ${f ?? 'NULL'})`).join(', ')}`,
  );
}

const noMariadb = sandbox.mariadb === undefined;

const PAIRINGS = (
  [
    ['PostgreSQL → PostgreSQL', 'fast'],
    ['PostgreSQL → PostgreSQL', 'md5'],
    ['PostgreSQL → PostgreSQL', 'md5-128'],
    [`${engine} → PostgreSQL`, 'md5'],
    [`${engine} → PostgreSQL`, 'md5-128'],
  ] as const
).filter(([pairing]) => !noMariadb || !pairing.startsWith(engine));

describe('random tables and edits', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  beforeAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_random');
      await side?.run(
        `CREATE TABLE rec_random (id int PRIMARY KEY, t varchar(200), n numeric(10,2), f boolean)${side === mariadb ? ' CHARACTER SET utf8mb4' : ''}`,
      );
    }
  });

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_random');
    }
  });

  it.each(PAIRINGS)('%s by %s', async (pairing, hash) => {
    const left = (pairing.startsWith(engine) ? mariadb : source) as TestDatabase;
    await fc.assert(
      // Looked at before it is compared in buckets, as a large table is, or not.
      fc.asyncProperty(table, edits, fc.constantFrom(0, undefined), async (rows, changes, minCandidateRows) => {
        const after = edited(rows, changes);
        await Promise.all([fill(left, rows, left === mariadb), fill(target, after, false)]);
        const report = await compareOne(left, target, 'rec_random', { hash, rowsPerBucket: 4, minCandidateRows });
        if (minCandidateRows === 0 && left === mariadb) expect(report.checksum?.algorithm).toBe(`${digest}-128`);
        const seen = report.differences.map(({ kind, key }) => `${kind} ${key.id}`).sort();
        expect(seen).toEqual(trueDifferences(rows, after));
        expect(report.rows).toEqual({ source: rows.length, target: after.length });
      }),
      { numRuns: 40 },
    );
  });

  /** A key of text and number, any text: quotes, blanks at the end, letters that a collation takes for one another. */
  const keyed = fc.uniqueArray(fc.tuple(text, fc.nat(3), fc.nat(2)), {
    selector: ([t, n]) => JSON.stringify([t, n]),
    maxLength: 40,
  });

  it.each(PAIRINGS)('keys of any text and a number, %s by %s', async (pairing, hash) => {
    const left = (pairing.startsWith(engine) ? mariadb : source) as TestDatabase;
    for (const side of [left, target]) {
      const collation =
        side === mariadb
          ? ` CHARACTER SET utf8mb4 COLLATE ${engine === 'MySQL' ? 'utf8mb4_0900_bin' : 'utf8mb4_nopad_bin'}`
          : '';
      await side.run(
        `DROP TABLE IF EXISTS rec_random_keys; CREATE TABLE rec_random_keys (t varchar(20)${collation}, n int, v int, PRIMARY KEY (t, n))`,
      );
    }
    const put = async (side: TestDatabase, rows: readonly [string, number, number][]) => {
      const escaped = (value: string) => quoted(side === mariadb ? value.replaceAll('\\', '\\\\') : value);
      await side.run('DELETE FROM rec_random_keys');
      if (rows.length > 0)
        await side.run(
          `INSERT INTO rec_random_keys VALUES ${rows.map(([t, n, v]) => `(${escaped(t)}, ${n}, ${v})`).join(', ')}`,
        );
    };
    await fc.assert(
      fc.asyncProperty(keyed, keyed, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), async (a, b, kept) => {
        // Some rows of the one are rows of the other, too, or nothing would be alike.
        const id = ([t, n]: [string, number, number]) => JSON.stringify([t, String(n)]);
        const shared = a.filter((_, index) => kept[index]);
        const other = [...shared, ...b.filter((one) => !shared.some((mine) => id(mine) === id(one)))];
        await Promise.all([put(left, a), put(target, other)]);
        const report = await compareOne(left, target, 'rec_random_keys', { hash, rowsPerBucket: 4 });
        const right = new Map(other.map((one) => [id(one), one[2]]));
        const mine = new Map(a.map((one) => [id(one), one[2]]));
        const wanted = [
          ...a.flatMap((one) =>
            right.has(id(one))
              ? right.get(id(one)) === one[2]
                ? []
                : [`different ${id(one)}`]
              : [`missing ${id(one)}`],
          ),
          ...other.flatMap((one) => (mine.has(id(one)) ? [] : [`extra ${id(one)}`])),
        ];
        const seen = report.differences.map(({ kind, key }) => `${kind} ${JSON.stringify([key['t'], key['n']])}`);
        expect(seen.sort()).toEqual(wanted.sort());
      }),
      { numRuns: 25 },
    );
    for (const side of [left, target]) await side.run('DROP TABLE rec_random_keys');
  });

  it.each(PAIRINGS)('rows without a key, some of them alike, %s by %s', async (pairing, hash) => {
    const left = (pairing.startsWith(engine) ? mariadb : source) as TestDatabase;
    for (const side of [left, target])
      await side.run('DROP TABLE IF EXISTS rec_random_bag; CREATE TABLE rec_random_bag (a int, b int)');
    const bag = fc.array(fc.tuple(fc.option(fc.nat(2)), fc.option(fc.nat(2))), { maxLength: 30 });
    const put = async (side: TestDatabase, rows: readonly [number | null, number | null][]) => {
      await side.run('DELETE FROM rec_random_bag');
      if (rows.length > 0)
        await side.run(`INSERT INTO rec_random_bag VALUES ${rows.map(([a, b]) => `(${a}, ${b})`).join(', ')}`);
    };
    await fc.assert(
      fc.asyncProperty(bag, bag, async (a, b) => {
        await Promise.all([put(left, a), put(target, b)]);
        const report = await compareOne(left, target, 'rec_random_bag', { hash });
        const times = new Map<string, number>();
        for (const one of a) times.set(JSON.stringify(one), (times.get(JSON.stringify(one)) ?? 0) + 1);
        for (const one of b) times.set(JSON.stringify(one), (times.get(JSON.stringify(one)) ?? 0) - 1);
        const wanted = [...times].flatMap(([row, n]) =>
          n === 0 ? [] : [`${n > 0 ? 'missing' : 'extra'} ${Math.abs(n)} ${row}`],
        );
        const seen = report.differences.map(({ kind, rows, columns }) => {
          const cells = columns.map(({ source: mine, target: other }) => (kind === 'missing' ? mine : other) ?? null);
          return `${kind} ${rows} ${JSON.stringify(cells.map((cell) => (cell === null ? null : Number(cell))))}`;
        });
        expect(seen.sort()).toEqual(wanted.sort());
      }),
      { numRuns: 25 },
    );
    for (const side of [left, target]) await side.run('DROP TABLE rec_random_bag');
  });
});
