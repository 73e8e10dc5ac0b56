import type { Cells, Column, Statement, TableInfo } from '../../databases/model.ts';
import type { DigestName } from '../../databases/session.ts';
import { hasRowVersions } from '../../databases/table-kinds.ts';
import { isFreeText } from '../columns/canonical-forms.ts';
import { keyMatch } from '../columns/keys.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { KEY_PRIME } from '../dialects/common.ts';
import type { Dialect, FetchMatch } from '../dialects/dialect.ts';
import type { ColumnPair, HashName, Shard, Side } from '../model.ts';

/** The function that computes a hash. */
export function digestOf(hash: HashName): DigestName {
  return hash.startsWith('sha256') ? 'sha256' : 'md5';
}

/** How many of its bits are compared. */
export function bitsOf(hash: HashName): 64 | 128 {
  return hash.endsWith('-128') ? 128 : 64;
}

/** The statements of one side. Both sides use the same plan, so their numbers are comparable. */
export interface SideQueries {
  /** `[rows]` */
  count(): Statement;
  /** Reads no row; fails if the condition is not one self-contained expression. Undefined without a condition. */
  readonly check: string | undefined;
  /**
   * `[bucket, rows, …aggregates]` per bucket, packed if the engine can. @param part condition on the rows; all if
   * undefined
   */
  scan(buckets: number, spread: Spread, part?: string): Statement;
  /** `[rows, …aggregates]` of the first and the last rows by key. */
  ends(rows: number): Statement;
  /** Rows and combined hashes of the one row of `ends`. */
  readEnds(row: Cells): string;
  /** `[rows, digest]` of up to a number of rows that match a condition; undefined if table or engine do not support it. */
  readonly digest: ((part: string | undefined, most: number) => Statement) | undefined;
  /** Bucket, rows and combined hashes of each bucket of one row of a scan. */
  readScan(row: Cells, onBucket: (bucket: number, rows: number, hashes: bigint[]) => void): void;
  /** How hashes of rows, and sums of parts, are combined. */
  readonly combine: 'sum' | 'xor';
  /** The key a given number of rows after another. */
  keyAfter(column: string, from: string | undefined, rows: number): string;
  /** The first key, by the index. */
  firstKey(column: string): string;
  /** The last key, by the index. */
  lastKey(column: string): string;
  /** A small read whose duration shows how busy the database is. */
  sample(): string;
  /**
   * `[bucket, …key, …hash]` of every row of the given buckets (or all), ordered by bucket;
   * without a key `[bucket, …hash, rows]`.
   * @param part condition on the rows, or all
   */
  details(buckets: number, spread: Spread, only: readonly number[] | undefined, part?: string): Statement;
  /**
   * Key texts, then the canonical text of each column pair, then the display text if it differs. Several statements if
   * keys are found in different ways; none for keys that no row of this side can have.
   */
  rows(keys: readonly Cells[], options?: RowsOptions): Statement[];
  /** The same by hash, for tables without a key: hash first, no key. */
  rowsByHash(hashes: readonly string[], most: number): Statement;
  /** `version` and `address` (of locked rows): empty if unavailable; `hash` undefined if the server returned NULL. */
  readRow(row: Cells): Omit<ReadRow, 'hash'> & { key: Cells; hash: string | undefined };
  /** `rows` returns a row version that changes on every update, even one that was undone. */
  readonly versioned: boolean;
  readonly hashes: number;
  readonly keyLength: number;
}

export interface RowsOptions {
  /** Locks them until the transaction ends. */
  lock?: boolean;
  /** An additional condition. */
  where?: string;
  /** Selects the rows that the run's condition excludes instead; no statement without a condition. */
  outside?: boolean;
}

/** Integers are spread by arithmetic; a hash is used where the engines' arithmetic would differ. */
export function firstSpread(plan: ColumnPlan): Spread {
  // A NULL has no remainder.
  const integers = plan.key.every(({ source, target }) =>
    [source, target].every(({ type, nullable }) => type.family === 'integer' && !nullable),
  );
  return integers && plan.key.length > 0 ? 'integers' : 'hash';
}

