import type { PairSettings, TableRules, TableSettings } from '../config/reconcile-settings.ts';
import type { Targets } from '../config/targets.ts';
import {
  matchesParts,
  mayBeSameTable,
  type NamePart,
  nameParts,
  referenceOf,
  sameName,
  type TableReference,
} from '../databases/table-names.ts';
import { SluiceError } from '../errors/error.ts';
import { durationMs } from '../text/duration.ts';
import { defined } from '../text/own.ts';
import { rulesOf } from './columns/rules.ts';
import { isTolerance, type PairTables, type ReconcileDefaults, type ReconcileRequest } from './request.ts';
import { type ListedTables, parseTablePair, type TablePairReference } from './tables.ts';

/**
 * Merges a request with a pair from sluice.yaml; the request overrides the pair. Tables in the request replace the
 * pair's list, but keep the settings that the pair has for them.
 * @throws PAIR_UNKNOWN, PROJECT_INVALID, REFERENCE_UNRESOLVED
 */
export async function withPair(
  request: ReconcileRequest & { tables: readonly string[] },
  name: string,
  targets: Targets,
): Promise<{ settings: ReconcileRequest & { tables: readonly string[] }; pair: PairTables }> {
  const pair = await targets.pair(name);
  const where = `reconcile.pairs.${name}`;
  const fail = (message: string, hint: string) => new SluiceError('PROJECT_INVALID', `${where}${message}`, { hint });
  if (pair.connector === undefined && (pair.source === undefined || pair.target === undefined)) {
    throw fail(': has neither connector nor source and target', 'Set connector: SINK, or source: DB and target: DB.');
  }
  if (pair.connector === undefined && pair.tables === undefined && request.tables.length === 0) {
    throw fail(': names no tables', "Set tables: [orders, 'shop.*'].");
  }
  const tableSettings = (pair.tables ?? []).filter((one) => typeof one !== 'string');
  // Parsed here once to report mistakes before any database is contacted.
  for (const one of tableSettings) rulesOf(one, `${where}.tables.${one.table}`);
  const listed = (pair.tables ?? []).map((one) => (typeof one === 'string' ? one : one.table));
  const twice = listed.find((one, index) => listed.indexOf(one) < index);
  if (twice !== undefined)
    throw fail(`: lists the table ${twice} twice`, 'Remove one: its settings would apply to both.');
  const overridden = Object.entries(OF_ONE_TABLE).flatMap(([setting, own]) =>
    request[own] === undefined ? [] : [setting],
  );
  return {
    settings: {
      ...requestOf(pair, fail),
      ...defined(request),
      tables: request.tables.length > 0 ? request.tables.flatMap((text) => expandListedName(text, listed)) : listed,
    },
    pair: {
      context: pair.context,
      rules: rulesOf(pair, where),
      tableSettings: (pair.tables ?? []).map((one) =>
        typeof one === 'string'
          ? { table: one }
          : (Object.fromEntries(Object.entries(one).filter(([key]) => !overridden.includes(key))) as TableSettings),
      ),
    },
  };
}

/**
 * A table name that the pair lists with a target means that table pair, or each of them.
 * @throws REQUEST_INVALID if it may be a table of another schema
 */
function expandListedName(text: string, listed: readonly string[]): readonly string[] {
  const [parts = [], target] = nameParts(text, '.=');
  if (target !== undefined || hasPattern(parts) || listed.includes(text)) return [text];
  const named = listed.flatMap((entry) => {
    const [own = [], into] = nameParts(entry, '.=');
    return hasPattern(own) ? [] : [{ entry, own, into }];
  });
  const ends = (same: (a: string, b: string) => boolean) =>
    named.filter(({ own }) => {
      const [a, b] = [own.toReversed(), parts.toReversed()];
      return a.slice(0, b.length).every((part, at) => same(part.text, b[at]?.text ?? ''));
    });
  const exact = ends((a, b) => a === b);
  const found = exact.length > 0 ? exact : ends(sameName);
  if (found.length === 0 || found.some(({ into }) => into === undefined)) return [text];
  const vague = found.find(({ own }) => own.length < parts.length);
  if (vague === undefined) return found.map(({ entry }) => entry);
  throw new SluiceError('REQUEST_INVALID', `"${text}" is ambiguous: the pair lists ${vague.entry}`, {
    hint: `Write it as the pair does, or with its target: '${text}=TARGET'.`,
  });
}

