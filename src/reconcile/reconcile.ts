import type { Database } from '../config/targets.ts';
import { SluiceError, toSluiceError } from '../errors/error.ts';
import { BothSides } from './both-sides.ts';
import type { Session } from './dialects/dialect.ts';
import { LeftAlone } from './left-alone.ts';
import type { ReconcileOptions, ReconcilePorts, RepairOptions } from './options.ts';
import type { Damaged } from './repair-found.ts';
import {
  addRepaired,
  type DatabaseFacts,
  noCounts,
  overallVerdict,
  type ReconcileReport,
  type RepairedTable,
  type RepairReport,
  type TableReport,
} from './report.ts';
import { mayBeSameTable } from './table-names.ts';
import type { TablePair } from './table-pair.ts';
import { emptyReport, rowsPerSecond, summary, unusedRules } from './table-report.ts';
import { Scans, TableRun } from './table-run.ts';
import { expandPattern, isPattern, type SkippedTable, type TablePairReference, tableText } from './tables.ts';

export type { ReconcileOptions, ReconcilePorts, RepairOptions };

/**
 * Compares every row and every column of the given tables, and repairs the target where that is asked for.
 * A table that fails is reported with its error; the others are compared all the same.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED where a side cannot be opened; USAGE;
 * SOURCE_IS_REPLICA where a repair could bring older rows back
 */
export async function reconcile(options: ReconcileOptions, ports: ReconcilePorts): Promise<ReconcileReport> {
  const began = ports.clock.now();
  const sides = await BothSides.connect(options, ports);
  const databases = { source: facts(options.source, sides.source), target: facts(options.target, sides.target) };
  try {
    const report = await new Run(options, ports, sides).all();
    return {
      ...databases,
      mode: options.mode ?? 'rows',
      verdict: overallVerdict(report.tables),
      startedAt: began.toISOString(),
      durationMs: ports.clock.now().getTime() - began.getTime(),
      ...(options.shard === undefined ? {} : { shard: options.shard }),
      ...report,
    };
  } finally {
    await sides.close();
  }
}

/** How often a table is begun again when a connection is lost over it. */
const ATTEMPTS = 3;
const RETRY_MS = 1000;

function facts(database: Database, { server, dialect }: Session): DatabaseFacts {
  return {
    name: database.name,
    engine: dialect.engine,
    product: server.product,
    version: server.version,
    snapshot: server.snapshot,
  };
}

/** The rows of one are extra for the other, and good. */
function oneTarget(target: string): SluiceError {
  return new SluiceError('USAGE', `two tables of the run are compared with ${target}: nothing is repaired`, {
    hint: 'Repair each in a run of its own, with a --where that only its rows fit.',
  });
}

class Run {
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #sides: BothSides;

  constructor(options: ReconcileOptions, ports: ReconcilePorts, sides: BothSides) {
    this.#options = options;
    this.#ports = ports;
    this.#sides = sides;
  }

