import type { PairSettings, TableRules, TableSettings } from '../config/reconcile-settings.ts';
import type { Targets } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { type RowRules, rulesOf } from './rules.ts';
import type { ReconcileRequest } from './run.ts';
import { matchesParts, type NamePart, nameParts, sameName, type TableReference } from './table-names.ts';
import type { TablePairReference } from './tables.ts';

/** What a pair of sluice.yaml adds to the command's words. */
export interface PairRequest {
  /** The cluster of the pair's connector. */
  context?: string | undefined;
  /** Of all tables. */
  rules?: RowRules | undefined;
  /** Of single tables, by their text. */
  tableSettings: readonly TableSettings[];
}

/**
 * The request of `--pair NAME`: what was typed goes before what the pair says, and that before the defaults. Tables
 * that were typed take the place of the pair's, with the settings that the pair has for them.
 * @throws PAIR_UNKNOWN, PROJECT_INVALID, REFERENCE_UNRESOLVED
 */
export async function withPair(
  request: ReconcileRequest,
  name: string,
  targets: Targets,
): Promise<ReconcileRequest & { pairRequest: PairRequest }> {
  const pair = await targets.pair(name);
  const fail = (message: string, hint: string) =>
    new SluiceError('PROJECT_INVALID', `reconcile.pairs.${name}: ${message}`, { hint });
  if (pair.connector === undefined && (pair.source === undefined || pair.target === undefined)) {
    throw fail('says neither connector nor source and target', 'Give connector: SINK, or source: DB and target: DB.');
  }
  if (pair.connector === undefined && pair.tables === undefined && request.tables.length === 0) {
    throw fail('names no tables', "Give tables: [orders, 'shop.*'].");
  }
  const tableSettings = (pair.tables ?? []).filter((one) => typeof one !== 'string');
  // Made once here, so that a mistake is found before a database is asked.
  for (const one of tableSettings) rulesOf(one, `reconcile.pairs.${name}.tables.${one.table}`);
  const listed = (pair.tables ?? []).map((one) => (typeof one === 'string' ? one : one.table));
  return {
    ...request,
    ...wordsOf(pair),
    ...request.given,
    tables: request.tables.length > 0 ? request.tables : listed,
    pairRequest: { context: pair.context, rules: rulesOf(pair, `reconcile.pairs.${name}`), tableSettings },
  };
}

/** A pair's keys as the command's words. */
function wordsOf(pair: PairSettings): Partial<ReconcileRequest> {
  const words = {
    connector: pair.connector,
    source: pair.source,
    target: pair.target,
    key: pair.key,
    columns: pair.columns,
    'ignore-columns': pair.ignore,
    'rename-columns': pair.rename,
    where: pair.where,
    mode: pair.mode,
    strong: pair.strong,
    settle: pair.settle,
    'fence-timeout': pair.fenceTimeout,
    marker: pair.marker,
    'marker-table': pair.markerTable,
    'float-tolerance': pair.floatTolerance?.toString(),
    limit: pair.limit,
    'mask-values': pair.maskValues,
    'statement-timeout': pair.statementTimeout,
    'connect-timeout': pair.connectTimeout,
    parallel: pair.parallel,
    'part-rows': pair.partRows,
    'max-load': pair.maxLoad?.toString(),
  };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

/** The tables, each with the settings that the pair has for it alone; a name goes before a pattern that it fits. */
export function withOwnSettings(
  tables: readonly TablePairReference[],
  settings: readonly TableSettings[],
): TablePairReference[] {
  const parsed = settings.map((one) => ({ settings: one, parts: nameParts(one.table, '.=')[0] ?? [] }));
  return tables.map((reference) => {
    const { source } = reference;
    const own =
      parsed.find(({ parts }) => isNamed(parts, source, (a, b) => a === b)) ??
      parsed.find(({ parts }) => isNamed(parts, source, sameName)) ??
      parsed.find(({ parts }) => matchesParts(parts, { ...source, database: reference.database }));
    return own === undefined ? reference : { ...reference, own: ownOptions(own.settings) };
  });
}

/**
 * @param parts of the name in the settings, with a database in front perhaps
 * @param same of names: a table is found whatever its case, and so must be its settings
 */
function isNamed(parts: readonly NamePart[], table: TableReference, same: (a: string, b: string) => boolean): boolean {
  const name = parts.at(-1)?.text ?? '';
  const schema = parts.at(-2)?.text;
  return same(name, table.name) && (schema === undefined || table.schema === undefined || same(schema, table.schema));
}

function ownOptions(settings: TableSettings): NonNullable<TablePairReference['own']> {
  const { key, columns, ignore, rename, where }: TableRules = settings;
  const rules = rulesOf(settings, settings.table);
  return Object.fromEntries(
    Object.entries({ key, columns, ignore, rename, where, rules }).filter(([, value]) => value !== undefined),
  );
}
