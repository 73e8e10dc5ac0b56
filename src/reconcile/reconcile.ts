import type { Database } from '../config/targets.ts';
import { SluiceError, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { applyRepair, LeftAlone } from './apply.ts';
import { type ColumnOptions, type ColumnPlan, planColumns } from './columns.ts';
import { compareTables, openPair, type RowDifference, type TablePair } from './compare.ts';
import type { Session, SessionOptions } from './dialects/dialect.ts';
import { FAST_PROBE } from './dialects/postgres.ts';
import { KeySpool } from './key-spool.ts';
import type { TableInfo } from './model.ts';
import { openSession } from './open.ts';
import type { HashName } from './queries.ts';
import { comment, repairStatement, scriptHead } from './repair.ts';
import {
  type DatabaseFacts,
  differencesOf,
  type ListedDifference,
  overallVerdict,
  type ReconcileReport,
  type RepairReport,
  type TableReport,
} from './report.ts';
import type { TablePairReference } from './tables.ts';

/** What is to be done about differences. */
export type RepairOptions =
  | {
      mode: 'sql';
      allowDelete: boolean;
      /** Takes the script, line by line. */
      write(line: string): void;
    }
  | {
      mode: 'apply';
      allowDelete: boolean;
      /** Asked once, before the first row is written; rejects where the answer is no. */
      confirm(plan: { rows: number; tables: string[]; deletes: number }): Promise<void>;
    };

export interface ReconcileOptions extends ColumnOptions {
  source: Database;
  target: Database;
  tables: readonly TablePairReference[];
  /** SQL condition on the rows of both sides. */
  where?: string | undefined;
  /** Default: `fast` where both servers hash alike, else `md5`. `fast` is taken only where it may be. */
  hash?: HashName | undefined;
  /** Rows that a bucket should hold; few make more result rows of a scan, and less to read again. */
  rowsPerBucket?: number | undefined;
  /** Differences that are listed per table; all are counted. */
  limit: number;
  /** ms; 0 for none. */
  statementTimeout: number;
  /** ms */
  connectTimeout: number;
  repair?: RepairOptions | undefined;
}

export interface ReconcilePorts {
  clock: Clock;
  logger: Logger;
  progress: Progress;
  signal?: AbortSignal | undefined;
}

/**
 * Compares every row and every column of the given tables, and repairs the target where that is asked for.
 * A table that fails is reported with its error; the others are compared all the same.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED where a side cannot be opened; USAGE
 */
export async function reconcile(options: ReconcileOptions, ports: ReconcilePorts): Promise<ReconcileReport> {
  const began = ports.clock.now();
  const session: SessionOptions = {
    statementTimeout: options.statementTimeout,
    connectTimeout: options.connectTimeout,
    signal: ports.signal,
  };
  const opened = await Promise.allSettled([openSession(options.source, session), openSession(options.target, session)]);
  const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
    const [source, target] = sessions as [Session, Session];
    const run = new Run(options, ports, source, target);
    const report = await run.all();
    return {
      source: facts(options.source, source),
      target: facts(options.target, target),
      verdict: overallVerdict(report.tables),
      startedAt: began.toISOString(),
      durationMs: ports.clock.now().getTime() - began.getTime(),
      ...report,
    };
  } finally {
    await Promise.all(sessions.map((one) => one.close()));
  }
}

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
  readonly #source: Session;
  readonly #target: Session;
  #fast: Promise<boolean> | undefined;

  constructor(options: ReconcileOptions, ports: ReconcilePorts, source: Session, target: Session) {
    this.#options = options;
    this.#ports = ports;
    this.#source = source;
    this.#target = target;
  }

  async all(): Promise<{ tables: TableReport[]; repair?: RepairReport }> {
    const tables: TableReport[] = [];
    const found: { pair: TablePair; spool: KeySpool; report: TableReport }[] = [];
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
      for (const reference of this.#options.tables) {
        this.#ports.signal?.throwIfAborted();
        const title = `${reference.source.schema === undefined ? '' : `${reference.source.schema}.`}${reference.source.name}`;
        const spool = new KeySpool();
        const report = emptyReport(reference);
        tables.push(report);
        try {
          const pair = await this.#ports.progress.step(title, async (update) => {
            const opened = await this.#table(reference, report, spool, repairReport, left, update);
            update(summary(report));
            return opened;
          });
          found.push({ pair, spool, report });
        } catch (error) {
          spool[Symbol.dispose]();
          // What is wrong with one table is that table's result.
          if (error !== report.error) throw error;
        }
      }
      if (repair?.mode === 'apply' && repairReport !== undefined) await this.#apply(found, repair, repairReport, left);
    } finally {
      for (const { spool } of found) spool[Symbol.dispose]();
    }
    if (repairReport === undefined) return { tables };
    return { tables, repair: { ...repairReport, left: left.list } };
  }

  /** @throws what went wrong, which the table's report then has too, unless the whole run is at fault */
  async #table(
    reference: TablePairReference,
    table: TableReport,
    spool: KeySpool,
    repair: RepairReport | undefined,
    left: LeftAlone,
    update: (detail: string) => void,
  ): Promise<TablePair> {
    const began = this.#ports.clock.now().getTime();
    try {
      const pair = await this.#open(reference, table);
      await this.#compare(pair, table, spool, repair, left, update);
      return pair;
    } catch (error) {
      this.#ports.signal?.throwIfAborted();
      const failure = toSluiceError(error);
      if (failure.code !== 'USAGE' && failure.code !== 'INTERNAL') {
        table.verdict = 'failed';
        table.error = failure;
      }
      throw failure;
    } finally {
      table.durationMs = this.#ports.clock.now().getTime() - began;
      const seconds = Math.max(0.001, table.durationMs / 1000);
      table.rowsPerSecond = Math.round((table.rows.source + table.rows.target) / seconds);
    }
  }

  async #open(reference: TablePairReference, report: TableReport): Promise<TablePair> {
    await Promise.all([this.#source.snapshot(), this.#target.snapshot()]);
    const source = await this.#source.describe(reference.source);
    const target = await describeTarget(this.#target, reference);
    report.source = `${source.schema}.${source.name}`;
    report.target = `${target.schema}.${target.name}`;
    this.#refuseSame(source, target);
    const engines = [this.#source.dialect.engine, this.#target.dialect.engine] as const;
    const plan = planColumns(source, target, this.#options, engines);
    const hash = await this.#hash(plan);
    return openPair({
      source: { session: this.#source, table: source },
      target: { session: this.#target, table: target },
      plan,
      hash,
      where: this.#options.where,
    });
  }

  #refuseSame(source: TableInfo, target: TableInfo): void {
    const same =
      this.#source.dialect.engine === this.#target.dialect.engine &&
      this.#source.server.identity === this.#target.server.identity &&
      source.schema === target.schema &&
      source.name === target.name;
    if (!same) return;
    throw new SluiceError(
      'USAGE',
      `source and target are the same table: ${source.schema}.${source.name} of ${this.#options.source.name}`,
      {
        hint: 'A table is always equal to itself. Give another --target, or SOURCE_TABLE=TARGET_TABLE.',
      },
    );
  }

  async #hash(plan: ColumnPlan): Promise<HashName> {
    const { hash } = this.#options;
    if (hash !== undefined && hash !== 'fast') return hash;
    // A PostgreSQL row holds 1,664 values.
    if (plan.pairs.length > 800) return 'md5';
    this.#fast ??= hashesAlike(this.#source, this.#target);
    return (await this.#fast) ? 'fast' : 'md5';
  }

  async #compare(
    pair: TablePair,
    table: TableReport,
    spool: KeySpool,
    repair: RepairReport | undefined,
    left: LeftAlone,
    update: (detail: string) => void,
  ): Promise<void> {
    const { plan } = pair;
    describePlan(table, pair);
    const { repair: wanted, limit } = this.#options;
    const script =
      wanted?.mode === 'sql' ? new Script(pair, this.#options.source.name, wanted, repair, left) : undefined;
    let settled = 0;
    const comparison = await compareTables(pair, {
      rowsWanted: script === undefined ? limit : Number.POSITIVE_INFINITY,
      onProgress: update,
      rowsPerBucket: this.#options.rowsPerBucket,
      onSettled: (rows) => {
        settled += rows;
      },
      onDifferences: (differences) => {
        for (const difference of differences) {
          table[difference.kind] += difference.rows;
          if (table.differences.length < limit && difference.columns.length + difference.key.length > 0) {
            table.differences.push(listed(plan, difference));
          } else table.unlisted += 1;
          if (wanted?.mode === 'apply')
            spool.add({ kind: difference.kind, key: difference.key, rows: difference.rows });
          script?.add(difference);
        }
      },
    });
    script?.end();
    if (settled > 0) table.notes.push(settledNote(settled, pair));
    table.rows = comparison.rows;
    table.differences.sort(byKey);
    table.checksum = {
      algorithm: pair.hash,
      bits: pair.hash === 'md5-128' ? 128 : 64,
      strength: pair.hash === 'fast' ? 'fast' : 'cryptographic',
      buckets: comparison.buckets,
      differentBuckets: comparison.differentBuckets,
    };
    if (differencesOf(table) > 0 || table.oneSided.length > 0) table.verdict = 'different';
    else table.verdict = table.uncompared.length > 0 ? 'incomplete' : 'equal';
  }

  async #apply(
    found: readonly { pair: TablePair; spool: KeySpool; report: TableReport }[],
    repair: Extract<RepairOptions, { mode: 'apply' }>,
    report: RepairReport,
    left: LeftAlone,
  ): Promise<void> {
    const damaged = found.filter(({ report: table }) => differencesOf(table) > 0);
    const extra = damaged.reduce((sum, { report: table }) => sum + table.extra, 0);
    const rows = damaged.reduce((sum, { report: table }) => sum + table.missing + table.different, 0);
    const deletes = repair.allowDelete ? extra : 0;
    if (rows + deletes > 0)
      await repair.confirm({ rows: rows + deletes, deletes, tables: damaged.map((one) => one.report.target) });
    if (damaged.length === 0) return;
    // Reading goes on in the read-only session; its snapshot must not outlive the comparison.
    const writer = await openSession(this.#options.target, {
      write: true,
      statementTimeout: this.#options.statementTimeout,
      connectTimeout: this.#options.connectTimeout,
      signal: this.#ports.signal,
    });
    try {
      for (const { pair, spool, report: table } of damaged) {
        await this.#ports.progress.step(`repair ${table.target}`, async (update) => {
          const done = await applyRepair(pair, writer, spool, repair, left);
          for (const key of ['inserted', 'updated', 'deleted', 'settled'] as const) report[key] += done[key];
          update(`${done.inserted} inserted, ${done.updated} updated, ${done.deleted} deleted`);
        });
      }
    } finally {
      await writer.close();
    }
  }
}