  async all(): Promise<Pick<ReconcileReport, 'tables' | 'skipped' | 'repair'>> {
    const tables: TableReport[] = [];
    const skipped: SkippedTable[] = [];
    const found: (Damaged & { reference: TablePairReference })[] = [];
    try {
      const references = await this.#references();
      skipped.push(...references.skipped);
      for (const reference of references.tables) {
        this.#ports.signal?.throwIfAborted();
        const { run, pair } = await this.#table(reference);
        tables.push(run.report);
        if (pair === undefined || run.report.contradictions !== undefined) run.spool[Symbol.dispose]();
        else found.push({ pair, spool: run.spool, report: run.report, fence: run.fence, reference });
      }
      for (const column of unusedRules(this.#options.commonRules, tables))
        this.#ports.logger.warn(`the rule for ${column} was not used: no table has a column of that name to compare`);
      const result = skipped.length === 0 ? { tables } : { tables, skipped };
      if (this.#options.repair === undefined) return result;
      return { ...result, repair: await this.#repaired(found, references.tables, this.#options.repair) };
    } finally {
      for (const { spool } of found) spool[Symbol.dispose]();
    }
  }

  /** A table that was compared, or could not be: its report has the error then, and there is no pair. */
  async #table(reference: TablePairReference): Promise<{ run: TableRun; pair?: TablePair }> {
    // What was read before a connection was lost is not read again.
    const scans = new Scans();
    for (let attempt = 1; ; attempt++) {
      const run = new TableRun(reference, emptyReport(reference), scans, this.#sides, this.#options, this.#ports);
      try {
        const pair = await this.#ports.progress.step(tableText(reference.source), async (update) => {
          const opened = await this.#compare(run, update);
          update(summary(run.report));
          return opened;
        });
        return { run, pair };
      } catch (error) {
        run.spool[Symbol.dispose]();
        // What is wrong with one table is that table's result.
        if (error !== run.report.error) throw error;
        if (attempt < ATTEMPTS && (await this.#reconnected(run.report, attempt))) continue;
        return { run };
      }
    }
  }

  /** @throws what went wrong, which the table's report then has too, unless the whole run is at fault */
  async #compare(run: TableRun, update: (detail: string) => void): Promise<TablePair> {
    const { report } = run;
    const began = this.#ports.clock.now().getTime();
    try {
      return await run.compare(update);
    } catch (error) {
      this.#ports.signal?.throwIfAborted();
      const failure = toSluiceError(error);
      if (failure.code !== 'USAGE' && failure.code !== 'INTERNAL') {
        report.verdict = 'failed';
        report.error = failure;
        // What was found until then is, but nobody knows that there is no more.
        for (const kind of ['missing', 'extra', 'different'] as const) report[kind] ||= null;
      }
      throw failure;
    } finally {
      // What they see must not be kept for them any longer.
      await this.#sides.closeHelpers();
      report.durationMs = this.#ports.clock.now().getTime() - began;
      report.rowsPerSecond = rowsPerSecond(report.rows, report.durationMs);
    }
  }

  async #repaired(
    found: readonly (Damaged & { reference: TablePairReference })[],
    references: readonly TablePairReference[],
    repair: RepairOptions,
  ): Promise<RepairReport> {
    const left = new LeftAlone();
    const report: RepairReport = { mode: repair.mode, ...noCounts(), tables: [], left: [] };
    const opened = new Map(found.map(({ reference, pair }) => [reference, pair.target.table]));
    const twice = references.find((one, index) =>
      references.slice(0, index).some((other) => {
        const [a, b] = [opened.get(one), opened.get(other)];
        return a === undefined || b === undefined
          ? mayBeSameTable(one.target, other.target)
          : a.schema === b.schema && a.name === b.name;
      }),
    );
    if (twice !== undefined) return { ...report, error: oneTarget(tableText(twice.target)) };
    const sides = this.#sides;
    const sessions = () => ({ source: sides.source, target: sides.target });
    const reconnect = async () => {
      await sides.reconnect();
      return sessions();
    };
    const { repairFound } = await import('./repair-found.ts');
    await repairFound(
      found,
      repair,
      { ...this.#options, sessions: sessions(), reconnect, ports: this.#ports },
      report,
      left,
    );
    report.left = left.list;
    for (const table of report.tables) addRepaired(report, table);
    if (repair.mode !== 'sql' && report.error === undefined) {
      try {
        await this.#compareAgain(found, report);
      } catch (error) {
        // What was done is done, whatever becomes of the look at it.
        report.error = toSluiceError(error);
      }
    }
    return report;
  }

  /**
   * What was written is one thing, what the tables hold then another: triggers may have changed more than the rows named, and
   * in tables where nothing differed, too. These are in the report if something does now.
   */
  async #compareAgain(
    found: readonly (Damaged & { reference: TablePairReference })[],
    report: RepairReport,
  ): Promise<void> {
    const options = { ...this.#options, limit: 0, repair: undefined, resume: false, stateFolder: undefined };
    const isWritten = report.inserted + report.updated + report.deleted > 0;
    for (const { reference, report: before } of found) {
      const known = report.tables.find(({ source, table }) => source === before.source && table === before.target);
      const mayHaveChanged = isWritten || report.tables.some(({ error }) => error !== undefined);
      if (known === undefined && !mayHaveChanged) continue;
      const repaired: RepairedTable = known ?? {
        source: before.source,
        table: before.target,
        ...noCounts(),
        left: 0,
      };
      if (repaired.error !== undefined) await this.#sides.reconnect().catch(() => {});
      const run = new TableRun(reference, emptyReport(reference), new Scans(), this.#sides, options, this.#ports);
      try {
        await this.#ports.progress.step(`${repaired.table}: compare again`, async (update) => {
          await this.#compare(run, update);
          update(summary(run.report));
        });
      } catch (error) {
        if (error !== run.report.error) throw error;
      } finally {
        run.spool[Symbol.dispose]();
      }
      const { verdict, missing, extra, different, live } = run.report;
      repaired.after = { verdict, missing, extra, different, undetermined: live?.undetermined ?? 0 };
      if (known === undefined && isOther(before, run.report)) report.tables.push(repaired);
    }
  }

  /** New sessions where one was lost; false where that was not the trouble, or there are none to be had. */
  async #reconnected({ error }: TableReport, attempt: number): Promise<boolean> {
    if (error?.code !== 'DATABASE_UNREACHABLE') return false;
    this.#ports.logger.warn(`${error.message}; a new connection goes on with the table`);
    await this.#ports.clock.sleep(attempt * RETRY_MS, this.#ports.signal);
    try {
      await this.#sides.reconnect();
      return true;
    } catch {
      this.#ports.signal?.throwIfAborted();
      return false;
    }
  }

  /** The pairs, patterns written out by what the source has, and what these leave out. */
  async #references(): Promise<{ tables: TablePairReference[]; skipped: SkippedTable[] }> {
    const { tables, source } = this.#options;
    if (!tables.some(isPattern)) return { tables: [...tables], skipped: [] };
    const known = await this.#sides.source.tables();
    const all = tables.map((one) =>
      isPattern(one) ? expandPattern(one, known, source.name) : { tables: [one], skipped: [] },
    );
    return {
      tables: unique(
        all.flatMap((one) => one.tables),
        (one) => JSON.stringify([one.source, one.target]),
      ),
      skipped: unique(
        all.flatMap((one) => one.skipped),
        ({ table }) => table,
      ),
    };
  }
}

/** Another verdict, or other numbers of rows that differ. */
function isOther(before: TableReport, after: TableReport): boolean {
  return (['verdict', 'missing', 'extra', 'different'] as const).some((what) => before[what] !== after[what]);
}

function unique<T>(all: readonly T[], text: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [text(one), one])).values()];
}
