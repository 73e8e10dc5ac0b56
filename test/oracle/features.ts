import { qualified } from './ddl.ts';
import { literal } from './literals.ts';
import type { Case, Column, Engine, PairCase, Schemas, Table } from './model.ts';
import { quote } from './names.ts';
import type { Random } from './random.ts';
import { addTrigger } from './triggers.ts';

const INTEGER = { kind: 'integer', min: '-2147483648', max: '2147483647' } as const;

/** What makes a table more than rows and columns; said in `features`. Before the rows are made. */
export function addFeatures(made: Case, schemas: Schemas, random: Random): void {
  const [pair] = made.tables;
  if (pair === undefined || pair.source.columns.length > 100) return;
  const [left, right] = made.engines;
  if (random.chance(0.12)) generated(pair, made, random);
  if (random.chance(0.12)) identity(pair, made, random);
  if (random.chance(0.08)) partition(pair.source, left, made, random);
  if (random.chance(0.08)) partition(pair.target, right, made, random);
  if (random.chance(0.05)) inherit(pair.source, left, made, 'source');
  if (random.chance(0.05)) inherit(pair.target, right, made, 'target');
  if (random.chance(0.08)) references(pair, made, schemas, random);
  if (random.chance(0.1)) addTrigger(pair.target, right, made, random);
}

/** After the rows are made: values of a unique column pass from row to row. */
export function rotate(made: Case, random: Random): void {
  const [pair] = made.tables;
  if (pair === undefined || !random.chance(0.15)) return;
  const { target } = pair;
  const [names] = target.unique;
  const [name] = names ?? [];
  const at = target.columns.findIndex((column) => column.name === name && column.generated === undefined);
  if (at === -1 || target.primaryKey.includes(name ?? '') || target.rows.length < 2) return;
  const count = random.int(2, target.rows.length);
  const values = target.rows.slice(0, count).map((row) => row[at]);
  for (const [index, row] of target.rows.slice(0, count).entries()) row[at] = values[(index + 1) % count];
  made.features.push('rotated');
}

function plainInteger(table: Table): Column | undefined {
  return table.columns.find(
    ({ type, generated: own, identity: counted }) =>
      type.kind === 'integer' && own === undefined && counted === undefined,
  );
}

function generated(pair: PairCase, made: Case, random: Random): void {
  const base = plainInteger(pair.source);
  if (
    base === undefined ||
    !pair.target.columns.some((column) => column.name === base.name && column.type.kind === 'integer')
  )
    return;
  const column = (engine: Engine): Column => ({
    name: 'computed',
    declared: engine.family === 'mysql' ? 'int' : 'integer',
    type: INTEGER,
    nullable: true,
    kind: 'number',
    keyable: false,
  });
  const expression = (engine: Engine, by: number) => `(${quote(base.name, engine)} % ${by})`;
  const [left, right] = made.engines;
  const source = column(left);
  const target = column(right);
  if (random.chance(0.6)) source.generated = expression(left, 7);
  // Another expression cannot be repaired.
  target.generated = expression(right, random.chance(0.8) ? 7 : 5);
  pair.source.columns.push(source);
  pair.target.columns.push(target);
  made.features.push(
    source.generated === undefined || !target.generated.includes('7') ? 'generated otherwise' : 'generated',
  );
}

function identity(pair: PairCase, made: Case, random: Random): void {
  for (const [at, table] of [pair.source, pair.target].entries()) {
    const engine = made.engines[at] as Engine;
    const [name, ...more] = table.primaryKey;
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined || more.length > 0 || column.type.kind !== 'integer' || column.before !== undefined)
      continue;
    if (column.type.display !== undefined || !random.chance(0.7)) continue;
    column.identity = engine.family === 'mysql' ? 'default' : random.pick(['always', 'default']);
    column.nullable = false;
    made.features.push('identity');
  }
}

function partition(table: Table, engine: Engine, made: Case, random: Random): void {
  const [name] = table.primaryKey;
  if (name === undefined || table.unique.length > 0) return;
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined) return;
  made.features.push('partitioned');
  if (engine.family === 'mysql') {
    table.suffix = ' PARTITION BY KEY() PARTITIONS 3';
    return;
  }
  const parts = 3;
  const part = (at: number) => qualified({ schema: table.schema, name: `${table.name}_p${at}` }, engine);
  if (column.type.kind === 'integer' && column.before === undefined && random.chance(0.5)) {
    table.suffix = ` PARTITION BY RANGE (${quote(name, engine)})`;
    table.parts.push(
      `CREATE TABLE ${part(0)} PARTITION OF ${qualified(table, engine)} FOR VALUES FROM (0) TO (10)`,
      `CREATE TABLE ${part(1)} PARTITION OF ${qualified(table, engine)} DEFAULT`,
    );
    return;
  }
  table.suffix = ` PARTITION BY HASH (${quote(name, engine)})`;
  for (let at = 0; at < parts; at++)
    table.parts.push(
      `CREATE TABLE ${part(at)} PARTITION OF ${qualified(table, engine)} FOR VALUES WITH (MODULUS ${parts}, REMAINDER ${at})`,
    );
}

