import type { ColumnPlan } from './columns.ts';
import type { Dialect } from './dialects/dialect.ts';
import { type FastHash, fastHash } from './dialects/postgres-fast.ts';
import { isFreeText } from './forms.ts';
import type { Cells, Column, ColumnPair, Side, Statement, TableInfo } from './model.ts';

/** `fast`: PostgreSQL's own record hash; `md5`: 64 bits of MD5 over a canonical text; `md5-128`: all of it. */
export type HashName = 'fast' | 'md5' | 'md5-128';

/** The statements of one side. Both sides' are made of the same plan, so that their numbers may be compared. */
export interface SideQueries {
  /** `[rows]` */
  count(): Statement;
  /** `[bucket, rows, …aggregates]` per bucket. */
  scan(buckets: number, spread: Spread): Statement;
  /** Bucket, rows and combined hashes of one row of a scan. */
  readScan(row: Cells): { bucket: number; rows: number; hashes: bigint[] };
  /**
   * `[bucket, …key, …hash]` of every row of the given buckets (or all), ordered by bucket;
   * without a key `[bucket, …hash, rows]`.
   */
  details(buckets: number, spread: Spread, only: readonly number[] | undefined): Statement;
  /** Key texts, then the canonical text of each column pair, then the text for people where that is another. */
  rows(keys: readonly Cells[], options?: { lock?: boolean }): Statement;
  /** The same by hash, for tables without a key: hash first, no key. */
  rowsByHash(hashes: readonly string[], most: number): Statement;
  readRow(row: Cells): { key: Cells; canonical: Cells; values: Cells; hash: string };
  readonly hashes: number;
  readonly keyLength: number;
}

/** How keys are spread over buckets: by arithmetic where they are integers, by a hash of the key otherwise. */
export type Spread = 'integers' | 'hash';

export function sideQueries(input: {
  dialect: Dialect;
  table: TableInfo;
  side: Side;
  plan: ColumnPlan;
  hash: HashName;
  /** How the hashes of a bucket's rows are put together: a sum, or XOR where both engines have it and no row is there twice. */
  combine: 'sum' | 'xor';
  /** Major version of the server. */
  major: number;
  where?: string | undefined;
}): SideQueries {
  const { dialect, table, side, plan, hash, where, major } = input;
  const own = (pair: ColumnPair): Column => pair[side];
  const canonical = (pair: ColumnPair) => dialect.canonical(own(pair), pair.form);
  const text = (pairs: readonly ColumnPair[]) =>
    dialect.rowText(
      pairs.map((pair) => ({
        sql: canonical(pair),
        free: isFreeText(pair.form),
        absent: pair.source.nullable || pair.target.nullable ? `${dialect.quote(own(pair).name)} IS NULL` : undefined,
      })),
    );
  const keyless = plan.key.length === 0;
  const fast: FastHash | undefined =
    hash === 'fast' ? fastHash(plan.pairs, plan.key, { side, canonical, major, unique: plan.unique }) : undefined;
  const hashes = fast === undefined ? dialect.hash(text(plan.pairs), hash === 'md5-128') : [fast.row];
  const { xor } = dialect;
  const combine = input.combine === 'xor' && xor !== undefined ? (of: string) => [xor(of)] : dialect.sum;
  const from = `FROM ${dialect.table(table)}${where === undefined ? '' : ` WHERE (${where})`}`;
  const keyTexts = plan.key.map(canonical);
  const bucketOf = (buckets: number, spread: Spread) => {
    if (buckets === 1) return '0';
    if (keyless) return dialect.hashBucket(hashes[0] ?? '0', buckets);
    if (spread === 'integers')
      return dialect.integerBucket(
        plan.key.map((pair) => dialect.quote(own(pair).name)),
        buckets,
      );
    if (fast !== undefined) return dialect.hashBucket(fast.key, buckets);
    return dialect.textBucket(text(plan.key), buckets);
  };
  const hashColumns = hashes.map((_, index) => `h${index + 1}`);
  const values = plan.pairs.map((pair) => {
    const shown = dialect.value(own(pair), pair.plain ?? pair.form);
    return shown === canonical(pair) ? undefined : shown;
  });
  const select = [...plan.pairs.map(canonical), ...values.filter((one) => one !== undefined)];
  return {
    hashes: hashes.length,
    keyLength: keyless ? hashes.length : plan.key.length,
    count: () => ({ sql: `SELECT ${dialect.count} ${from}`, parameters: [] }),
    scan(buckets, spread) {
      const inner = [`${bucketOf(buckets, spread)} AS b`, ...hashes.map((one, index) => `${one} AS h${index + 1}`)];
      const sums = hashColumns.flatMap(combine);
      return {
        sql: `SELECT b, ${[dialect.count, ...sums].join(', ')} FROM (SELECT ${inner.join(', ')} ${from}) s GROUP BY b`,
        parameters: [],
      };
    },
    readScan([bucket, rows, ...cells]) {
      const each = cells.length / hashes.length;
      return {
        bucket: Number(bucket),
        rows: Number(rows),
        hashes: hashes.map((_, index) => dialect.sumOf(cells.slice(index * each, (index + 1) * each))),
      };
    },
    details(buckets, spread, only) {
      const inner = [
        `${bucketOf(buckets, spread)} AS b`,
        ...keyTexts.map((key, index) => `${key} AS k${index + 1}`),
        ...hashes.map((one, index) => `${one} AS h${index + 1}`),
      ];
      const filter = only === undefined ? undefined : dialect.among('b', only);
      const signed = hashColumns.map(dialect.signed);
      const columns = [
        'b',
        ...keyTexts.map((_, index) => `k${index + 1}`),
        ...signed,
        ...(keyless ? [dialect.count] : []),
      ];
      return {
        sql:
          `SELECT ${columns.join(', ')} FROM (SELECT ${inner.join(', ')} ${from}) s` +
          `${filter === undefined ? '' : ` WHERE ${filter.sql}`}` +
          `${keyless ? ` GROUP BY ${['b', ...hashColumns].join(', ')}` : ''} ORDER BY b`,
        parameters: filter?.parameters ?? [],
      };
    },
    rows: (keys, options = {}) =>
      dialect.fetch({
        table,
        key: plan.key.map((pair) => ({ column: own(pair), form: pair.form })),
        keys,
        select: [...select, ...hashes.map(dialect.signed)],
        where,
        ...(options.lock ? { lock: true } : {}),
      }),
    rowsByHash: (wanted, most) => ({
      sql: dialect.limit(
        `SELECT ${[...hashColumns.map(dialect.signed), ...select.map((_, index) => `c${index + 1}`)].join(', ')} FROM (SELECT ${[
          ...hashes.map((one, index) => `${one} AS h${index + 1}`),
          ...select.map((one, index) => `${one} AS c${index + 1}`),
        ].join(', ')} ${from}) s WHERE ${dialect.signed('h1')} IN (${wanted.join(', ')})`,
        most,
      ),
      parameters: [],
    }),
    readRow(row) {
      const start = keyless ? hashes.length : plan.key.length;
      const key = row.slice(0, start);
      const texts = row.slice(start, start + plan.pairs.length);
      let next = start + plan.pairs.length;
      const shown = values.map((other, index) =>
        other === undefined ? (texts[index] ?? null) : (row[next++] ?? null),
      );
      return { key, canonical: texts, values: shown, hash: row.slice(next).join() };
    },
  };
}
