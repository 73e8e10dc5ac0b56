import { addFeatures, fillReferences, rotate } from './features.ts';
import type { Case, Column, Engine, OwnOptions, PairCase, Schemas, Table } from './model.ts';
import { columnNames, ODD_SCHEMA, tableName, twin } from './names.ts';
import { Random } from './random.ts';
import { fillRows } from './rows.ts';
import { randomRules } from './rules.ts';
import { KINDS, type KindName, type TypeChoice, typeOf } from './types.ts';

const KIND_WEIGHTS: readonly (readonly [number, KindName])[] = [
  [10, 'number'],
  [10, 'text'],
  [3, 'uuid'],
  [4, 'json'],
  [3, 'bytes'],
  [3, 'date'],
  [3, 'time'],
  [6, 'timestamp'],
  [2, 'interval'],
  [4, 'own'],
  [1, 'opaque'],
];

/** A case by its number alone: the same number gives the same tables, rows and options. */
export function makeCase(seed: number, index: number, engines: readonly [Engine, Engine], schemas: Schemas): Case {
  const random = new Random(seed, index);
  const made: Case = { seed, index, engines, tables: [makePair(index, engines, schemas, random)], features: [] };
  addFeatures(made, schemas, random);
  for (const pair of made.tables) {
    fillRows(pair, engines, random);
    for (const table of [pair.source, pair.target])
      if (table.child !== undefined) table.child.from = random.int(0, table.rows.length);
  }
  fillReferences(made, random);
  rotate(made, random);
  return made;
}

export function makePair(
  index: number,
  engines: readonly [Engine, Engine],
  schemas: Schemas,
  random: Random,
): PairCase {
  const wide = random.chance(0.004);
  const count = wide
    ? 1500
    : random.weighted([
        [3, random.int(1, 3)],
        [5, random.int(2, 6)],
        [1, random.int(6, 14)],
      ]);
  const names = wide ? Array.from({ length: count }, (_, at) => `c${at + 1}`) : columnNames(count, random);
  const name = tableName(index, random);
  const pairs = names.map((column, at) =>
    wide ? narrow(column, at, engines) : columnPair(column, at, index, engines, random),
  );
  const source: Table = empty(
    schemas.source,
    name,
    pairs.map(({ source: one }) => one),
  );
  const target: Table = empty(
    schemas.target,
    random.chance(0.9) ? name : `${name}_copy`,
    pairs.map(({ target: one }) => one),
  );
  const own: OwnOptions = {};
  for (const [at, table] of [source, target].entries())
    if (engines[at]?.family === 'postgresql' && random.chance(0.08)) table.schema = ODD_SCHEMA;
  if (!wide) {
    oneSided(source, target, engines, random);
    rename(target, own, random);
    twins(source, target, engines, random);
  }
  keys(source, target, random);
  if (random.chance(0.3)) target.columns = random.shuffle(target.columns);
  columnOptions(source, target, own, random);
  randomRules(source, target, own, engines, random);
  return { source, target, own };
}

function empty(schema: string, name: string, columns: Column[]): Table {
  return { schema, name, columns, primaryKey: [], unique: [], indexes: [], parts: [], after: [], rows: [] };
}

/** So many columns that only narrow ones fit into a row. */
function narrow(name: string, at: number, engines: readonly [Engine, Engine]): { source: Column; target: Column } {
  const [source, target] = engines.map(({ family }): Column => {
    const type: TypeChoice =
      at % 7 === 3
        ? {
            declared: `varchar(3)${family === 'mysql' ? ' CHARACTER SET latin1' : ''}`,
            type: { kind: 'text', length: 3, latin1: true },
            keyable: false,
          }
        : {
            declared: family === 'mysql' ? 'tinyint' : 'smallint',
            type: { kind: 'integer', min: '-128', max: '127' },
            keyable: at === 0,
          };
    return { name, ...type, kind: type.type.kind === 'text' ? 'text' : 'number', nullable: at > 0 };
  }) as [Column, Column];
  return { source, target };
}

function columnPair(
  name: string,
  at: number,
  index: number,
  engines: readonly [Engine, Engine],
  random: Random,
): { source: Column; target: Column } {
  const prefix = `o${index}_${at + 1}`;
  for (;;) {
    const kind = random.weighted(KIND_WEIGHTS);
    const source = typeOf(kind, engines[0], random, prefix);
    if (source === undefined) continue;
    const target = targetType(kind, source, engines, random, prefix);
    if (target === undefined) continue;
    const nullable = [random.chance(0.6), random.chance(0.6)];
    return {
      source: { name, ...source, kind: kindOf(kind, source), nullable: nullable[0] as boolean },
      target: { name, ...target.type, kind: kindOf(target.kind, target.type), nullable: nullable[1] as boolean },
    };
  }
}

/** What is inserted: of own texts the type's, where the type has one. */
function kindOf(kind: KindName, { type }: TypeChoice): string {
  return kind === 'own' && type.kind === 'own' ? `own ${type.name}` : kind;
}

function targetType(
  kind: KindName,
  source: TypeChoice,
  engines: readonly [Engine, Engine],
  random: Random,
  prefix: string,
): { kind: KindName; type: TypeChoice } | undefined {
  const [left, right] = engines;
  const same = left.name === right.name;
  // Two types that have no common form, most likely.
  if (random.chance(0.03)) {
    const other = random.pick(KINDS);
    const type = typeOf(other, right, random, `${prefix}x`);
    return type === undefined ? undefined : { kind: other, type };
  }
  if (same && random.chance(0.5)) return { kind, type: source };
  if (kind === 'own') {
    if (source.type.kind === 'own' && same && random.chance(0.7)) return { kind, type: source };
    if (random.chance(0.9)) return textFor(right, random);
  }
  const type = typeOf(kind, right, random, prefix);
  if (type === undefined) return undefined;
  // A type of one name must not be made twice with two meanings.
  if (type.before !== undefined && source.before !== undefined && !same) return undefined;
  return { kind, type };
}

