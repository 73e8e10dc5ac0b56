import type { Column, Engine, OracleType } from './model.ts';
import type { Random } from './random.ts';

/** A type of one engine that a kind of value can be put into. */
export type TypeChoice = Pick<Column, 'declared' | 'type' | 'before' | 'keyable'>;

const integer = (min: string, max: string, display?: 'year' | 'zerofill'): OracleType => ({
  kind: 'integer',
  min,
  max,
  ...(display === undefined ? {} : { display }),
});
const INT16 = integer('-32768', '32767');
const INT32 = integer('-2147483648', '2147483647');
const INT64 = integer('-9223372036854775808', '9223372036854775807');

function choice(declared: string, type: OracleType, keyable = true): TypeChoice {
  return { declared, type, keyable };
}

/** A decimal type of the given name with random digits. */
function decimal(random: Random, name: string): TypeChoice {
  const precision = random.pick([4, 10, 12, 20, 30, 38]);
  const scale = random.int(0, Math.min(precision, random.pick([0, 2, 4, 9, 18])));
  return choice(`${name}(${precision},${scale})`, { kind: 'decimal', precision, scale });
}

function postgresNumber(random: Random): TypeChoice {
  return random.weighted<() => TypeChoice>([
    [2, () => choice('smallint', INT16)],
    [5, () => choice('integer', INT32)],
    [5, () => choice('bigint', INT64)],
    [5, () => decimal(random, 'numeric')],
    [3, () => choice('numeric', { kind: 'decimal' })],
    [1, () => choice('money', { kind: 'decimal', scale: 2, precision: 19, money: true })],
    [5, () => choice('double precision', { kind: 'float', bits: 64 })],
    [2, () => choice('real', { kind: 'float', bits: 32 })],
    [2, () => choice('boolean', { kind: 'boolean' })],
  ])();
}

function mysqlNumber(random: Random): TypeChoice {
  return random.weighted<() => TypeChoice>([
    [1, () => choice('tinyint', integer('-128', '127'))],
    [1, () => choice('tinyint(1)', integer('-128', '127'))],
    [1, () => choice('tinyint unsigned', integer('0', '255'))],
    [1, () => choice('smallint', INT16)],
    [1, () => choice('mediumint', integer('-8388608', '8388607'))],
    [4, () => choice('int', INT32)],
    [1, () => choice('int unsigned', integer('0', '4294967295'))],
    [1, () => choice(`int(${random.int(2, 12)}) zerofill`, integer('0', '4294967295', 'zerofill'))],
    [4, () => choice('bigint', INT64)],
    [1, () => choice('bigint unsigned', integer('0', '18446744073709551615'))],
    [1, () => choice('bigint(20) unsigned zerofill', integer('0', '18446744073709551615', 'zerofill'))],
    [5, () => decimal(random, 'decimal')],
    [1, () => choice('decimal(9,2) zerofill', { kind: 'decimal', precision: 9, scale: 2 })],
    [5, () => choice('double', { kind: 'float', bits: 64 })],
    [1, () => choice('double zerofill', { kind: 'float', bits: 64 })],
    [2, () => choice('float', { kind: 'float', bits: 32 })],
    [1, () => choice('year', integer('0', '2155', 'year'))],
    [1, () => choice('bit(1)', { kind: 'boolean' })],
  ])();
}

function postgresText(random: Random): TypeChoice {
  const length = random.pick([1, 5, 10, 40]);
  // Values of a nondeterministic collation or citext are equal for the engine, and different for a user.
  const collate = random.weighted([
    [5, ''],
    [2, ' COLLATE "C"'],
    [2, ' COLLATE "und-x-icu"'],
    [2, ' COLLATE "oracle_ci"'],
  ]);
  return random.weighted<() => TypeChoice>([
    [6, () => choice(`text${collate}`, { kind: 'text' })],
    [6, () => choice(`varchar(${length})${collate}`, { kind: 'text', length })],
    [3, () => choice(`char(${length})${collate}`, { kind: 'text', fixed: true, length })],
    [2, () => choice('citext', { kind: 'text' })],
    [1, () => choice('name', { kind: 'text', length: 15, vague: true })],
  ])();
}

