import type { PairSettings, TableRules, TableSettings } from '../config/reconcile-settings.ts';
import type { Targets } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { type RowRules, rulesOf } from './rules.ts';
import type { ReconcileRequest } from './run.ts';
import {
  matchesParts,
  mayBeSameTable,
  type NamePart,
  nameParts,
  referenceOf,
  sameName,
  type TableReference,
} from './table-names.ts';
import type { TablePairReference } from './tables.ts';

/** What a pair of sluice.yaml adds to the command's words. */
export interface PairRequest {
  /** The cluster of the pair's connector. */
  context?: string | undefined;
  /** Of all tables. */
  rules?: RowRules | undefined;
  /** Of single tables, by their text; of one that is listed by its name alone, nothing but the text. */
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
  const twice = listed.find((one, index) => listed.indexOf(one) < index);
  if (twice !== undefined)
    throw fail(`lists the table ${twice} twice`, 'Its settings would be taken for both: leave one out.');
  const given = request.given ?? {};
  const typed = Object.entries(OWN_WORDS).flatMap(([setting, word]) => (given[word] === undefined ? [] : [setting]));
  return {
    ...request,
    ...wordsOf(pair),
    ...request.given,
    tables: request.tables.length > 0 ? request.tables : listed,
    pairRequest: {
      context: pair.context,
      rules: rulesOf(pair, `reconcile.pairs.${name}`),
      tableSettings: (pair.tables ?? []).map((one) =>
        typeof one === 'string'
          ? { table: one }
          : (Object.fromEntries(Object.entries(one).filter(([key]) => !typed.includes(key))) as TableSettings),
      ),
    },
  };
}

/** Settings of a table that may be typed, too: what is typed overrides them. */
const OWN_WORDS = {
  key: 'key',
  columns: 'columns',
  ignore: 'ignore-columns',
  rename: 'rename-columns',
  where: 'where',
} as const;

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

/**
 * The tables, each with the settings that the pair has for it alone: by what is listed word for word, else by its name, which
 * takes precedence over a pattern that it fits. Of several targets of one source, each has its own.
 */
export function withOwnSettings(
  tables: readonly TablePairReference[],
  settings: readonly TableSettings[],
): TablePairReference[] {
  const parsed = settings.map((one): ParsedSettings => {
    const [parts = [], target] = nameParts(one.table, '.=');
    return { settings: one, parts, target: target && referenceOf(target, one.table, 'Write SOURCE=TARGET.') };
  });
  return tables.map((reference) => {
    const { source, written } = reference;
    const own =
      parsed.find((one) => one.settings.table === written) ??
      ofTarget(
        parsed.filter(({ parts }) => isNamed(parts, reference, (a, b) => a === b)),
        reference,
      ) ??
      ofTarget(
        parsed.filter(({ parts }) => isNamed(parts, reference, sameName)),
        reference,
      ) ??
      // A pattern that only lists tables says nothing of them.
      parsed.find(
        ({ settings: { table: _text, ...says }, parts }) =>
          Object.keys(says).length > 0 &&
          hasPattern(parts) &&
          matchesParts(parts, { ...source, database: reference.database }),
      );
    return own === undefined ? reference : { ...reference, own: ownOptions(own.settings) };
  });
}

interface ParsedSettings {
  settings: TableSettings;
  parts: readonly NamePart[];
  target: TableReference | undefined;
}

/** Those for the same target; where no other is meant, those that name none; those of the only target there is. */
function ofTarget(
  found: readonly ParsedSettings[],
  { source, target }: TablePairReference,
): ParsedSettings | undefined {
  const exact = found.find((one) => one.target !== undefined && mayBeSameTable(one.target, target));
  const plain = found.find((one) => one.target === undefined);
  const [only, ...others] = found;
  const isNamed = target.schema !== undefined || !sameName(target.name, source.name);
  return exact ?? plain ?? (others.length === 0 && !isNamed ? only : undefined);
}

/**
 * @param parts of the name in the settings, with a database in front perhaps
 * @param same of names: a table is found whatever its case, and so must be its settings
 */
function isNamed(
  parts: readonly NamePart[],
  { source, database }: TablePairReference,
  same: (a: string, b: string) => boolean,
): boolean {
  const names = [source.name, source.schema, database];
  return parts.toReversed().every(({ text }, at) => {
    const { [at]: name } = names;
    return name === undefined ? at > 0 : same(text, name);
  });
}

function hasPattern(parts: readonly NamePart[]): boolean {
  return parts.some(({ text, quoted }) => !quoted && /[*?]/.test(text));
}

function ownOptions(settings: TableSettings): NonNullable<TablePairReference['own']> {
  const { key, columns, ignore, rename, where }: TableRules = settings;
  const rules = rulesOf(settings, settings.table);
  return Object.fromEntries(
    Object.entries({ key, columns, ignore, rename, where, rules }).filter(([, value]) => value !== undefined),
  );
}