/** The repair script of one table, written as differences come in. */
class Script {
  readonly #pair: TablePair;
  readonly #source: string;
  readonly #options: Extract<RepairOptions, { mode: 'sql' }>;
  readonly #report: RepairReport | undefined;
  readonly #left: LeftAlone;
  #begun = false;

  constructor(
    pair: TablePair,
    source: string,
    options: Extract<RepairOptions, { mode: 'sql' }>,
    report: RepairReport | undefined,
    left: LeftAlone,
  ) {
    this.#pair = pair;
    this.#source = source;
    this.#options = options;
    this.#report = report;
    this.#left = left;
  }

  add(difference: RowDifference): void {
    const target = {
      dialect: this.#pair.target.session.dialect,
      table: this.#pair.target.table,
      plan: this.#pair.plan,
    };
    if (!this.#begun) for (const line of scriptHead(target, this.#source)) this.#options.write(line);
    this.#begun = true;
    const statement = repairStatement(target, difference, this.#options);
    if (statement.action === 'none') {
      this.#left.add(statement.reason, difference.rows);
      this.#options.write(
        comment(`-- not repaired: ${difference.kind} ${difference.key.join(', ')}: ${statement.reason}`),
      );
      return;
    }
    this.#options.write(statement.sql);
    if (this.#report === undefined) return;
    if (statement.action === 'insert') this.#report.inserted += 1;
    else if (statement.action === 'update') this.#report.updated += 1;
    else this.#report.deleted += 1;
  }

  end(): void {
    if (this.#begun) this.#options.write(this.#pair.target.session.dialect.commit);
  }
}

/** The same schema if the target has it, else the target's own: sinks leave the source's schema behind. */
async function describeTarget(target: Session, { source, target: wanted }: TablePairReference): Promise<TableInfo> {
  if (wanted.schema !== undefined || source.schema === undefined || wanted.name !== source.name)
    return target.describe(wanted);
  try {
    return await target.describe({ schema: source.schema, name: wanted.name });
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'TABLE_NOT_FOUND') return target.describe(wanted);
    throw error;
  }
}

/** PostgreSQL promises a hash only within one major version, so both servers are asked for one of known values. */
async function hashesAlike(source: Session, target: Session): Promise<boolean> {
  if (source.dialect.engine !== 'postgresql' || target.dialect.engine !== 'postgresql') return false;
  if (source.server.major !== target.server.major || source.server.major < 14) return false;
  if (source.server.encoding !== target.server.encoding) return false;
  const [left, right] = await Promise.all([source.query(FAST_PROBE), target.query(FAST_PROBE)]);
  return left[0]?.[0] !== undefined && left[0][0] === right[0]?.[0];
}

function emptyReport({ source, target }: TablePairReference): TableReport {
  const text = ({ schema, name }: TablePairReference['source']) => (schema === undefined ? name : `${schema}.${name}`);
  return {
    source: text(source),
    target: text(target),
    verdict: 'failed',
    key: [],
    rows: { source: 0, target: 0 },
    missing: 0,
    extra: 0,
    different: 0,
    columns: [],
    oneSided: [],
    uncompared: [],
    differences: [],
    unlisted: 0,
    notes: [],
    durationMs: 0,
    rowsPerSecond: 0,
  };
}

function describePlan(table: TableReport, { plan, source, target }: TablePair): void {
  table.key = plan.key.map((pair) => pair.source.name);
  table.columns = plan.pairs.map((pair) => ({
    source: pair.source.name,
    target: pair.target.name,
    as: pair.form.kind,
    ...(pair.note === undefined ? {} : { note: pair.note }),
  }));
  table.oneSided = plan.oneSided;
  table.uncompared = plan.uncompared;
  if (plan.key.length === 0)
    table.notes.push('no key: rows compared as a multiset, so a changed row is one missing and one extra');
  else if (!plan.unique) table.notes.push('the key is not held unique by both databases');
  for (const { session, table: info } of [source, target]) {
    if (info.kind === 'view') table.notes.push(`${info.schema}.${info.name} is a view`);
    if (!session.server.snapshot)
      table.notes.push(
        `${session.server.product} reads without a snapshot: allow snapshot isolation for an exact moment`,
      );
  }
}

function settledNote(rows: number, { source, target }: TablePair): string {
  const text = `${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return source.session.server.snapshot && target.session.server.snapshot
    ? `${text} written differently (JSON, floating point) mean the same`
    : `${text} differed when scanned and were alike when read again`;
}

function listed(plan: ColumnPlan, difference: RowDifference): ListedDifference {
  const { kind, rows, key } = difference;
  return {
    kind,
    key: Object.fromEntries(plan.key.map((pair, index) => [pair.source.name, key[index] ?? null])),
    rows,
    columns: difference.columns.map((index) => ({
      column: plan.pairs[index]?.source.name ?? '',
      ...(difference.source === undefined ? {} : { source: difference.source[index] ?? null }),
      ...(difference.target === undefined ? {} : { target: difference.target[index] ?? null }),
    })),
  };
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

function byKey(a: ListedDifference, b: ListedDifference): number {
  return COLLATOR.compare(Object.values(a.key).join('\0'), Object.values(b.key).join('\0'));
}

function summary(table: TableReport): string {
  const count = differencesOf(table);
  return count === 0 ? table.verdict : `${count} ${count === 1 ? 'difference' : 'differences'}`;
}
