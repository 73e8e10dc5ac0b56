import type { Case, PairCase, Table } from './model.ts';

/** Smaller cases, the boldest first: fewer rows, then fewer columns, options and features. */
export function* smaller(made: Case): Generator<Case> {
  if (made.tables.length > 1)
    for (const at of made.tables.keys()) yield { ...made, tables: made.tables.filter((_, index) => index !== at) };
  for (const [at, pair] of made.tables.entries()) {
    const put = (changed: Partial<PairCase>): Case => ({
      ...made,
      tables: made.tables.map((one, index) => (index === at ? { ...one, ...changed } : one)),
    });
    for (const side of ['source', 'target'] as const) {
      const table = pair[side];
      for (let size = Math.ceil(table.rows.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
        for (let from = 0; from < table.rows.length; from += size)
          yield put({ [side]: { ...table, rows: [...table.rows.slice(0, from), ...table.rows.slice(from + size)] } });
    }
    const names = new Set([...pair.source.columns, ...pair.target.columns].map((column) => column.name));
    for (const list of groups([...names])) yield put({ ...without(pair, new Set(list)) });
    for (const option of Object.keys(pair.own) as (keyof PairCase['own'])[]) {
      const { [option]: _dropped, ...own } = pair.own;
      yield put({ own });
    }
    for (const side of ['source', 'target'] as const) {
      const table = pair[side];
      if (table.after.length > 0) yield put({ [side]: { ...table, after: [] } });
      if (table.suffix !== undefined) {
        const { suffix: _suffix, ...rest } = table;
        yield put({ [side]: { ...rest, parts: [] } });
      }
      if (table.unique.length > 0) yield put({ [side]: { ...table, unique: [] } });
      if (table.indexes.length > 0) yield put({ [side]: { ...table, indexes: [] } });
    }
  }
}

/** Halves, quarters, single ones. */
function* groups(names: readonly string[]): Generator<string[]> {
  for (let size = Math.ceil(names.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < names.length; from += size) yield names.slice(from, from + size);
}

function without({ source, target, own }: PairCase, names: ReadonlySet<string>): Partial<PairCase> {
  const drop = (table: Table): Table => {
    const kept = table.columns.flatMap((column, at) => (names.has(column.name) ? [] : [at]));
    return {
      ...table,
      columns: kept.map((at) => table.columns[at] as Table['columns'][number]),
      rows: table.rows.map((row) => kept.map((at) => row[at])),
      primaryKey: table.primaryKey.filter((name) => !names.has(name)),
      unique: table.unique.filter((list) => !list.some((name) => names.has(name))),
      indexes: table.indexes.filter((list) => !list.some((name) => names.has(name))),
    };
  };
  const list = (of: readonly string[] | undefined) => of?.filter((name) => !names.has(name));
  const kept = {
    ...own,
    ...(own.key === undefined ? {} : { key: list(own.key) as string[] }),
    ...(own.columns === undefined ? {} : { columns: list(own.columns) as string[] }),
    ...(own.ignore === undefined ? {} : { ignore: list(own.ignore) as string[] }),
    ...(own.rules === undefined
      ? {}
      : { rules: Object.fromEntries(Object.entries(own.rules).filter(([name]) => !names.has(name))) }),
    ...(own.rename === undefined
      ? {}
      : {
          rename: Object.fromEntries(
            Object.entries(own.rename).filter(([from, to]) => !names.has(from) && !names.has(to)),
          ),
        }),
  };
  return { source: drop(source), target: drop(target), own: kept };
}

/**
 * The smallest case found for which `fails` still holds, with a bounded number of tries.
 * @param fails must build, run and tear down the case itself
 */
export async function shrink(made: Case, fails: (smaller: Case) => Promise<boolean>, tries = 120): Promise<Case> {
  let best = made;
  let left = tries;
  for (;;) {
    let better: Case | undefined;
    for (const candidate of smaller(best)) {
      if (left-- <= 0) return best;
      if (candidate.tables.some(({ source, target }) => source.columns.length === 0 || target.columns.length === 0))
        continue;
      if (await fails(candidate)) {
        better = candidate;
        break;
      }
    }
    if (better === undefined) return best;
    best = better;
  }
}
