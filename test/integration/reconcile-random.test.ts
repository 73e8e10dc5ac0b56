import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareOne, mariadbOf, postgresOf, type TestDatabase } from './reconcile-support.ts';

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

const noMariadb = inject('sandbox').mariadb === undefined;

const PAIRINGS = (
  [
    ['PostgreSQL → PostgreSQL', 'fast'],
    ['PostgreSQL → PostgreSQL', 'md5'],
    ['PostgreSQL → PostgreSQL', 'md5-128'],
    ['MariaDB → PostgreSQL', 'md5'],
    ['MariaDB → PostgreSQL', 'md5-128'],
  ] as const
).filter(([pairing]) => !noMariadb || !pairing.startsWith('MariaDB'));

describe('random tables and edits', () => {
  let source: TestDatabase;
  let target: TestDatabase;
  let mariadb: TestDatabase | undefined;

  beforeAll(async () => {
    source = await postgresOf('source');
    target = await postgresOf('target');
    if (!noMariadb) mariadb = await mariadbOf();
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_random');
      await side?.run(
        `CREATE TABLE rec_random (id int PRIMARY KEY, t text, n numeric(10,2), f boolean)${side === mariadb ? ' CHARACTER SET utf8mb4' : ''}`,
      );
    }
  });

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_random');
      await side?.close();
    }
  });

  it.each(PAIRINGS)('%s by %s', async (pairing, hash) => {
    const left = (pairing.startsWith('MariaDB') ? mariadb : source) as TestDatabase;
    await fc.assert(
      fc.asyncProperty(table, edits, async (rows, changes) => {
        const after = edited(rows, changes);
        await Promise.all([fill(left, rows, left === mariadb), fill(target, after, false)]);
        const report = await compareOne(left, target, 'rec_random', { hash, rowsPerBucket: 4 });
        const seen = report.differences.map(({ kind, key }) => `${kind} ${key.id}`).sort();
        expect(seen).toEqual(trueDifferences(rows, after));
        expect(report.rows).toEqual({ source: rows.length, target: after.length });
      }),
      { numRuns: 40 },
    );
  });
});
