import { openSession, sessionOptions } from '../../databases/open.ts';
import type { ForeignKey, Session } from '../../databases/session.ts';
import { toSluiceError } from '../../errors/error.ts';
import type { DifferenceKind, KeyDifference } from '../compare/diff-buckets.ts';
import { keysAtOnce } from '../compare/rows.ts';
import type { TablePair } from '../compare/table-pair.ts';
import { dialectFor } from '../dialects/index.ts';
import type { RepairOptions } from '../options.ts';
import {
  addRepaired,
  differencesOf,
  noCounts,
  type RepairedTable,
  type RepairReport,
  type TableReport,
} from '../report.ts';
import { TableRepair, type WaitingRow } from './apply.ts';
import { parentsFirst } from './order.ts';
import { kindOf, writeScript } from './script.ts';
import { inOrder } from './script-order.ts';
import { signalRepair } from './signal-repair.ts';
import type { ReadingSessions, RepairSite, TableDifferences } from './site.ts';
import { namedKey, type SkippedRows } from './skipped-rows.ts';
import { NO_KEY, notDeleted, unwritable, unwritten } from './statements.ts';
import type { ApplyOptions } from './transaction.ts';

type WritingRepair = Exclude<RepairOptions, { mode: 'sql' }>;

/**
 * Asks once, then repairs every table with differences. A table whose repair fails keeps what was written and its
 * error; the others are still repaired.
 * @param report filled in as it goes, even if the run is interrupted
 * @throws what prevents the start, such as a declined confirmation, and what ends a script
 */
export async function repairFound(
  found: readonly TableDifferences[],
  repair: RepairOptions,
  site: RepairSite,
  report: RepairReport,
  skipped: SkippedRows,
): Promise<void> {
  const repairable = found
    .filter(({ report: table, pair }) => differencesOf(table) > 0 && isRepairable(table, pair, repair, skipped))
    .map((one) => ({ ...one, pair: withSessions(one.pair, site.sessions) }));
  const references = await referencesOf(repairable, site.sessions.target);
  const ordered = parentsFirst(
    repairable.map((one) => ({ ...one, table: one.pair.target.table })),
    references,
  );
  // Rows missing in an inheriting table are missing in its parent, too: check the parent after they are inserted.
  ordered.sort((a, b) => Number(a.pair.plan.inherited ?? false) - Number(b.pair.plan.inherited ?? false));
  if (repair.mode === 'sql') {
    const options = { source: site.source.name, allowDelete: repair.allowDelete, write: repair.write };
    report.tables = await writeScript(ordered, references, options, skipped);
    return;
  }
  const extra = repairable.reduce((sum, { report: table }) => sum + (table.extra ?? 0), 0);
  const rows = repairable.reduce((sum, { report: table }) => sum + (table.missing ?? 0) + (table.different ?? 0), 0);
  const deletes = repair.allowDelete ? extra : 0;
  await letGo(site.sessions);
  if (rows + deletes > 0)
    await repair.confirm({ rows: rows + deletes, deletes, tables: repairable.map((one) => one.report.target) });
  if (repairable.length > 0) await new Repair(ordered, references, repair, site, skipped).run(report);
}

/** Without a key no statement can name a row; a pipeline writes rows anyway. */
function isRepairable(
  table: TableReport,
  { plan, target }: TablePair,
  { mode }: RepairOptions,
  skipped: SkippedRows,
): boolean {
  const reason =
    plan.key.length === 0
      ? NO_KEY
      : mode === 'signal'
        ? undefined
        : (unwritable(target.table) ??
          (mode === 'sql' ? unwritten({ dialect: dialectFor(target.session), table: target.table }) : undefined));
  if (reason === undefined) return true;
  skipped.add(table.target, reason, differencesOf(table));
  return false;
}

function withSessions(pair: TablePair, { source, target }: ReadingSessions): TablePair {
  return {
    ...pair,
    source: { ...pair.source, session: source },
    target: { ...pair.target, session: target },
  };
}

/**
 * Ends the transactions that have read tables, and with them their locks: another session's ALTER TABLE or TRUNCATE would
 * wait for those, and the repair's own writes for it, as would the pipeline's. New snapshots hold no locks yet.
 */
async function letGo({ source, target }: ReadingSessions): Promise<void> {
  await target.snapshot();
  await source.snapshot();
}

