import { describe, expect, it } from 'vitest';
import type { Column, TableInfo } from '../../../../src/databases/model.ts';
import { mysqlType } from '../../../../src/databases/mysql/types.ts';
import type { Session } from '../../../../src/databases/session.ts';
import { planColumns } from '../../../../src/reconcile/columns/plan.ts';
import { isCandidate } from '../../../../src/reconcile/compare/presumed-equal.ts';
import { rangeRows } from '../../../../src/reconcile/compare/ranges.ts';
import { openPair, type TablePair } from '../../../../src/reconcile/compare/table-pair.ts';
import type { Dialect } from '../../../../src/reconcile/dialects/dialect.ts';
import { mysql } from '../../../../src/reconcile/dialects/mysql/dialect.ts';
import { postgresDialect } from '../../../../src/reconcile/dialects/postgres/dialect.ts';
import { sqlserver } from '../../../../src/reconcile/dialects/sqlserver/dialect.ts';
import type { HashName } from '../../../../src/reconcile/model.ts';

const postgres = postgresDialect({ major: 18 });

function column(name: string, nativeType: string, length?: number): Column {
  const type = mysqlType(nativeType.replace(/\(.*/, ''), nativeType, 2, 6);
  return { name, nativeType, type, nullable: false, generated: false, identity: false, length, charset: 'utf8mb4' };
}

function tableOf(columns: Column[], key: string[], unique = [key]): TableInfo {
  return {
    schema: 's',
    name: 't',
    kind: 'table',
    transactional: true,
    columns,
    primaryKey: key,
    uniqueKeys: unique,
    estimatedRows: 1_000_000,
  };
}

function pairOf(
  table: TableInfo,
  options: {
    dialects?: [Dialect, Dialect];
    hash?: HashName;
    longestText?: number;
    key?: string[];
    target?: TableInfo;
    shard?: TablePair['shard'];
  } = {},
): TablePair {
  const [left, right] = options.dialects ?? [mysql, postgres];
  const session = (dialect: Dialect) =>
    ({
      engine: dialect.engine,
      server: { major: 18, longestText: dialect === mysql ? (options.longestText ?? 16_000_000) : undefined },
    }) as unknown as Session;
  const target = options.target ?? table;
  return openPair({
    source: { session: session(left), table },
    target: { session: session(right), table: target },
    plan: planColumns(table, target, options.key === undefined ? {} : { key: options.key }, [left, right]),
    hash: options.hash ?? 'md5',
    shard: options.shard,
  });
}

const id = column('id', 'bigint');
const name = (length: number) => column('name', `varchar(${length})`, length);

describe('the rows of a range of the key', () => {
  it('are so many that what is declared of their texts surely fits, and no more than are worth it', () => {
    expect(rangeRows(pairOf(tableOf([id], ['id'])))).toBe(65_536);
    const rows = rangeRows(pairOf(tableOf([id, name(1000)], ['id']))) ?? 0;
    expect(rows).toBeGreaterThan(1000);
    expect(rows * (4 * 1000 + 20)).toBeLessThan(16_000_000);
    expect(rangeRows(pairOf(tableOf([id, name(1000)], ['id']), { longestText: 4_000_000 }))).toBeUndefined();
    expect(rangeRows(pairOf(tableOf([id, name(100)], ['id']), { longestText: 4_000_000 }))).toBeLessThan(rows * 3);
  });

  it('are fewer where bytes stand behind texts that have some which are no characters', () => {
    const broken = { ...name(500), charset: 'gbk' };
    const rows = rangeRows(pairOf(tableOf([id, broken], ['id']))) ?? 0;
    // Three bytes a character, and the four digits of its two.
    expect(rows * (7 * 500 + 20)).toBeLessThan(16_000_000);
    expect(rows).toBeGreaterThan(1000);
    // Zeros are put behind a number up to the other side's scale.
    const wide = column('n', 'decimal(10,2)');
    const target = tableOf([id, { ...wide, type: { family: 'decimal', scale: 900 } }], ['id']);
    expect(rangeRows(pairOf(tableOf([id, wide], ['id']), { target }))).toBeLessThan(16_000_000 / 900);
  });

  it.each<[string, TableInfo, Parameters<typeof pairOf>[1]]>([
    ['a text without a bound', tableOf([id, column('note', 'longtext', 4_294_967_295)], ['id']), {}],
    ['a text whose bound is not known', tableOf([id, column('note', 'text')], ['id']), {}],
    ['a key of text', tableOf([name(10)], ['name']), {}],
    ['a key of two columns', tableOf([id, column('n', 'int')], ['id', 'n']), {}],
    ['the fast hash', tableOf([id], ['id']), { hash: 'fast', dialects: [postgres, postgres] }],
    ['no server that bounds a text', tableOf([id], ['id']), { dialects: [postgres, postgres] }],
    ['an engine without a digest', tableOf([id], ['id']), { dialects: [mysql, sqlserver] }],
  ])('there are none for %s', (_, table, options) => {
    expect(rangeRows(pairOf(table, options))).toBeUndefined();
  });
});

describe('a look before buckets', () => {
  const table = tableOf([id, column('n', 'int')], ['id', 'n']);

  it('is worth it for large tables whose rows an index of each side has in the order of the key', () => {
    expect(isCandidate(pairOf(table), 1_000_000)).toBe(true);
    expect(isCandidate(pairOf(table), 499_999)).toBe(false);
    expect(isCandidate(pairOf(table, { shard: { index: 1, of: 2 } }), 1_000_000)).toBe(false);
    expect(isCandidate(pairOf(table, { key: ['n', 'id'] }), 1_000_000)).toBe(false);
    expect(isCandidate(pairOf(table, { target: tableOf(table.columns, [], []) }), 1_000_000)).toBe(false);
    const nullable = table.columns.map((one) => ({ ...one, nullable: true }));
    expect(isCandidate(pairOf(table, { target: tableOf(nullable, [], [['id', 'n']]) }), 1_000_000)).toBe(false);
    expect(isCandidate(pairOf(table, { target: tableOf(table.columns, ['n', 'id']) }), 1_000_000)).toBe(false);
  });

  it.each<[string, Dialect, string]>([
    [
      'PostgreSQL',
      postgres,
      'SELECT count(*), bit_xor(h1) FROM (SELECT * FROM (SELECT H AS h1 FROM "s"."t" ORDER BY "id", "n" LIMIT 9) a ' +
        'UNION ALL SELECT * FROM (SELECT H AS h1 FROM "s"."t" ORDER BY "id" DESC, "n" DESC LIMIT 9) z) s',
    ],
    [
      'MySQL',
      mysql,
      'SELECT COUNT(*), BIT_XOR(h1) FROM (SELECT * FROM (SELECT H AS h1 FROM `s`.`t` ORDER BY `id`, `n` LIMIT 9) a ' +
        'UNION ALL SELECT * FROM (SELECT H AS h1 FROM `s`.`t` ORDER BY `id` DESC, `n` DESC LIMIT 9) z) s',
    ],
    [
      'SQL Server',
      sqlserver,
      'SELECT COUNT_BIG(*), SUMS FROM (SELECT * FROM (SELECT TOP (9) H AS h1 FROM [s].[t] ORDER BY [id], [n]) a ' +
        'UNION ALL SELECT * FROM (SELECT TOP (9) H AS h1 FROM [s].[t] ORDER BY [id] DESC, [n] DESC) z) s',
    ],
  ])('both ends of the key in %s', (_, dialect, expected) => {
    const { queries } = pairOf(table, { dialects: [dialect, dialect] }).source;
    const sql = queries
      .ends(9)
      .sql.replaceAll(/(SELECT (?:TOP \(9\) )?)(?!\*|TOP)((?:(?!SELECT).)+?) AS h1/g, '$1H AS h1')
      .replace(dialect.sum('h1').join(', '), dialect.xor === undefined ? 'SUMS' : '$&');
    expect(sql).toBe(expected);
  });

  it('reads the ends as rows and hashes', () => {
    const { queries } = pairOf(table).source;
    expect(queries.readEnds(['18', '-1'])).toBe(`18,${2n ** 64n - 1n}`);
    expect(queries.readEnds(['0', null])).toBe('0,0');
  });
});

it('digests the texts of a range in the order of the key', () => {
  const { source, target } = pairOf(tableOf([id, name(10)], ['id']));
  expect(source.queries.digest?.('`id` >= 5', 9)?.sql).toBe(
    "SELECT COUNT(*), MD5(GROUP_CONCAT(CONCAT_WS('', `id`, ',', LENGTH(`name`), ',', `name`) SEPARATOR ';')) FROM `s`.`t` WHERE `id` >= 5",
  );
  expect(target.queries.digest?.(undefined, 9)?.sql).toBe(
    `SELECT count(*), md5(string_agg(t, ';' ORDER BY k)) FROM (SELECT concat("id", ','::"char", octet_length("name"::text), ','::"char", "name"::text) AS t, "id" AS k FROM "s"."t" ORDER BY "id" LIMIT 9) s`,
  );
});
