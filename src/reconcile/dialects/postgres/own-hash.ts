import { quote } from '../../../databases/postgres/names.ts';
import type { ServerFacts } from '../../../databases/session.ts';
import { isSoft } from '../../columns/canonical-forms.ts';
import type { ColumnPair, Side } from '../../model.ts';
import type { OwnHash } from '../dialect.ts';

interface HashOptions {
  side: Side;
  canonical: (pair: ColumnPair) => string;
  major: number;
}

type Hashes = ReturnType<OwnHash['hash']>;

/**
 * A 64-bit hash of a row by PostgreSQL's own hash functions, without converting numbers and times to text.
 * Each column is hashed with its own seed, and the hashes are combined by XOR. The result seeds the key's hash, which
 * binds a value to its column and a row to its key. If rows are summed (no key, or a repeated one), a final hash keeps
 * the sum from splitting into columns.
 * What the functions ignore by design goes into the seed or is hashed separately: `hash_numeric` ignores the sign and
 * NaN, 64-bit integers and times are folded to 32 bits, and `jsonb_hash` ignores the depth of an array. What they do
 * not scatter is hashed again: `hash_numeric` puts the position of the point into a few bits, so two columns or rows
 * shifted by four places would cancel out; it and `hashfloat8` hash some values to the seed itself. One such column of
 * a row is left as it is: nothing there can cancel it out, and the hash of the key or the final one scatters it. But if
 * the key begins with such a number, that takes the column's hash as its seed, and the two would exchange values unseen.
 * @param major of both servers: hash functions are only guaranteed equal within one major version
 */
function recordHash(
  pairs: readonly ColumnPair[],
  key: readonly ColumnPair[],
  options: HashOptions & { unique: boolean },
): Hashes {
  // A key column that may be NULL has no place in the chain: its function would give NULL.
  const chain = key.filter((pair) => !pair.source.nullable && !pair.target.nullable);
  const xor = (columns: readonly ColumnPair[]) => {
    const combined = columns.filter((pair) => !chain.includes(pair));
    const alone = chain.slice(0, 1).some(isUneven) ? undefined : combined.find((one) => isNative(one) && isUneven(one));
    const hashes = combined.map((pair) => {
      const at = pairs.indexOf(pair);
      const hash = columnHash(pair, constant(2 * at), { ...options, even: pair !== alone });
      return pair[options.side].nullable ? `coalesce(${hash}, ${constant(2 * at + 1)})` : hash;
    });
    return hashes.join(' # ') || constant(-1);
  };
  const bind = (start: string) =>
    chain.reduce((seed, pair) => columnHash(pair, `(${seed})`, { ...options, even: true }), start);
  const row = bind(xor(pairs));
  return {
    row: chain.length > 0 && options.unique ? row : scattered(row),
    key: chain.length === key.length && chain.length > 0 ? bind(constant(-1)) : scattered(bind(xor(key))),
  };
}