function mysqlText(random: Random, engine: Engine): TypeChoice {
  const length = random.pick([1, 5, 10, 40]);
  const collate = random.weighted([
    [4, 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'],
    [2, 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'],
    [2, 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'],
    [
      2,
      engine.name === 'mariadb'
        ? 'CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin'
        : 'CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin',
    ],
    [2, 'CHARACTER SET latin1'],
  ]);
  const latin1 = collate.endsWith('latin1') ? ({ latin1: true } as const) : {};
  return random.weighted<() => TypeChoice>([
    [8, () => choice(`varchar(${length}) ${collate}`, { kind: 'text', length, ...latin1 })],
    [3, () => choice(`char(${length}) ${collate}`, { kind: 'text', fixed: true, length, ...latin1 })],
    [3, () => choice(`text ${collate}`, { kind: 'text', vague: true, ...latin1 }, false)],
    [1, () => choice(`longtext ${collate}`, { kind: 'text', ...latin1 }, false)],
  ])();
}

/** A text column that holds the text of something else. */
function anyText(random: Random, { family }: Engine): TypeChoice {
  if (family === 'postgresql')
    return random.pick([choice('text', { kind: 'text' }), choice('varchar(400)', { kind: 'text', length: 400 })]);
  return choice('varchar(400) CHARACTER SET utf8mb4', { kind: 'text', length: 400 });
}

function precisionOf(random: Random): number {
  return random.weighted([
    [5, 6],
    [3, 3],
    [2, 0],
    [1, random.int(0, 6)],
  ]);
}

function timestamp(random: Random, { family }: Engine): TypeChoice {
  const precision = precisionOf(random);
  const zone = random.chance(0.5);
  const name = family === 'mysql' ? (zone ? 'timestamp' : 'datetime') : zone ? 'timestamptz' : 'timestamp';
  // MySQL's plain `timestamp` is NOT NULL with a default in old versions.
  return choice(`${name}(${precision})`, { kind: 'timestamp', zone, precision });
}

function time(random: Random, { family }: Engine): TypeChoice {
  const precision = precisionOf(random);
  const zone = family === 'postgresql' && random.chance(0.4);
  return choice(`time${zone ? 'tz' : ''}(${precision})`, { kind: 'time', zone, precision });
}

function bytes(random: Random, { family }: Engine): TypeChoice {
  if (family === 'postgresql') return choice('bytea', { kind: 'bytes' });
  const length = random.pick([4, 16, 40]);
  return random.weighted<() => TypeChoice>([
    [3, () => choice(`varbinary(${length})`, { kind: 'bytes', length })],
    [1, () => choice(`binary(${length})`, { kind: 'bytes', fixed: true, length })],
    [2, () => choice('blob', { kind: 'bytes', vague: true }, false)],
  ])();
}

/** PostgreSQL's types that have only a text of their own; what can have no index is not keyable. */
export const POSTGRES_OWN: Record<string, { keyable: boolean; values: readonly string[] }> = {
  'integer[]': {
    keyable: true,
    values: ['{1,2,3}', '{1,3,2}', '{}', '{NULL,1}', '{{1,2},{3,4}}', '[0:1]={1,2}', '{1,2}'],
  },
  'text[]': {
    keyable: true,
    values: ['{a,b}', '{"a,b"}', '{"",NULL}', '{"NULL"}', '{"a\\"b"}', '{"ä"}', '{A,b}', '{"a "}'],
  },
  'numeric[]': { keyable: true, values: ['{1.0,2}', '{1.00,2}', '{1,2}', '{NaN}', '{12345678901234567890.5}'] },
  'timestamptz[]': {
    keyable: true,
    values: ['{"2024-02-29 12:00:00.5+00"}', '{"2024-02-29 13:00:00.5+01"}', '{"2024-02-29 12:00:00.500001+00"}'],
  },
  'double precision[]': {
    keyable: true,
    values: ['{0.1,0.30000000000000004}', '{0.1,0.3}', '{1e22}', '{1e-7,-0}', '{1e-7,0}'],
  },
  int4range: { keyable: true, values: ['[1,5)', '[1,4]', '[1,6)', 'empty', '(,5)', '[1,)', '(,)'] },
  numrange: { keyable: true, values: ['[1.0,5.0)', '[1.00,5.0)', '(1.0,5.0)', 'empty'] },
  tstzrange: {
    keyable: true,
    values: ['["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00")', '["2024-01-01 00:00:00+00",)', 'empty'],
  },
  int4multirange: { keyable: true, values: ['{}', '{[1,3),[5,7)}', '{[1,3)}', '{[1,3),[5,8)}'] },
  inet: {
    keyable: true,
    values: ['10.0.0.1', '10.0.0.1/24', '10.0.0.1/32', '::1', '::1/64', '10.0.0.2', '::ffff:10.0.0.1'],
  },
  cidr: { keyable: true, values: ['10.0.0.0/8', '10.0.0.0/16', '10.0.0.1/32', '2001:db8::/32'] },
  macaddr: { keyable: true, values: ['08:00:2b:01:02:03', '08:00:2b:01:02:04'] },
  'bit(8)': { keyable: true, values: ['10101010', '00000000', '10101011'] },
  'bit varying(12)': { keyable: true, values: ['1', '10', '01', '', '101010101010'] },
  xml: { keyable: false, values: ['<a/>', '<a></a>', '<a>ä</a>', '<a> </a>', '<a b="1"/>'] },
  tsvector: { keyable: true, values: ["'a' 'b'", "'a':1 'b':2", "'a'", ''] },
  point: { keyable: false, values: ['(1,2)', '(2,1)', '(0.1,0.30000000000000004)', '(0.1,0.3)', '(-0,0)'] },
  oid: { keyable: true, values: ['0', '1', '4294967295'] },
  'jsonb[]': { keyable: true, values: ['{"{\\"a\\": 1}"}', '{"{\\"a\\": 2}"}', '{}'] },
  'date[]': { keyable: true, values: ['{2024-02-29}', '{2024-03-01}', '{infinity}'] },
};

export const ENUM_LABELS = ['new', 'New', 'done', 'großartig', "it's", 'a b', ''] as const;

function own(random: Random, engine: Engine, prefix: string): TypeChoice {
  if (engine.family === 'mysql') {
    const labels = ENUM_LABELS.filter((label) => label !== 'New').map((label) => `'${label.replaceAll("'", "''")}'`);
    const charset = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci';
    return random.weighted<() => TypeChoice>([
      [3, () => choice(`enum(${labels.join(',')}) ${charset}`, { kind: 'own', name: 'enum' })],
      [2, () => choice(`set('x','y','z','ü') ${charset}`, { kind: 'own', name: 'set' })],
      ...(engine.name === 'mariadb'
        ? ([[2, () => choice('inet6', { kind: 'own', name: 'inet6' })]] as [number, () => TypeChoice][])
        : []),
    ])();
  }
  if (random.chance(0.3)) {
    const labels = ENUM_LABELS.filter((label) => label !== '').map((label) => `'${label.replaceAll("'", "''")}'`);
    const name = `${prefix}_enum`;
    return {
      ...choice(name, { kind: 'own', name: 'enum' }),
      before: [`CREATE TYPE ${name} AS ENUM (${labels.join(', ')})`],
    };
  }
  if (random.chance(0.1)) {
    const name = `${prefix}_pair`;
    return {
      ...choice(name, { kind: 'own', name: 'composite' }),
      before: [`CREATE TYPE ${name} AS (a integer, b text)`],
    };
  }
  const name = random.pick(Object.keys(POSTGRES_OWN));
  return choice(name, { kind: 'own', name }, POSTGRES_OWN[name]?.keyable ?? false);
}

function opaque(random: Random): TypeChoice {
  return random.pick([
    choice('bit(9)', { kind: 'opaque', name: 'bit' }, false),
    choice('point', { kind: 'opaque', name: 'spatial' }, false),
  ]);
}

/** PostgreSQL: the type behind one or two domains, with what they were declared with. */
function domained(random: Random, base: TypeChoice, prefix: string): TypeChoice {
  const inner = `${prefix}_dom`;
  const outer = `${prefix}_dom2`;
  const before = [...(base.before ?? []), `CREATE DOMAIN ${inner} AS ${base.declared}`];
  if (random.chance(0.5)) return { ...base, declared: inner, before };
  before.push(`CREATE DOMAIN ${outer} AS ${inner}${random.chance(0.5) ? ' CHECK (VALUE IS NULL OR true)' : ''}`);
  return { ...base, declared: outer, before };
}

export const KINDS = [
  'number',
  'text',
  'uuid',
  'json',
  'bytes',
  'date',
  'time',
  'timestamp',
  'interval',
  'own',
  'opaque',
] as const;
export type KindName = (typeof KINDS)[number];

/**
 * A random type of an engine that values of a kind can be put into; undefined where the engine has none.
 * @param prefix for the names of types that must be created
 */
export function typeOf(kind: KindName, engine: Engine, random: Random, prefix: string): TypeChoice | undefined {
  const made = bare(kind, engine, random, prefix);
  if (made === undefined || engine.family !== 'postgresql' || !random.chance(0.1)) return made;
  return domained(random, made, prefix);
}

function bare(kind: KindName, engine: Engine, random: Random, prefix: string): TypeChoice | undefined {
  const postgres = engine.family === 'postgresql';
  switch (kind) {
    case 'number':
      return postgres ? postgresNumber(random) : mysqlNumber(random);
    case 'text':
      return postgres ? postgresText(random) : mysqlText(random, engine);
    case 'uuid':
      if (random.chance(0.35)) return random.chance(0.3) ? fixedText(36, engine) : anyText(random, engine);
      return postgres || engine.name === 'mariadb' ? choice('uuid', { kind: 'uuid' }) : anyText(random, engine);
    case 'json':
      if (random.chance(0.2)) return { ...anyText(random, engine), keyable: false };
      return choice(postgres ? random.pick(['json', 'jsonb']) : 'json', { kind: 'json' }, false);
    case 'bytes':
      return bytes(random, engine);
    case 'date':
      return choice('date', { kind: 'date' });
    case 'time':
      return time(random, engine);
    case 'timestamp':
      return timestamp(random, engine);
    case 'interval':
      if (!postgres || random.chance(0.3)) return anyText(random, engine);
      return random.pick([
        choice('interval', { kind: 'interval', precision: 6 }),
        choice('interval(3)', { kind: 'interval', precision: 3 }),
      ]);
    case 'own':
      return random.chance(0.2) ? anyText(random, engine) : own(random, engine, prefix);
    case 'opaque':
      return postgres ? undefined : opaque(random);
  }
}

function fixedText(length: number, { family }: Engine): TypeChoice {
  return choice(`char(${length})${family === 'mysql' ? ' CHARACTER SET utf8mb4' : ''}`, {
    kind: 'text',
    fixed: true,
    length,
  });
}