function textFor({ family }: Engine, random: Random): { kind: KindName; type: TypeChoice } {
  const declared = family === 'mysql' ? 'varchar(400) CHARACTER SET utf8mb4' : random.pick(['text', 'varchar(400)']);
  const length = declared === 'text' ? {} : { length: 400 };
  return { kind: 'own', type: { declared, type: { kind: 'text', ...length }, keyable: true } };
}

function oneSided(source: Table, target: Table, engines: readonly [Engine, Engine], random: Random): void {
  if (random.chance(0.06)) {
    const type = typeOf('number', engines[1], random, 'z');
    if (type !== undefined && type.before === undefined)
      target.columns.push({ name: 'only_target', ...type, kind: 'number', nullable: true });
  }
  if (random.chance(0.04) && source.columns.length > 2)
    target.columns.splice(random.int(0, target.columns.length - 1), 1);
}

function rename(target: Table, own: OwnOptions, random: Random): void {
  if (!random.chance(0.1)) return;
  const column = random.pick(target.columns);
  if (column.name === 'only_target') return;
  own.rename = { [column.name]: 'renamed' };
  column.name = 'renamed';
}

/** Two columns whose names differ in case only, on a side that can have both. */
function twins(source: Table, target: Table, engines: readonly [Engine, Engine], random: Random): void {
  if (!random.chance(0.06)) return;
  for (const [at, table] of [source, target].entries()) {
    if (engines[at]?.family !== 'postgresql' || !random.chance(0.7)) continue;
    const column = random.pick(table.columns);
    const name = twin(column.name);
    if (name === undefined || column.before !== undefined) continue;
    if (!table.columns.some((one) => one.name === name)) table.columns.push({ ...column, name, keyable: false });
  }
}

function keys(source: Table, target: Table, random: Random): void {
  const shared = source.columns.filter(
    (column) => column.keyable && target.columns.some((other) => other.name === column.name && other.keyable),
  );
  const own = source.columns.filter((column) => column.keyable);
  const chosen = (from: readonly Column[]) =>
    random
      .shuffle(from)
      .slice(
        0,
        random.weighted([
          [6, 1],
          [3, 2],
          [1, 3],
        ]),
      )
      .map((column) => column.name);
  const kind = random.weighted([
    [7, 'both'],
    [2, 'source'],
    [1, 'target'],
    [1, 'unique'],
    [1, 'other'],
    [1.5, 'none'],
  ]);
  const names = chosen(shared.length > 0 ? shared : own);
  if (names.length > 0) {
    const has = (table: Table) =>
      names.every((name) => table.columns.some((column) => column.name === name && column.keyable));
    if (kind === 'both' || kind === 'source') source.primaryKey = names;
    if ((kind === 'both' || kind === 'target') && has(target)) target.primaryKey = names;
    if (kind === 'source' && has(target))
      random
        .weighted([
          [1, target.indexes],
          [1, []],
        ])
        .push(names);
    if (kind === 'unique') {
      source.unique.push(names);
      if (has(target) && random.chance(0.7)) target.unique.push(names);
    }
    if (kind === 'other') {
      source.primaryKey = names;
      const others = chosen(target.columns.filter((column) => column.keyable));
      if (others.length > 0) target.primaryKey = others;
    }
  }
  if (random.chance(0.15)) {
    const extra = chosen(target.columns.filter((column) => column.keyable && !target.primaryKey.includes(column.name)));
    if (extra.length > 0) target.unique.push(extra);
  }
}

function columnOptions(source: Table, target: Table, own: OwnOptions, random: Random): void {
  const folded = new Map<string, number>();
  for (const table of [source, target])
    for (const name of new Set(table.columns.map((column) => column.name)))
      folded.set(name.toLowerCase(), (folded.get(name.toLowerCase()) ?? 0) + (table === source ? 1 : 10));
  // Only names of which each side has one, by any case.
  const clear = source.columns.filter(
    ({ name }) =>
      (folded.get(name.toLowerCase()) === 11 || folded.get(name.toLowerCase()) === 1) &&
      own.rename?.[name] === undefined,
  );
  const common = clear.filter(({ name }) => folded.get(name.toLowerCase()) === 11);
  if (clear.length > 1 && random.chance(0.06)) own.ignore = [random.pick(clear).name];
  if (clear.length > 2 && random.chance(0.06)) own.columns = random.some(clear, 2).map(({ name }) => name);
  const ignored = new Set(own.ignore);
  const free = common.filter(({ name }) => !ignored.has(name));
  if (free.length > 0 && random.chance(0.1))
    own.key = random.some(free, random.int(1, Math.min(2, free.length))).map(({ name }) => name);
  const numeric = free.filter(
    ({ name, type }) =>
      /^c\d+$/.test(name) &&
      type.kind === 'integer' &&
      type.display === undefined &&
      target.columns.some(
        (other) =>
          other.name === name &&
          (other.type.kind === 'integer' || (other.type.kind === 'decimal' && !other.type.money)),
      ),
  );
  const [filter] = numeric;
  if (filter !== undefined && random.chance(0.2))
    own.where = random.pick([
      `${filter.name} > 2`,
      `${filter.name} IS NOT NULL`,
      `${filter.name} < 5 OR ${filter.name} = 7`,
      `(${filter.name} % 2) = 0`,
    ]);
}