/** Some rows lie in a child: a parent's primary key does not hold them. */
function inherit(table: Table, engine: Engine, made: Case, side: string): void {
  if (engine.family !== 'postgresql' || table.suffix !== undefined) return;
  if (table.columns.some((column) => column.identity !== undefined || column.generated !== undefined)) return;
  const child = `${table.name}_child`;
  table.parts.push(
    `CREATE TABLE ${qualified({ schema: table.schema, name: child }, engine)} () INHERITS (${qualified(table, engine)})`,
  );
  table.child = { name: child, from: 0 };
  made.features.push(`inherited ${side}`);
}

/** A second pair of tables whose rows refer to those of the first. */
function references(pair: PairCase, made: Case, schemas: Schemas, random: Random): void {
  const [name, ...more] = pair.target.primaryKey;
  const column = pair.target.columns.find((one) => one.name === name);
  const origin = pair.source.columns.find((one) => one.name === name);
  if (name === undefined || more.length > 0 || column === undefined || origin === undefined) return;
  if (pair.target.suffix !== undefined || column.identity !== undefined || !pair.source.primaryKey.includes(name))
    return;
  const acts = random.pick(['', '', '', ' ON DELETE CASCADE', ' ON DELETE SET NULL', ' ON UPDATE CASCADE']);
  const table = (schema: string, of: Column, engine: Engine): Table => ({
    schema,
    name: `t${made.index}_child`,
    columns: [
      {
        name: 'id',
        declared: engine.family === 'mysql' ? 'int' : 'integer',
        type: INTEGER,
        nullable: false,
        kind: 'number',
        keyable: true,
      },
      { ...stripped(of), name: 'ref', nullable: true },
      {
        name: 'note',
        declared: engine.family === 'mysql' ? 'varchar(20) CHARACTER SET utf8mb4' : 'varchar(20)',
        type: { kind: 'text', length: 20 },
        nullable: true,
        kind: 'text',
        keyable: true,
      },
    ],
    primaryKey: ['id'],
    unique: [],
    indexes: engine.family === 'mysql' ? [['ref']] : [],
    parts: [],
    after: [],
    rows: [],
  });
  const [left, right] = made.engines;
  const child: PairCase = {
    source: table(schemas.source, origin, left),
    target: table(schemas.target, column, right),
    own: {},
  };
  const ref = quote('ref', right);
  const parent = qualified(pair.target, right);
  child.target.after.push(
    `DELETE FROM ${qualified(child.target, right)} WHERE ${ref} IS NOT NULL AND ${ref} NOT IN (SELECT ${quote(name, right)} FROM ${parent})`,
    `ALTER TABLE ${qualified(child.target, right)} ADD FOREIGN KEY (${ref}) REFERENCES ${parent} (${quote(name, right)})${acts}`,
  );
  if (random.chance(0.5)) made.tables.unshift(child);
  else made.tables.push(child);
  made.features.push(`foreign key${acts}`);
}

/** A column of the same type that creates nothing of its own. */
function stripped({ before: _before, identity: _identity, ...column }: Column): Column {
  return column;
}

/** The children's references, which must be values of the parents' keys. */
export function fillReferences(made: Case, random: Random): void {
  const child = made.tables.find(
    (pair) => pair.source.name.endsWith('_child') && pair.source.columns[1]?.name === 'ref',
  );
  const parent = made.tables.find((pair) => pair !== child);
  if (child === undefined || parent === undefined) return;
  for (const [side, at] of [
    ['source', 0],
    ['target', 1],
  ] as const) {
    const keys = parent[side].rows.map(
      (row) => row[parent[side].columns.findIndex((column) => column.name === parent.target.primaryKey[0])],
    );
    child[side].rows = child[side].rows.map((row, index) => [
      literal(made.engines[at], INTEGER_COLUMN, String(index + 1)),
      keys.length === 0 || random.chance(0.1) ? 'NULL' : keys[index % keys.length],
      row[2],
    ]);
  }
}

const INTEGER_COLUMN = { type: INTEGER, kind: 'number' } as const;