/** The remainder of a negative number is negative: each shard has two of them. */
function inShard({ index, of }: Shard, remainder: string, where: string | undefined): string {
  const own = `(${remainder}) IN (${index - 1}, ${index - 1 - of})`;
  return where === undefined ? own : `(${where}) AND ${own}`;
}

/** Rows of a small read: a few milliseconds' worth. */
const SAMPLE_ROWS = 2000;

/** How keys are spread over buckets: integers by arithmetic, others by a hash of the key. */
export type Spread = 'integers' | 'hash';

export function sideQueries(input: {
  dialect: Dialect;
  table: TableInfo;
  side: Side;
  plan: ColumnPlan;
  hash: HashName;
  /** How the hashes of a bucket are combined: a sum, or XOR if both engines have it and no row can be read twice. */
  combine: 'sum' | 'xor';
  where?: string | undefined;
  shard?: Shard | undefined;
}): SideQueries {
  const { dialect, table, side, plan, hash, shard } = input;
  const digests = dialect.digests(digestOf(hash));
  const own = (pair: ColumnPair): Column => pair[side];
  const canonical = (pair: ColumnPair) => dialect.canonical(own(pair), pair.form);
  const text = (pairs: readonly ColumnPair[]) =>
    dialect.rowText(
      pairs.map((pair) => ({
        sql: canonical(pair),
        free: isFreeText(pair),
      })),
    );
  const keyless = plan.key.length === 0;
  const unique = input.combine === 'xor';
  const fast = hash === 'fast' ? dialect.ownHash?.hash(plan.pairs, plan.key, { side, canonical, unique }) : undefined;
  const hashes = fast === undefined ? digests.hash(text(plan.pairs), bitsOf(hash) === 128) : [fast.row];
  const { xor } = dialect;
  const { digest: makeDigest } = digests;
  const [digestKey] = plan.key;
  const combine = input.combine === 'xor' && xor !== undefined ? (of: string) => [xor(of)] : dialect.sum;
  const shardOf = (of: number) => {
    if (keyless) return dialect.hashBucket(hashes[0] ?? '0', of);
    if (firstSpread(plan) === 'integers') {
      // The second number scatters keys that increase in steps, which would otherwise all fall into one shard.
      const columns = [...plan.key.map((pair) => dialect.quote(own(pair).name)), '0'];
      return `${dialect.integerBucket(columns, KEY_PRIME)} % ${of}`;
    }
    return fast === undefined ? digests.textBucket(text(plan.key), of) : dialect.hashBucket(fast.key, of);
  };
  const where = shard === undefined ? input.where : inShard(shard, shardOf(shard.of), input.where);
  const fromPart = (part: string | undefined) => {
    const conditions = [...(where === undefined ? [] : [`(${where})`]), ...(part === undefined ? [] : [part])];
    return `FROM ${dialect.table(table)}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`;
  };
  const from = fromPart(undefined);
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
    return digests.textBucket(text(plan.key), buckets);
  };
  const hashColumns = hashes.map((_, index) => `h${index + 1}`);
  const namedHashes = hashes.map((one, index) => `${one} AS h${index + 1}`);
  const values = plan.pairs.map((pair) => {
    const shown = dialect.value(own(pair), pair.plain ?? pair.form);
    return shown === canonical(pair) ? undefined : shown;
  });
  const versions =
    side === 'source' && hasRowVersions(table.kind) && dialect.rowVersion !== undefined
      ? [dialect.rowVersion(table)]
      : [];
  const addresses = hasRowVersions(table.kind) && dialect.rowAddress !== undefined ? [dialect.rowAddress(table)] : [];
  const texts = [...plan.pairs.map(canonical), ...values.filter((one) => one !== undefined)];
  const { together } = dialect;
  const wide = together !== undefined && texts.length > MAX_SINGLE;
  const select = wide ? inChunks(texts, MAX_SINGLE).map(together) : texts;
  const keyName = freeName([table.name, ...table.columns.map((column) => column.name)]);
  const sumColumns = hashColumns.flatMap(combine);
  const each = sumColumns.length / hashes.length;
  const sumsOf = (cells: Cells) =>
    hashes.map((_, index) => dialect.sumOf(cells.slice(index * each, (index + 1) * each)));
  return {
    versioned: versions.length > 0,
    hashes: hashes.length,
    keyLength: keyless ? hashes.length : plan.key.length,
    check:
      input.where === undefined
        ? undefined
        : dialect.limit(`SELECT CASE WHEN ${input.where} THEN 1 END AS one FROM ${dialect.table(table)}`, 0),
    count: () => ({ sql: `SELECT ${dialect.count} ${from}`, parameters: [] }),
    combine: input.combine,
    scan(buckets, spread, part) {
      const inner = [`${bucketOf(buckets, spread)} AS b`, ...namedHashes];
      const names = ['b', 'n', ...sumColumns.map((_, index) => `s${index + 1}`)];
      const columns = ['b', `${dialect.count} AS n`, ...sumColumns.map((sum, index) => `${sum} AS s${index + 1}`)];
      const sql = `SELECT ${columns.join(', ')} FROM (SELECT ${inner.join(', ')} ${fromPart(part)}) s GROUP BY b`;
      return { sql: dialect.pack?.(sql, names) ?? sql, parameters: [] };
    },
    ends(rows) {
      const order = (way: string) => plan.key.map((pair) => `${dialect.quote(own(pair).name)}${way}`).join(', ');
      const end = (name: string, way: string) =>
        `SELECT * FROM (${dialect.limit(`SELECT ${namedHashes.join(', ')} ${from} ORDER BY ${order(way)}`, rows)}) ${name}`;
      const columns = [dialect.count, ...sumColumns];
      return {
        sql: `SELECT ${columns.join(', ')} FROM (${end('a', '')} UNION ALL ${end('z', ' DESC')}) s`,
        parameters: [],
      };
    },
    readEnds: (row) => [row[0], ...sumsOf(row.slice(1))].join(),
    digest:
      makeDigest !== undefined && digestKey !== undefined && plan.key.length === 1
        ? (part, most) => ({
            sql: makeDigest({
              text: text(plan.pairs),
              key: dialect.quote(own(digestKey).name),
              from: fromPart(part),
              most,
            }),
            parameters: [],
          })
        : undefined,
    readScan(row, onBucket) {
      if (dialect.pack === undefined) {
        onBucket(Number(row[0]), Number(row[1]), sumsOf(row.slice(2)));
        return;
      }
      // An array of numbers contains no NULL and no quote.
      const [buckets = [], rows = [], ...sums] = row.map((cell) => (cell ?? '{}').slice(1, -1).split(','));
      for (const [at, bucket] of buckets.entries())
        onBucket(Number(bucket), Number(rows[at]), sumsOf(sums.map((column) => column[at] ?? '0')));
    },
    keyAfter: (column, after, rows) => dialect.keyAfter(table, column, after, rows),
    firstKey: (column) => `SELECT MIN(${dialect.quote(column)}) FROM ${dialect.table(table)}`,
    lastKey: (column) => `SELECT MAX(${dialect.quote(column)}) FROM ${dialect.table(table)}`,
    sample: () => `SELECT ${dialect.count} FROM (${dialect.limit(`SELECT 1 AS one ${from}`, SAMPLE_ROWS)}) p`,
    details(buckets, spread, only, part) {
      const inner = [
        `${bucketOf(buckets, spread)} AS b`,
        ...keyTexts.map((key, index) => `${key} AS k${index + 1}`),
        ...namedHashes,
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
          `SELECT ${columns.join(', ')} FROM (SELECT ${inner.join(', ')} ${fromPart(part)}) s` +
          `${filter === undefined ? '' : ` WHERE ${filter.sql}`}` +
          `${keyless ? ` GROUP BY ${['b', ...hashColumns].join(', ')}` : ''} ORDER BY b`,
        parameters: filter?.parameters ?? [],
      };
    },
    rows(keys, options = {}) {
      if (options.outside && input.where === undefined) return [];
      const groups = new Map<string, { matches: FetchMatch[]; keys: Cells[] }>();
      for (const key of keys) {
        const matches = plan.key.map((pair, index) => {
          const cell = key[index] ?? null;
          // MySQL treats a zero date in a NOT NULL column as NULL.
          if (cell === null) return own(pair).nullable ? 'null' : 'none';
          return keyMatch(own(pair), pair.form, cell, dialect);
        });
        if (!isFetchable(matches)) continue;
        const group = groups.get(matches.join()) ?? { matches, keys: [] };
        groups.set(matches.join(), group);
        group.keys.push(key);
      }
      const taken = options.outside ? `CASE WHEN ${input.where} THEN 0 ELSE 1 END = 1` : where;
      const both = [taken, options.where].filter((one) => one !== undefined).map((one) => `(${one})`);
      return [...groups.values()].map((group) =>
        dialect.fetch({
          table,
          key: plan.key.map((pair, index) => ({
            column: own(pair),
            form: pair.form,
            match: group.matches[index] ?? 'canonical',
          })),
          keys: group.keys,
          keyName,
          select: [...select, ...hashes.map(dialect.signed), ...versions, ...(options.lock ? addresses : [])],
          ...(both.length === 0 ? {} : { where: both.join(' AND ') }),
          ...(options.lock ? { lock: true } : {}),
        }),
      );
    },
    rowsByHash: (wanted, most) => ({
      sql: dialect.limit(
        `SELECT ${[...hashColumns.map(dialect.signed), ...select.map((_, index) => `c${index + 1}`)].join(', ')} FROM (SELECT ${[
          ...namedHashes,
          ...select.map((one, index) => `${one} AS c${index + 1}`),
        ].join(', ')} ${from}) s WHERE ${dialect.signed('h1')} IN (${wanted.join(', ')})`,
        most,
      ),
      parameters: [],
    }),
    readRow(cells) {
      const start = keyless ? hashes.length : plan.key.length;
      const row = wide ? apart(cells, start, start + select.length) : cells;
      const key = row.slice(0, start);
      const texts = row.slice(start, start + plan.pairs.length);
      let next = start + plan.pairs.length;
      const shown = values.map((other, index) =>
        other === undefined ? (texts[index] ?? null) : (row[next++] ?? null),
      );
      const hash = row.slice(next, next + hashes.length);
      return {
        key,
        canonical: texts,
        values: shown,
        hash: hash.includes(null) ? undefined : hash.join(),
        version: row.slice(next + hashes.length, next + hashes.length + versions.length).join(),
        address: row.slice(next + hashes.length + versions.length).join(),
      };
    },
  };
}

/** Maximum texts of a row with a cell each; above this, cells hold several texts. */
const MAX_SINGLE = 1000;

function inChunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}

/** A row whose texts from one cell to another are JSON arrays, with a cell for each text. */
function apart(row: Cells, from: number, to: number): Cells {
  const texts = row.slice(from, to).flatMap((cell) => JSON.parse(cell ?? '[]') as Cells);
  return [...row.slice(0, from), ...texts, ...row.slice(to)];
}

/** A name that is not the start of any of these. */
function freeName(taken: readonly string[]): string {
  let name = 'sluice_k';
  while (taken.some((one) => one.toLowerCase().startsWith(name))) name += '_';
  return name;
}

function isFetchable(matches: readonly (FetchMatch | 'none')[]): matches is FetchMatch[] {
  return !matches.includes('none');
}

export interface ReadRow {
  canonical: Cells;
  values: Cells;
  hash: string;
  version: string;
  address: string;
}
