import type { Database } from '../config/targets.ts';
import type { TableInfo, TableName } from '../databases/model.ts';
import type { Session } from '../databases/session.ts';
import { mayBeSameTable, tableText } from '../databases/table-names.ts';
import { SluiceError, toSluiceError } from '../errors/error.ts';
import { setting } from '../text/settings.ts';
import { SessionPair } from './compare/sessions.ts';
import type { TablePair } from './compare/table-pair.ts';
import type { Side } from './model.ts';
import type { ReconcileOptions, ReconcilePorts, RepairOptions } from './options.ts';
import type { TableDifferences } from './repair/site.ts';
import { SkippedRows } from './repair/skipped-rows.ts';
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
import { emptyReport, rowsPerSecond, summary, unusedRules } from './table-report.ts';
import { Scans, TableRun } from './table-run.ts';
import { expandPatterns, isPattern, type SkippedTable, type TablePairReference } from './tables.ts';

export type { ReconcileOptions, ReconcilePorts, RepairOptions };

/**
 * Compares every row and column of the given tables, and repairs the target if requested. A table that fails is
 * reported with its error; the others are still compared.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED if a side cannot be opened;
 * REQUEST_INVALID; SOURCE_IS_REPLICA if a repair could restore older rows
 */
export async function reconcile(options: ReconcileOptions, ports: ReconcilePorts): Promise<ReconcileReport> {
  const began = ports.clock.now();
  const sides = await SessionPair.connect(options, ports);
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

/** How often a table is restarted after a lost connection. */
const ATTEMPTS = 3;
const RETRY_MS = 1000;

function facts(database: Database, { server, engine }: Session): DatabaseFacts {
  return {
    name: database.name,
    engine,
    product: server.product,
    version: server.version,
    snapshot: server.snapshot,
  };
}

/** The rows of one table are extra for the other, but valid. */
function oneTarget(target: string): SluiceError {
  return new SluiceError('REQUEST_INVALID', `two tables of the run share rows of ${target}: nothing was repaired`, {
    hint: `Repair each in a separate run, with a ${setting('where')} that matches only its rows.`,
  });
}

class Run {
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #sides: SessionPair;

  constructor(options: ReconcileOptions, ports: ReconcilePorts, sides: SessionPair) {
    this.#options = options;
    this.#ports = ports;
    this.#sides = sides;
  }

  async all(): Promise<Pick<ReconcileReport, 'tables' | 'skipped' | 'repair'>> {
    const tables: TableReport[] = [];
    const skipped: SkippedTable[] = [];
    const found: (TableDifferences & { reference: TablePairReference })[] = [];
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
        this.#ports.logger.warn(`the rule for ${column} was not used: no compared table has a column of that name`);
      const result = skipped.length === 0 ? { tables } : { tables, skipped };
      if (this.#options.repair === undefined) return result;
      return { ...result, repair: await this.#repaired(found, references.tables, this.#options.repair) };
    } finally {
      for (const { spool } of found) spool[Symbol.dispose]();
    }
  }

  /** Compares a table; if that fails, the report has the error and there is no pair. */
  async #table(reference: TablePairReference): Promise<{ run: TableRun; pair?: TablePair }> {
    // Parts read before a connection was lost are not read again.
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
        // A failure of one table is that table's result.
        if (error !== run.report.error) throw error;
        if (attempt < ATTEMPTS && (await this.#reconnected(run.report, attempt))) continue;
        return { run };
      }
    }
  }

  /** @throws the failure, which the table's report also has, unless the whole run failed */
  async #compare(run: TableRun, update: (detail: string) => void): Promise<TablePair> {
    const { report } = run;
    const began = this.#ports.clock.now().getTime();
    try {
      return await run.compare(update);
    } catch (error) {
      this.#ports.signal?.throwIfAborted();
      const failure = toSluiceError(error);
      if (failure.code !== 'REQUEST_INVALID' && failure.code !== 'INTERNAL') {
        report.verdict = 'failed';
        report.error = failure;
        // Differences found so far are real, but there may be more.
        for (const kind of ['missing', 'extra', 'different'] as const) report[kind] ||= null;
      }
      throw failure;
    } finally {
      // Release their snapshot.
      await this.#sides.closeHelpers();
      report.durationMs = this.#ports.clock.now().getTime() - began;
      report.rowsPerSecond = rowsPerSecond(report.rows, report.durationMs);
    }
  }

  async #repaired(
    found: readonly (TableDifferences & { reference: TablePairReference })[],
    references: readonly TablePairReference[],
    repair: RepairOptions,
  ): Promise<RepairReport> {
    const skipped = new SkippedRows();
    const report: RepairReport = { mode: repair.mode, ...noCounts(), tables: [], left: [] };
    const opened = new Map(found.map(({ reference, pair }) => [reference, pair]));
    const twice = references.find((one, index) =>
      references.slice(0, index).some((other) => {
        const [a, b] = [opened.get(one), opened.get(other)];
        return a === undefined || b === undefined ? mayBeSameTable(one.target, other.target) : haveOneTarget(a, b);
      }),
    );
    if (twice !== undefined) return { ...report, error: oneTarget(tableText(twice.target)) };
    const sides = this.#sides;
    const sessions = () => ({ source: sides.source, target: sides.target });
    const reconnect = async () => {
      await sides.reconnect();
      return sessions();
    };
    const { repairFound } = await import('./repair/repair.ts');
    try {
      await repairFound(
        found,
        repair,
        { ...this.#options, sessions: sessions(), reconnect, ports: this.#ports },
        report,
        skipped,
      );
    } catch (error) {
      report.error = this.#whyNotRepaired(error);
    }
    report.left = skipped.list;
    for (const table of report.tables) addRepaired(report, table);
    if (repair.mode !== 'sql' && report.error === undefined) {
      try {
        await this.#compareAgain(found, report);
      } catch (error) {
        // The repair is done even if comparing again fails.
        report.error = toSluiceError(error);
      }
    }
    return report;
  }

  /**
   * Why a repair failed. The comparison is still valid, and expensive, so it is reported anyway.
   * @throws bugs, and errors that only the terminal can explain
   */
  #whyNotRepaired(error: unknown): SluiceError {
    const { signal } = this.#ports;
    if (signal?.aborted) return toSluiceError(signal.reason);
    if (!(error instanceof SluiceError) || error.code === 'INTERNAL') throw error;
    if (error.code !== 'INTERRUPTED')
      this.#ports.logger.warn(`the repair stopped: ${[error.message, error.hint].filter(Boolean).join(' ')}`);
    return error;
  }

  /**
   * Checks what the tables hold after the repair: triggers may have changed more than the named rows, also in tables
   * without differences. Those are added to the report if they differ now.
   */
  async #compareAgain(
    found: readonly (TableDifferences & { reference: TablePairReference })[],
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

  /** Reopens lost sessions; false if none was lost, or none can be opened. */
  async #reconnected({ error }: TableReport, attempt: number): Promise<boolean> {
    if (error?.code !== 'DATABASE_UNREACHABLE') return false;
    this.#ports.logger.warn(`${error.message}; reconnecting to continue with the table`);
    await this.#ports.clock.sleep(attempt * RETRY_MS, this.#ports.signal);
    try {
      await this.#sides.reconnect();
      return true;
    } catch {
      this.#ports.signal?.throwIfAborted();
      return false;
    }
  }

  /** The pairs, with patterns expanded to the source's tables, and the tables that patterns skip. */
  async #references(): Promise<{ tables: TablePairReference[]; skipped: SkippedTable[] }> {
    const { tables, source, listed } = this.#options;
    if (!tables.some(isPattern)) return { tables: [...tables], skipped: [] };
    return expandPatterns(tables, listed, await this.#sides.source.tables(), source.name);
  }
}

/**
 * Whether two tables are compared with the same rows of the target. A partition and its table, or an inheriting table
 * and its parent, share rows, which is fine if they do so in the source, too.
 */
function haveOneTarget(a: TablePair, b: TablePair): boolean {
  const common = (side: Side) => haveRowsInCommon(a[side].table, b[side].table);
  return isSameTable(a.target.table, b.target.table) || (common('target') && !common('source'));
}

function haveRowsInCommon(a: TableInfo, b: TableInfo): boolean {
  return isSameTable(a, b) || (a.reads ?? []).some((one) => b.reads?.includes(one));
}

function isSameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}

/** The verdict or the numbers of differing rows have changed. */
function isOther(before: TableReport, after: TableReport): boolean {
  return (['verdict', 'missing', 'extra', 'different'] as const).some((what) => before[what] !== after[what]);
}
