import type { Database } from '../config/targets.ts';
import { toSluiceError } from '../errors/error.ts';
import { LeftAlone } from './apply.ts';
import { BothSides } from './both-sides.ts';
import { type CompareHooks, type Comparison, compareTables } from './compare.ts';
import { comparisonOf } from './comparison.ts';
import type { Session } from './dialects/dialect.ts';
import { KeySpool } from './key-spool.ts';
import { compareLive } from './live.ts';
import type { Fence, Mode, ReconcileOptions, ReconcilePorts, RepairOptions } from './options.ts';
import { type Damaged, repairFound } from './repair-found.ts';
import {
  type DatabaseFacts,
  differencesOf,
  overallVerdict,
  type ReconcileReport,
  type RepairReport,
  type TableReport,
} from './report.ts';
import { ScanState } from './scan-state.ts';
import { schemaDifferences } from './schema-diff.ts';
import { Script } from './script.ts';
import { partRowsOf } from './sessions.ts';
import type { TablePair } from './table-pair.ts';
import {
  byKey,
  describePlan,
  emptyReport,
  judge,
  listed,
  rowsPerSecond,
  settledNote,
  summary,
  unusedRules,
} from './table-report.ts';
import { expandPattern, isPattern, type SkippedTable, type TablePairReference, tableText } from './tables.ts';

export type { ReconcileOptions, ReconcilePorts, RepairOptions };

/**
 * Compares every row and every column of the given tables, and repairs the target where that is asked for.
 * A table that fails is reported with its error; the others are compared all the same.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED where a side cannot be opened; USAGE
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

/** The scan of one table, over all attempts at it. */
class Scans {
  last: ScanState | undefined;
}

/** Rows of a table from which on a scan is noted down: a smaller one is read again sooner than its file. */
const WORTH_KEEPING = 1_000_000;