async function referencesOf(repairable: readonly TableDifferences[], target: Session): Promise<ForeignKey[]> {
  const keys: ForeignKey[] = [];
  for (const { pair } of repairable) keys.push(...(await target.references(pair.target.table)));
  return keys;
}

interface TableState {
  differences: TableDifferences;
  entry: RepairedTable;
  writing?: TableRepair;
}

class Repair {
  readonly #tables: TableState[];
  readonly #references: readonly ForeignKey[];
  readonly #repair: WritingRepair;
  readonly #site: RepairSite;
  readonly #skipped: SkippedRows;
  readonly #options: ApplyOptions;
  #writer: Session | undefined;
  #update: (detail: string) => void = () => {};

  constructor(
    ordered: readonly TableDifferences[],
    references: readonly ForeignKey[],
    repair: WritingRepair,
    site: RepairSite,
    skipped: SkippedRows,
  ) {
    this.#tables = ordered.map((differences) => ({
      differences,
      entry: { source: differences.report.source, table: differences.report.target, ...noCounts(), left: 0 },
    }));
    this.#references = references;
    this.#repair = repair;
    this.#site = site;
    this.#skipped = skipped;
    const { clock, signal } = site.ports;
    this.#options = { allowDelete: repair.allowDelete, clock, signal };
  }

  async run(report: RepairReport): Promise<void> {
    report.tables = this.#tables.map(({ entry }) => entry);
    const names = this.#tables.map(({ entry }) => entry.table);
    const title = `repair ${names.length === 1 ? names[0] : `${names.length} tables`}`;
    try {
      await this.#site.ports.progress.step(title, async (update) => {
        this.#update = update;
        await this.#all();
        this.#reportProgress();
      });
    } catch (error) {
      report.error = toSluiceError(error);
    } finally {
      for (const { entry, writing } of this.#tables) {
        if (writing !== undefined) takeCounts(entry, writing);
        entry.left = this.#skipped.rowsOf(entry.table);
      }
      await this.#writer?.close();
    }
  }

  async #all(): Promise<void> {
    if (this.#repair.mode === 'signal') {
      for (const table of this.#tables)
        await this.#guarded(table, async () => {
          await this.#signal(table);
          const { source, target } = table.differences.pair;
          await letGo({ source: source.session, target: target.session });
        });
    }
    for (const table of [...this.#tables].reverse()) await this.#phase(table, 'extra');
    if (this.#repair.mode === 'apply') {
      for (const table of this.#tables) {
        await this.#phase(table, 'different');
        await this.#phase(table, 'missing');
      }
    }
    await this.#deferred();
  }

  /** A failure of one table's repair is that table's result; an interruption ends the run. */
  async #guarded(table: TableState, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#site.ports;
    signal?.throwIfAborted();
    if (table.entry.error !== undefined) return;
    try {
      await work();
    } catch (error) {
      const failure = toSluiceError(error);
      // It is unknown whether a commit that the interruption cut off took effect.
      if (failure.details?.['rowsUnknown'] !== undefined) table.entry.error = failure;
      signal?.throwIfAborted();
      if (failure.code === 'INTERNAL') throw failure;
      table.entry.error = failure;
      // The next table gets a new connection.
      await this.#writer?.close();
      this.#writer = undefined;
      for (const other of this.#tables) this.#close(other);
      if (failure.code === 'DATABASE_UNREACHABLE') await this.#reconnect();
    }
  }

  /** Replaces a lost session, if possible, so that the other tables can be read. */
  async #reconnect(): Promise<void> {
    const sessions = await this.#site.reconnect().catch(() => undefined);
    this.#site.ports.signal?.throwIfAborted();
    if (sessions === undefined) return;
    for (const { differences } of this.#tables) differences.pair = withSessions(differences.pair, sessions);
  }

  /** Keeps a table's counts when its session is gone; rows still waiting are skipped for the reason seen last. */
  #close(table: TableState): void {
    if (table.writing === undefined) return;
    table.writing.giveUp();
    takeCounts(table.entry, table.writing);
    delete table.writing;
  }

  async #phase(table: TableState, kind: DifferenceKind): Promise<void> {
    await this.#guarded(table, async () => {
      for await (const batch of batchesOf(table.differences, kind)) {
        this.#site.ports.signal?.throwIfAborted();
        if (kind === 'extra' && !this.#repair.allowDelete) {
          for (const one of batch) this.#leave(table, one, notDeleted());
          continue;
        }
        await (await this.#writing(table)).write(batch);
        this.#reportProgress();
      }
    });
  }

  /** Rows that waited for others: in an order that works, again while that helps, and then those in one step that exchange values. */
  async #deferred(): Promise<void> {
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      const waiting = this.#tables.reduce((sum, { writing }) => sum + (writing?.deferred.length ?? 0), 0);
      if (waiting === 0 || waiting >= before) break;
      before = waiting;
      for (const { table, rows } of await this.#waitingInOrder()) {
        await this.#guarded(table, async () => {
          await table.writing?.again(rows);
          this.#reportProgress();
        });
      }
    }
    for (const table of this.#tables) {
      const writing = table.writing;
      if (writing === undefined || writing.deferred.length === 0) continue;
      await this.#guarded(table, async () => {
        await writing.exchange();
        writing.giveUp();
      });
    }
  }

  /** Rows of all tables that wait for others, in batches of one table. */
  async #waitingInOrder(): Promise<{ table: TableState; rows: KeyDifference[] }[]> {
    const all: (WaitingRow & { table: TableState })[] = [];
    for (const table of this.#tables) {
      await this.#guarded(table, async () => {
        for (const one of (await table.writing?.waiting(this.#references)) ?? []) all.push({ ...one, table });
      });
    }
    const batches: { table: TableState; rows: KeyDifference[] }[] = [];
    for (const { table, waiting } of inOrder(all, this.#references)) {
      const last = batches.at(-1);
      if (last?.table === table && last.rows.length < keysAtOnce(table.differences.pair)) last.rows.push(waiting);
      else batches.push({ table, rows: [waiting] });
    }
    return batches;
  }

  async #signal({ differences, entry }: TableState): Promise<void> {
    if (this.#repair.mode !== 'signal') return;
    const { channel, timeout } = this.#repair;
    const { pair, spool, fence } = differences;
    const sent = await signalRepair(pair, spool, { channel, fence, timeout }, entry.table, this.#skipped, {
      ...this.#site.ports,
      onProgress: (done) => this.#update(`${done} rows arrived`),
    });
    entry.inserted += sent.inserted;
    entry.updated += sent.updated;
    entry.settled += sent.settled;
  }

  /** Reads stay in read-only sessions; the writing session opens with the first row to write. */
  async #writing(table: TableState): Promise<TableRepair> {
    if (table.writing !== undefined) return table.writing;
    const { target, ports } = this.#site;
    this.#writer ??= await openSession(target, { ...sessionOptions(this.#site, ports), write: true });
    const { pair } = table.differences;
    const { schema, name } = pair.target.table;
    const references = this.#references.filter(({ parent }) => parent.schema === schema && parent.name === name);
    table.writing = new TableRepair(
      withSessions(pair, { source: pair.source.session, target: this.#writer }),
      references,
      table.entry.table,
      this.#skipped,
      this.#options,
    );
    return table.writing;
  }

  #leave(table: TableState, one: KeyDifference, reason: string): void {
    const { plan } = table.differences.pair;
    this.#skipped.add(
      table.entry.table,
      reason,
      one.extra,
      plan.key.length === 0 ? undefined : namedKey(plan, one.key),
    );
  }

  #reportProgress(): void {
    const sum = noCounts();
    for (const { entry, writing } of this.#tables) {
      addRepaired(sum, entry);
      if (writing !== undefined) addRepaired(sum, writing.counts);
    }
    this.#update(`${sum.inserted} inserted, ${sum.updated} updated, ${sum.deleted} deleted`);
  }
}

/** The keys of one kind, in batches that fit into one statement. */
async function* batchesOf({ pair, spool }: TableDifferences, kind: DifferenceKind): AsyncGenerator<KeyDifference[]> {
  const size = keysAtOnce(pair);
  let batch: KeyDifference[] = [];
  for await (const some of spool.batches(size)) {
    batch.push(...some.filter((one) => kindOf(one) === kind));
    if (batch.length < size) continue;
    yield batch.slice(0, size);
    batch = batch.slice(size);
  }
  if (batch.length > 0) yield batch;
}

function takeCounts(entry: RepairedTable, { counts }: TableRepair): void {
  addRepaired(entry, counts);
  Object.assign(counts, noCounts());
}