/** Pseudorandom, and the same in every run: SplitMix64, without the sign. */
function constant(index: number): string {
  let z = BigInt.asUintN(64, BigInt(index + 2) * 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return String(BigInt.asUintN(63, z ^ (z >> 31n)));
}

/** Every bit of a hash changes all bits of this one. */
function scattered(hash: string): string {
  return `hashint4extended(0, ${hash})`;
}

/** Seeds for numbers that `hash_numeric` does not distinguish from others. */
const NEGATIVE = constant(-3);
const NAN = constant(-4);

/** @param seed SQL, used once @param options.even every bit of the value changes all bits of the hash */
function columnHash(
  pair: ColumnPair,
  seed: string,
  { side, canonical, major, even }: HashOptions & { even: boolean },
): string {
  const native = isNative(pair) ? nativeHash(pair, side, seed, major) : undefined;
  // Its bytes count, regardless of the collation.
  if (native === undefined) return `hashtextextended((${canonical(pair)}) COLLATE "C", ${seed})`;
  return even && isUneven(pair) ? scattered(native) : native;
}

/** A rule holds in the canonical text, and so does what is judged by meaning. */
function isNative({ form, rule }: ColumnPair): boolean {
  return rule === undefined && !isSoft(form);
}

/** PostgreSQL's own hash of the type differs in a few bits for some pairs of values. */
function isUneven({ source, target }: ColumnPair): boolean {
  const { family } = source.type;
  return family === target.type.family && (family === 'decimal' || family === 'float');
}

/** For values whose hashes are equal exactly if their canonical texts are. */
function nativeHash({ source, target }: ColumnPair, side: Side, seed: string, major: number): string | undefined {
  const [a, b] = [source.type, target.type];
  const { name: plain, nativeType } = { source, target }[side];
  const name = quote(plain);
  const as = (type: string, ...same: string[]) =>
    [type, ...same].includes(nativeType.replace(/\(.*\)/, '')) ? name : `${name}::${type}`;
  if (a.family === 'integer' && b.family === 'integer') {
    if (a.bits < 64 && b.bits < 64) return `hashint4extended(${as('integer')}, ${seed})`;
    return `hashint8extended(${as('bigint')}, ${as('bigint')} # ${seed})`;
  }
  if (a.family === 'decimal' && b.family === 'decimal') {
    const number = as('numeric');
    // Only a column without a precision holds infinity, which hashes as NaN does.
    const nan = a.scale === undefined || b.scale === undefined ? ` WHEN ${number} = 'NaN' THEN ${NAN}` : '';
    return `hash_numeric_extended(${number}, ${seed} # CASE WHEN ${number} < 0 THEN ${NEGATIVE}${nan} ELSE 0 END)`;
  }
  if (a.family === 'float' && b.family === 'float') return `hashfloat8extended(${as('double precision')}, ${seed})`;
  if (a.family === 'boolean' && b.family === 'boolean') return `hashint4extended(${name}::int, ${seed})`;
  if (a.family === 'uuid' && b.family === 'uuid') return `uuid_hash_extended(${as('uuid')}, ${seed})`;
  const bytes = (value: string) =>
    major >= 18 ? `hashbyteaextended(${value}, ${seed})` : `hash_record_extended(ROW(${value}), ${seed})`;
  if (a.family === 'bytes' && b.family === 'bytes') return bytes(as('bytea'));
  if (a.family === 'date' && b.family === 'date') return bytes(`date_send(${as('date')})`);
  if (a.family === 'timestamp' && b.family === 'timestamp') {
    if (a.zone !== b.zone || a.precision !== b.precision) return undefined;
    return bytes(`${a.zone ? 'timestamptz' : 'timestamp'}_send(${name})`);
  }
  if (a.family === 'time' && b.family === 'time') {
    if (a.zone || b.zone || a.precision !== b.precision) return undefined;
    return bytes(`time_send(${name})`);
  }
  return undefined;
}

/**
 * What two servers must agree on before the hash may be used: one value of each kind. Only for servers of one major
 * version and encoding: see `mayAgree`.
 */
function probe({ major, encoding = 'UTF8' }: Pick<ServerFacts, 'major' | 'encoding'>): string {
  // Other encodings lack these characters.
  const text = encoding === 'UTF8' ? 'Ωmega 😀' : 'Omega';
  const bytes = (value: string) =>
    major >= 18 ? `hashbyteaextended(${value}, 42)` : `hash_record_extended(ROW(${value}), 42)`;
  return `SELECT concat_ws(' ', hashint4extended(-2, 42), hashint8extended(4294967297, 42), hash_numeric_extended(12.50, 42),
    hash_numeric_extended('NaN', 42), hashfloat8extended(-2.25, 42), hashtextextended('${text}' COLLATE "C", 42),
    uuid_hash_extended('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 42), ${bytes("'\\x00ff'::bytea")},
    ${bytes("date_send('2024-02-29')")}, ${bytes("time_send('23:59:59.999999')")},
    ${bytes("timestamp_send('2024-02-29 23:59:59.999999')")}, ${bytes("timestamptz_send('2024-02-29 23:59:59.999999+00')")},
    hashint4extended(0, hashint4extended(1, 42)))`;
}

/** @param major of the server */
export function ownHash(major: number): OwnHash {
  return {
    // A row has at most 1,664 values.
    maxColumns: 800,
    mayAgree: (one, other) => one.major === other.major && one.major >= 14 && one.encoding === other.encoding,
    probe,
    hash: (pairs, key, options) => recordHash(pairs, key, { ...options, major }),
  };
}