/** Settings of a table that a request may have for all of them: the request overrides them. */
const OF_ONE_TABLE = {
  key: 'key',
  columns: 'columns',
  ignore: 'ignoreColumns',
  rename: 'renameColumns',
  where: 'where',
} as const;

/** A pair's settings as those of a request. */
function requestOf(pair: PairSettings, fail: (message: string, hint: string) => SluiceError): ReconcileRequest {
  const duration = (key: 'settle' | 'fenceTimeout' | 'statementTimeout' | 'connectTimeout') => {
    const { [key]: text } = pair;
    const ms = text === undefined ? undefined : durationMs(text);
    if (text !== undefined && ms === undefined)
      throw fail(`.${key}: "${text}" is not a valid duration`, 'Write it as 500ms, 30s, 2m or 1h.');
    return ms;
  };
  const { floatTolerance } = pair;
  if (floatTolerance !== undefined && !isTolerance(floatTolerance))
    throw fail(
      `.floatTolerance: ${floatTolerance} is not a valid tolerance`,
      'Write a number from 0 to 1, such as 1e-9.',
    );
  const settings: ReconcileRequest = {
    connector: pair.connector,
    source: pair.source,
    target: pair.target,
    key: pair.key,
    columns: pair.columns,
    ignoreColumns: pair.ignore,
    renameColumns: pair.rename,
    where: pair.where,
    marker: pair.marker,
    markerTable: pair.markerTable,
    floatTolerance,
    maskValues: pair.maskValues,
    partRows: pair.partRows,
    maxLoad: pair.maxLoad,
  };
  const defaulted: Partial<Record<keyof ReconcileDefaults, unknown>> = {
    mode: pair.mode,
    strong: pair.strong,
    settle: duration('settle'),
    fenceTimeout: duration('fenceTimeout'),
    limit: pair.limit,
    parallel: pair.parallel,
    statementTimeout: duration('statementTimeout'),
    connectTimeout: duration('connectTimeout'),
  };
  return defined({ ...settings, ...defaulted }) as ReconcileRequest;
}

/**
 * Adds the pair's settings for each table: by the exact entry, else by name, else by a matching pattern. With several
 * targets for one source, each has its own.
 */
export function withOwnSettings(
  tables: readonly TablePairReference[],
  settings: readonly TableSettings[],
): TablePairReference[] {
  const parsed = settings.map((one) => parsedSettings(one));
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
      ofPattern(parsed, { ...source, database: reference.database });
    return own === undefined ? reference : { ...reference, own: ownOptions(own.settings) };
  });
}

/** A pattern without settings only lists tables. */
function ofPattern(
  all: readonly ParsedSettings[],
  table: TableReference & { database?: string | undefined },
): ParsedSettings | undefined {
  return all.find(
    ({ settings: { table: _text, ...says }, parts }) =>
      Object.keys(says).length > 0 && hasPattern(parts) && matchesParts(parts, table),
  );
}

/** The pair's settings for tables that a pattern expands to. */
export function listedTables(settings: readonly TableSettings[]): ListedTables {
  const parsed = settings.map((one) => parsedSettings(one));
  return {
    named: parsed
      .filter(({ parts }) => !hasPattern(parts) && parts.length <= 2)
      .map((one) => ({ ...parseTablePair(one.settings.table), own: ownOptions(one.settings) })),
    own(table) {
      const found = ofPattern(parsed, table);
      return found === undefined ? undefined : ownOptions(found.settings);
    },
  };
}

function parsedSettings(one: TableSettings): ParsedSettings {
  const [parts = [], target] = nameParts(one.table, '.=');
  return { settings: one, parts, target: target && referenceOf(target, one.table, 'Write SOURCE=TARGET.') };
}

interface ParsedSettings {
  settings: TableSettings;
  parts: readonly NamePart[];
  target: TableReference | undefined;
}

/** Settings for the same target; else those without a target; else those of the only target. */
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
 * @param parts of the name in the settings, possibly with a database in front
 * @param same compares names: tables are found ignoring case, so their settings must be, too
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
  return defined({ key, columns, ignore, rename, where, rules });
}
