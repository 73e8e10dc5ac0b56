import { toErrorDocument } from '../../src/errors/error.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { silentProgress } from '../../src/ports/progress.ts';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import { type ReconcileOptions, reconcile } from '../../src/reconcile/reconcile.ts';
import type { ReconcileReport } from '../../src/reconcile/report.ts';
import { mergeReports } from '../../src/reconcile/shards/merge-reports.ts';
import { fill, type OracleDatabase, readTable } from './database.ts';
import { createStatements, qualified } from './ddl.ts';
import { judgeTable, type Sides } from './judge.ts';
import type { Case, Mismatch, PairCase, Table } from './model.ts';
import type { RunOptions } from './options.ts';

export const ports = { clock: systemClock, logger: silentLogger, progress: silentProgress };

export interface Site {
  source: OracleDatabase;
  target: OracleDatabase;
  /** What reconcile is given, where it is not the oracle's own login. */
  urls?: { source: string; target: string };
}

/** Makes both sides of a case; rejects where an engine refuses a table, which is then no case at all. */
export async function build(site: Site, made: Case): Promise<void> {
  for (const pair of made.tables) {
    for (const side of ['source', 'target'] as const) {
      const database = site[side];
      const table = pair[side];
      await database.run(createStatements(table, database.engine).join(';\n'));
      await fill(database, table);
    }
  }
  for (const pair of made.tables)
    for (const side of ['source', 'target'] as const)
      if (pair[side].after.length > 0) await site[side].run(pair[side].after.join(';\n'));
}

export async function demolish(site: Site, made: Case): Promise<void> {
  for (const side of ['source', 'target'] as const) {
    const { engine } = site[side];
    if (engine.family === 'mysql') await site[side].run('SET FOREIGN_KEY_CHECKS = 0');
    for (const pair of made.tables.toReversed()) {
      const table = pair[side];
      const cascade = engine.family === 'postgresql' ? ' CASCADE' : '';
      await site[side].run(`DROP TABLE IF EXISTS ${qualified(table, engine)}${cascade}`).catch(() => {});
      for (const statement of [...table.columns].reverse().flatMap((column) => [...(column.before ?? [])].reverse())) {
        const [, what, name] = /^CREATE (TYPE|DOMAIN) (\S+)/.exec(statement) ?? [];
        if (what !== undefined) await site[side].run(`DROP ${what} IF EXISTS ${name} CASCADE`).catch(() => {});
      }
    }
    if (engine.family === 'mysql') await site[side].run('SET FOREIGN_KEY_CHECKS = 1');
  }
}

export async function readPair(site: Site, pair: PairCase, where = pair.own.where): Promise<Sides> {
  const [source, target] = await Promise.all([
    readTable(site.source, pair.source, where),
    readTable(site.target, pair.target, where),
  ]);
  return { source, target };
}

function reference({ source, target, own }: PairCase) {
  const name = (table: Table) => ({ schema: table.schema, name: table.name });
  const { where, ...columns } = own;
  return { source: name(source), target: name(target), own: { ...columns, ...(where === undefined ? {} : { where }) } };
}

export function optionsFor(site: Site, cases: readonly Case[], run: RunOptions): ReconcileOptions {
  const { fence, shards: _shards, ...rest } = run;
  return {
    source: { name: 'source', url: site.urls?.source ?? site.source.url },
    target: { name: 'target', url: site.urls?.target ?? site.target.url },
    tables: cases.flatMap((made) => made.tables.map(reference)),
    statementTimeout: 0,
    connectTimeout: 10_000,
    ...rest,
    ...(fence ? { fence: { kind: 'time' as const, pass: async () => undefined } } : {}),
  };
}

/** One run, or one for each share, whose reports are put together as `reconcile merge` does. */
export async function run(site: Site, cases: readonly Case[], options: RunOptions): Promise<ReconcileReport> {
  const { shards } = options;
  if (shards === undefined) return reconcile(optionsFor(site, cases, options), ports);
  const reports = [];
  for (let index = 1; index <= shards; index++) {
    const report = await reconcile({ ...optionsFor(site, cases, options), shard: { index, of: shards } }, ports);
    const tables = report.tables.map(({ error, ...table }) =>
      error === undefined ? table : { ...table, error: toErrorDocument(error) },
    );
    reports.push({
      name: `shard ${index}`,
      document: JSON.parse(JSON.stringify({ schemaVersion: 1, ...report, tables })) as unknown,
    });
  }
  return mergeReports(reports, options.limit);
}

/** Compares cases in one run and judges each; a run that throws is a mismatch of all of them. */
export async function compareCases(
  site: Site,
  cases: readonly Case[],
  options: RunOptions,
): Promise<Map<Case, Mismatch[]>> {
  const found = new Map<Case, Mismatch[]>();
  let report: ReconcileReport;
  try {
    report = await run(site, cases, options);
  } catch (error) {
    if (cases.length === 1) return new Map([[cases[0] as Case, [thrown(error)]]]);
    // Which of them it was shows when each is run alone.
    for (const made of cases) for (const [one, list] of await compareCases(site, [made], options)) found.set(one, list);
    return found;
  }
  const unequal = report.tables.filter((table) => table.verdict !== 'equal');
  if (reconcileExit(report) === 0 && unequal.length > 0 && cases[0] !== undefined) {
    const detail = unequal.map((table) => `${table.source}: ${table.verdict}`).join(', ');
    found.set(cases[0], [{ kind: 'exit 0', signature: 'exit 0 though not all is equal', table: '', detail }]);
  }
  let at = 0;
  for (const made of cases) {
    const list: Mismatch[] = found.get(made) ?? [];
    for (const pair of made.tables) {
      const table = report.tables[at++];
      if (table === undefined) {
        list.push({ kind: 'table left out', signature: 'table left out', table: pair.source.name, detail: '' });
        continue;
      }
      const rows = await readPair(site, pair).catch((error: unknown) => ({ error }));
      if ('error' in rows) {
        // A case that the oracle itself cannot read is a fault of its own, and not to be passed over.
        list.push({ ...thrown(rows.error), kind: 'the oracle failed', table: pair.source.name });
        continue;
      }
      list.push(...worst(judgeTable(pair, made.engines, rows, table, options).mismatches));
    }
    if (list.length > 0) found.set(made, list);
  }
  return found;
}

const ORDER = ['false equal', 'missed difference', 'false difference', 'difference described wrongly', 'wrong verdict'];

/** Of several signs of one fault the most telling one; the others follow from it. */
function worst(mismatches: readonly Mismatch[]): Mismatch[] {
  for (const kind of ORDER) {
    const found = mismatches.find((one) => one.kind === kind);
    if (found !== undefined) return [found];
  }
  return mismatches.slice(0, 2);
}

export function thrown(error: unknown): Mismatch {
  const { code, message, cause } = error as { code?: string; message: string; cause?: Error };
  const text = `${code ?? ''} ${message}${cause === undefined ? '' : ` (${String(cause.message)})`}`;
  return {
    kind: 'the run threw',
    signature: `the run threw ${code ?? ''} ${message.replace(/"[^"]*"|\d+/g, '…').slice(0, 60)}`,
    table: '',
    detail: text,
  };
}
