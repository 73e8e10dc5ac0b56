import { literal } from './literals.ts';
import type { Column, Engine, PairCase, Table } from './model.ts';
import type { Random } from './random.ts';
import { POSTGRES_OWN } from './types.ts';
import { nearValue, ownValue, randomValue } from './values.ts';

/** Values by the source's columns, before any engine has seen them; null is NULL. */
type Values = (string | null)[];

const FATES = [
  [60, 'same'],
  [14, 'near'],
  [4, 'null'],
  [4, 'random'],
  [3, 'swap columns'],
  [4, 'swap rows'],
  [4, 'missing'],
  [4, 'extra'],
  [3, 'twice'],
] as const;

/** Random rows of the source, and on the target the same ones but for some near misses. */
export function fillRows({ source, target, own }: PairCase, engines: readonly [Engine, Engine], random: Random): void {
  const wide = source.columns.length > 100;
  const count = wide
    ? 4
    : random.weighted([
        [1, 0],
        [2, 1],
        [3, random.int(2, 6)],
        [8, random.int(5, 30)],
        [1, random.int(60, 200)],
        // More than a batch of what is streamed.
        [source.columns.length <= 4 ? 0.15 : 0, random.int(1200, 2500)],
      ]);
  const equal = random.chance(0.25);
  const values = Array.from({ length: count }, (_, at) =>
    source.columns.map((column) => sourceValue(column, engines[0], at, source, random)),
  );
  source.rows = values.map((row) => write(source, engines[0], row));
  // Which value of the source's row a column of the target gets.
  const origin = target.columns.map((column) => {
    const from = Object.entries(own.rename ?? {}).find(([, to]) => to === column.name)?.[0] ?? column.name;
    return source.columns.findIndex((one) => one.name === from);
  });
  const copied = (row: Values) =>
    target.columns.map((column, at) => row[origin[at] ?? -1] ?? (origin[at] === -1 ? any(column, random) : null));
  const edited = (row: Values, at: number): Values[] => {
    const fate = equal ? 'same' : random.weighted(FATES);
    const copy = copied(row);
    const column = random.int(0, Math.max(0, copy.length - 1));
    const other = random.int(0, Math.max(0, copy.length - 1));
    switch (fate) {
      case 'near':
        copy[column] = near(target.columns[column], copy[column] ?? null, random);
        return [copy];
      case 'null':
        copy[column] = copy[column] === null ? '' : null;
        return [copy];
      case 'random':
        copy[column] = any(target.columns[column], random);
        return [copy];
      case 'swap columns':
        [copy[column], copy[other]] = [copy[other] ?? null, copy[column] ?? null];
        return [copy];
      case 'swap rows':
        copy[column] = copied(values[(at + 1) % values.length] ?? row)[column] ?? null;
        return [copy];
      case 'missing':
        return [];
      case 'extra':
        return [copy, copied(source.columns.map((one) => any(one, random)))];
      case 'twice':
        return [copy, [...copy]];
      default:
        return [copy];
    }
  };
  target.rows = values.flatMap((row, at) => edited(row, at).map((one) => write(target, engines[1], one)));
  if (count === 0 && random.chance(0.3))
    target.rows = [write(target, engines[1], copied(source.columns.map((one) => any(one, random))))];
}

function any(column: Column | undefined, random: Random): string | null {
  if (column === undefined || random.chance(0.1)) return null;
  return column.kind.startsWith('own ') ? ownValue(column.kind.slice(4), random) : randomValue(column.kind, random);
}

function near(column: Column | undefined, value: string | null, random: Random): string | null {
  if (column === undefined || value === null) return any(column, random);
  return column.kind.startsWith('own ') ? any(column, random) : nearValue(column.kind, value, random);
}

/** One that the source can hold, if a few tries give one. Integer keys are mostly in a row. */
function sourceValue(column: Column, engine: Engine, at: number, table: Table, random: Random): string | null {
  const key = table.primaryKey.includes(column.name);
  if (column.nullable && !key && random.chance(0.12)) return null;
  if (key && column.type.kind === 'integer' && column.kind === 'number' && random.chance(0.7)) {
    const next = String(at + 1);
    if (literal(engine, column, next) !== undefined) return next;
  }
  for (let tries = 0; tries < 12; tries++) {
    const value = any(column, random);
    if (value !== null && literal(engine, column, value) !== undefined) return value;
  }
  return null;
}

function write(table: Table, engine: Engine, row: Values): (string | undefined)[] {
  return table.columns.map((column, at) => {
    if (column.generated !== undefined) return undefined;
    const value = row[at] ?? null;
    const written = value === null ? undefined : literal(engine, column, value);
    if (written !== undefined) return written;
    // The type cannot hold it: NULL if it may be, else something that the type can always hold.
    const needed = !column.nullable || table.primaryKey.includes(column.name);
    return needed ? fallback(column, engine) : 'NULL';
  });
}

function fallback(column: Column, engine: Engine): string {
  const candidates = [
    '0',
    '1',
    '',
    'a',
    '2024-02-29',
    '12:34:56',
    '2024-02-29 12:34:56',
    '{}',
    'PT0S',
    '00000000',
    '61616161'.repeat(10),
    'new',
  ];
  if (column.kind.startsWith('own ')) candidates.unshift(...ownFallbacks(column.kind.slice(4)));
  const byKind: Record<string, string> = {
    uuid: '00000000-0000-0000-0000-00000000000a',
    json: '{}',
    date: '2024-02-29',
    time: '12:34:56',
    timestamp: '2024-02-29 12:34:56',
    interval: 'PT0S',
    number: '1',
    text: 'a',
    bytes: column.type.kind === 'bytes' && column.type.fixed ? '61'.repeat(column.type.length ?? 1) : '61',
    opaque: '1',
  };
  const own = byKind[column.type.kind] ?? byKind[column.kind];
  for (const value of own === undefined ? candidates : [own, ...candidates]) {
    const written = literal(engine, column, value);
    if (written !== undefined) return written;
  }
  return 'NULL';
}

function ownFallbacks(name: string): string[] {
  if (name === 'set') return ['x'];
  if (name === 'inet6') return ['::1'];
  if (name === 'composite') return ['(1,a)'];
  return [POSTGRES_OWN[name]?.values[0] ?? 'new'];
}