/** How often a table is begun anew when a connection is lost over it. */
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
    const found: Damaged[] = [];
    const { repair } = this.#options;
    const repairReport: RepairReport | undefined = repair && {
      mode: repair.mode,
      inserted: 0,
      updated: 0,
      deleted: 0,
      settled: 0,
      left: [],
    };
    const left = new LeftAlone();
    try {
      const references = await this.#references();
      skipped.push(...references.skipped);
      for (const reference of references.tables) {
        this.#ports.signal?.throwIfAborted();
        const title = tableText(reference.source);
        // What was read before a connection was lost is not read again.
        const scans = new Scans();
        for (let attempt = 1; ; attempt++) {
          const spool = new KeySpool();
          const report = emptyReport(reference);
          try {
            const pair = await this.#ports.progress.step(title, async (update) => {
              const opened = await this.#table(reference, report, scans, spool, repairReport, left, update);
              update(summary(report));
              return opened;
            });
            found.push({ pair, spool, report, fence: reference.fence ?? this.#options.fence });
          } catch (error) {
            spool[Symbol.dispose]();
            // What is wrong with one table is that table's result.
            if (error !== report.error) throw error;
            // Of a script a part is written already: it is not begun twice.
            if (attempt < ATTEMPTS && repair?.mode !== 'sql' && (await this.#reconnected(report, attempt))) continue;
          }
          tables.push(report);
          break;
        }
      }
      for (const column of unusedRules(this.#options.commonRules, tables))
        this.#ports.logger.warn(`the rule for ${column} was not used: no table has a column of that name to compare`);
      if (repair !== undefined && repair.mode !== 'sql' && repairReport !== undefined) {
        const { source, target } = this.#sides;
        const context = { ...this.#options, sessions: { source, target }, ports: this.#ports };
        await repairFound(found, repair, context, repairReport, left);
      }
    } finally {
      for (const { spool } of found) spool[Symbol.dispose]();
    }
    const result = skipped.length === 0 ? { tables } : { tables, skipped };
    return repairReport === undefined ? result : { ...result, repair: { ...repairReport, left: left.list } };
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

  /** @throws what went wrong, which the table's report then has too, unless the whole run is at fault */
  async #table(
    reference: TablePairReference,
    table: TableReport,
    scans: Scans,
    spool: KeySpool,
    repair: RepairReport | undefined,
    left: LeftAlone,
    update: (detail: string) => void,
  ): Promise<TablePair> {
    const began = this.#ports.clock.now().getTime();
    try {
      const pair = await this.#sides.open(reference, table);
      if (this.#options.shard !== undefined)
        table.comparison = comparisonOf({ ...pair, shard: undefined }, { ...this.#options, rowsPerBucket: undefined });
      const state = this.#scanState(pair, scans, table);
      await this.#compare(pair, state, table, spool, repair, left, update, reference.fence ?? this.#options.fence);
      return pair;
    } catch (error) {
      this.#ports.signal?.throwIfAborted();
      const failure = toSluiceError(error);
      if (failure.code !== 'USAGE' && failure.code !== 'INTERNAL') {
        table.verdict = 'failed';
        table.error = failure;
        // That nothing was found before it failed is no count.
        if (differencesOf(table) === 0) Object.assign(table, { missing: null, extra: null, different: null });
      }
      throw failure;
    } finally {
      // What they see must not be kept for them any longer.
      await this.#sides.closeHelpers();
      table.durationMs = this.#ports.clock.now().getTime() - began;
      table.rowsPerSecond = rowsPerSecond(table.rows, table.durationMs);
    }
  }

  /** The table's scan: begun by an attempt before this one, left by another run, or new. */
  #scanState(pair: TablePair, scans: Scans, report: TableReport): ScanState {
    const { stateFolder, resume, partRows } = this.#options;
    const fingerprint = comparisonOf(pair, this.#options);
    if (scans.last?.fingerprint === fingerprint && (scans.last.started || scans.last.looking)) {
      scans.last.resumed = true;
      return scans.last;
    }
    const large = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows) >= WORTH_KEEPING;
    const folder = large || partRows !== undefined || resume ? stateFolder : undefined;
    const state = new ScanState({ fingerprint, folder, warn: (message) => this.#ports.logger.warn(message) });
    scans.last = state;
    if (resume && state.load())
      report.notes.push(`taken up where a run begun at ${state.began} had ended: its sums are of other moments`);
    return state;
  }

  async #compare(
    pair: TablePair,
    state: ScanState,
    table: TableReport,
    spool: KeySpool,
    repair: RepairReport | undefined,
    left: LeftAlone,
    update: (detail: string) => void,
    fence: Fence | undefined,
  ): Promise<void> {
    const { plan } = pair;
    describePlan(table, pair);
    const mode = this.#mode;
    if (mode === 'schema') {
      table.schema = schemaDifferences(pair.source.table, pair.target.table, plan);
      table.verdict = table.schema.length + table.oneSided.length > 0 ? 'different' : 'equal';
      return;
    }
    if (mode === 'counts') {
      table.rows = await countRows(pair);
      table.verdict = table.rows.source === table.rows.target ? 'equal' : 'different';
      return;
    }
    if (mode === 'rows') Object.assign(table, { missing: 0, extra: 0, different: 0 });
    const { repair: wanted, limit } = this.#options;
    const script =
      wanted?.mode === 'sql' ? new Script(pair, this.#options.source.name, wanted, repair, left) : undefined;
    let settled = 0;
    const hooks: CompareHooks = {
      rowsWanted: script === undefined ? limit : Number.POSITIVE_INFINITY,
      state,
      clock: this.#ports.clock,
      signal: this.#ports.signal,
      partRows: partRowsOf(Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows), this.#options),
      maxLoad: this.#options.maxLoad,
      onProgress: update,
      rowsPerBucket: this.#options.rowsPerBucket,
      lookFrom: this.#options.lookFrom,
      checksumsOnly: mode === 'checksums',
      onSettled: (rows) => {
        settled += rows;
      },
      onDifferences: (differences) => {
        for (const difference of differences) {
          table[difference.kind] = (table[difference.kind] ?? 0) + difference.rows;
          if (!difference.unread && table.differences.length < limit) table.differences.push(listed(plan, difference));
          else table.unlisted += 1;
          if (wanted !== undefined && wanted.mode !== 'sql')
            spool.add({ kind: difference.kind, key: difference.key, rows: difference.rows });
          script?.add(difference);
        }
      },
    };
    const live = fence !== undefined && mode === 'rows' && plan.key.length > 0;
    if (fence !== undefined && !live)
      table.notes.push('without a key a difference cannot be looked at again: unfenced');
    let comparison: Comparison;
    if (live) {
      const result = await compareLive(pair, fence, hooks);
      const { settled: inFlight, undetermined, rounds, gaveUp } = result;
      table.live = { fence: fence.kind, inFlight, undetermined, rounds };
      if (gaveUp !== undefined) table.notes.push(gaveUp);
      comparison = result;
    } else comparison = await compareTables(pair, hooks);
    script?.end();
    if (settled > 0) table.notes.push(settledNote(settled, pair));
    table.rows = comparison.rows;
    table.differences.sort(byKey);
    table.checksum = {
      algorithm: comparison.hash,
      bits: comparison.hash === 'md5-128' ? 128 : 64,
      strength: comparison.hash === 'fast' ? 'fast' : 'cryptographic',
      buckets: comparison.buckets,
      differentBuckets: comparison.differentBuckets,
      scan: comparison.scan,
    };
    table.verdict = judge(table, mode);
  }

  get #mode(): Mode {
    return this.#options.mode ?? 'rows';
  }
}

/** The last one of each text. */
function unique<T>(all: readonly T[], text: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [text(one), one])).values()];
}

async function countRows({ source, target }: TablePair): Promise<TableReport['rows']> {
  const [a, b] = await Promise.all(
    [source, target].map(async ({ session, queries }) => Number((await session.query(queries.count()))[0]?.[0] ?? 0)),
  );
  return { source: a ?? 0, target: b ?? 0 };
}
