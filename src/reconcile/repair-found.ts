import type { Database } from '../config/targets.ts';
import { toSluiceError } from '../errors/error.ts';
import { type ApplyOptions, TableRepair, type WaitingRow } from './apply.ts';
import type { ForeignKey, Session } from './dialects/dialect.ts';
import type { KeySpool } from './key-spool.ts';
import { type LeftAlone, namedKey } from './left-alone.ts';
import type { DifferenceKind, KeyDifference } from './merge.ts';
import { openSession, sessionOptions } from './open.ts';
import type { Fence, ReconcilePorts, RepairOptions } from './options.ts';
import { NO_KEY, NOT_DELETED, unwritable } from './repair.ts';
import { parentsFirst } from './repair-order.ts';
import {
  addRepaired,
  differencesOf,
  noCounts,
  type RepairedTable,
  type RepairReport,
  type TableReport,
} from './report.ts';
import { keysAtOnce } from './rows.ts';
import { kindOf, writeScript } from './script.ts';
import { inOrder } from './script-order.ts';
import { signalRepair } from './signal-repair.ts';
import type { TablePair } from './table-pair.ts';

/** A table that was compared, with the keys that differ. */
export interface Damaged {
  pair: TablePair;
  spool: KeySpool;
  report: TableReport;
  fence: Fence | undefined;
}

export type ReadingSessions = Readonly<Record<'source' | 'target', Session>>;

export interface RepairSite {
  source: Database;
  target: Database;
  /** Those that are open now: the comparison's own may have been lost. */
  sessions: ReadingSessions;
  /** New ones in place of those that were lost. @throws where there are none to be had */
  reconnect(): Promise<ReadingSessions>;
  statementTimeout: number;
  connectTimeout: number;
  maskErrors?: boolean | undefined;
  ports: ReconcilePorts;
}

type WritingRepair = Exclude<RepairOptions, { mode: 'sql' }>;

/**
 * Asks once, then repairs every table in which something was found. A table whose repair breaks off keeps what was written
 * and its error; the others are repaired all the same.
 * @param report takes what was done, also where the run is interrupted
 * @throws what the confirmation throws
 */
export async function repairFound(
  found: readonly Damaged[],
  repair: RepairOptions,
  site: RepairSite,
  report: RepairReport,
  left: LeftAlone,
): Promise<void> {
  const damaged = found
    .filter(({ report: table, pair }) => differencesOf(table) > 0 && isRepairable(table, pair, repair, left))
    .map((one) => ({ ...one, pair: withSessions(one.pair, site.sessions) }));
  const references = await referencesOf(damaged, site.sessions.target);
  const ordered = parentsFirst(
    damaged.map((one) => ({ ...one, table: one.pair.target.table })),
    references,
  );
  if (repair.mode === 'sql') {
    const options = { source: site.source.name, allowDelete: repair.allowDelete, write: repair.write };
    try {
      report.tables = await writeScript(ordered, references, options, left);
    } catch (error) {
      site.ports.signal?.throwIfAborted();
      const failure = toSluiceError(error);
      if (failure.code === 'USAGE' || failure.code === 'INTERNAL') throw failure;
      // What was compared stays true where its script could not be written to its end.
      report.error = failure;
    }
    return;
  }
  const extra = damaged.reduce((sum, { report: table }) => sum + (table.extra ?? 0), 0);
  const rows = damaged.reduce((sum, { report: table }) => sum + (table.missing ?? 0) + (table.different ?? 0), 0);
  const deletes = repair.allowDelete ? extra : 0;
  if (rows + deletes > 0)
    await repair.confirm({ rows: rows + deletes, deletes, tables: damaged.map((one) => one.report.target) });
  if (damaged.length > 0) await new Repair(ordered, references, repair, site, left).run(report);
}

/** Without a key no statement can name a row; through the pipeline rows are written all the same. */
function isRepairable(
  table: TableReport,
  { plan, target }: TablePair,
  { mode }: RepairOptions,
  left: LeftAlone,
): boolean {
  const reason = plan.key.length === 0 ? NO_KEY : mode === 'signal' ? undefined : unwritable(target.table);
  if (reason === undefined) return true;
  left.add(table.target, reason, differencesOf(table));
  return false;
}

function withSessions(pair: TablePair, { source, target }: ReadingSessions): TablePair {
  return {
    ...pair,
    source: { ...pair.source, session: source },
    target: { ...pair.target, session: target },
  };
}

async function referencesOf(damaged: readonly Damaged[], target: Session): Promise<ForeignKey[]> {
  const keys: ForeignKey[] = [];
  for (const { pair } of damaged) keys.push(...(await target.references(pair.target.table)));
  return keys;
}

interface TableState {
  damaged: Damaged;
  entry: RepairedTable;
  writing?: TableRepair;
}

class Repair {
  readonly #tables: TableState[];
  readonly #references: readonly ForeignKey[];
  readonly #repair: WritingRepair;
  readonly #site: RepairSite;
  readonly #left: LeftAlone;
  readonly #options: ApplyOptions;
  #writer: Session | undefined;
  #update: (detail: string) => void = () => {};

  constructor(
    ordered: readonly Damaged[],
    references: readonly ForeignKey[],
    repair: WritingRepair,
    site: RepairSite,
    left: LeftAlone,
  ) {
    this.#tables = ordered.map((damaged) => ({
      damaged,
      entry: { source: damaged.report.source, table: damaged.report.target, ...noCounts(), left: 0 },
    }));
    this.#references = references;
    this.#repair = repair;
    this.#site = site;
    this.#left = left;
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
        this.#tell();
      });
    } catch (error) {
      report.error = toSluiceError(error);
    } finally {
      for (const { entry, writing } of this.#tables) {
        if (writing !== undefined) takeCounts(entry, writing);
        entry.left = this.#left.rowsOf(entry.table);
      }
      await this.#writer?.close();
    }
  }

  async #all(): Promise<void> {
    if (this.#repair.mode === 'signal') {
      for (const table of this.#tables) await this.#guarded(table, () => this.#signal(table));
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

  /** What is wrong with one table's repair is that table's result; an interruption is the whole run's. */
  async #guarded(table: TableState, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#site.ports;
    signal?.throwIfAborted();
    if (table.entry.error !== undefined) return;
    try {
      await work();
    } catch (error) {
      const failure = toSluiceError(error);
      // Whether a commit was done that the interruption has cut off cannot be told.
      if (failure.details?.['rowsUnknown'] !== undefined) table.entry.error = failure;
      signal?.throwIfAborted();
      if (failure.code === 'INTERNAL') throw failure;
      table.entry.error = failure;
      // The next table gets a connection of its own.
      await this.#writer?.close();
      this.#writer = undefined;
      for (const other of this.#tables) this.#close(other);
      if (failure.code === 'DATABASE_UNREACHABLE') await this.#reconnect();
    }
  }

  /** Which of the sessions was lost does not matter: the other tables are read by new ones, if there are any to be had. */
  async #reconnect(): Promise<void> {
    const sessions = await this.#site.reconnect().catch(() => undefined);
    this.#site.ports.signal?.throwIfAborted();
    if (sessions === undefined) return;
    for (const { damaged } of this.#tables) damaged.pair = withSessions(damaged.pair, sessions);
  }

  /** A table's counts are kept when its session is gone; what waited for other rows is left for the reason seen last. */
  #close(table: TableState): void {
    if (table.writing === undefined) return;
    table.writing.giveUp();
    takeCounts(table.entry, table.writing);
    delete table.writing;
  }

  async #phase(table: TableState, kind: DifferenceKind): Promise<void> {
    await this.#guarded(table, async () => {
      for await (const batch of batchesOf(table.damaged, kind)) {
        this.#site.ports.signal?.throwIfAborted();
        if (kind === 'extra' && !this.#repair.allowDelete) {
          for (const one of batch) this.#leave(table, one, NOT_DELETED);
          continue;
        }
        await (await this.#writing(table)).write(batch);
        this.#tell();
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
          this.#tell();
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
      if (last?.table === table && last.rows.length < keysAtOnce(table.damaged.pair)) last.rows.push(waiting);
      else batches.push({ table, rows: [waiting] });
    }
    return batches;
  }

  async #signal({ damaged, entry }: TableState): Promise<void> {
    if (this.#repair.mode !== 'signal') return;
    const { channel, timeout } = this.#repair;
    const { pair, spool, fence } = damaged;
    const sent = await signalRepair(pair, spool, { channel, fence, timeout }, entry.table, this.#left, {
      ...this.#site.ports,
      onProgress: (done) => this.#update(`${done} rows arrived`),
    });
    entry.inserted += sent.inserted;
    entry.updated += sent.updated;
    entry.settled += sent.settled;
  }

  /** Reading goes on in read-only sessions; the one that writes is opened for the first row that is written. */
  async #writing(table: TableState): Promise<TableRepair> {
    if (table.writing !== undefined) return table.writing;
    const { target, ports } = this.#site;
    this.#writer ??= await openSession(target, { ...sessionOptions(this.#site, ports), write: true });
    const { pair } = table.damaged;
    const { schema, name } = pair.target.table;
    const references = this.#references.filter(({ parent }) => parent.schema === schema && parent.name === name);
    table.writing = new TableRepair(
      withSessions(pair, { source: pair.source.session, target: this.#writer }),
      references,
      table.entry.table,
      this.#left,
      this.#options,
    );
    return table.writing;
  }

  #leave(table: TableState, one: KeyDifference, reason: string): void {
    const { plan } = table.damaged.pair;
    this.#left.add(table.entry.table, reason, one.extra, plan.key.length === 0 ? undefined : namedKey(plan, one.key));
  }

  #tell(): void {
    const sum = noCounts();
    for (const { entry, writing } of this.#tables) {
      addRepaired(sum, entry);
      if (writing !== undefined) addRepaired(sum, writing.counts);
    }
    this.#update(`${sum.inserted} inserted, ${sum.updated} updated, ${sum.deleted} deleted`);
  }
}

/** The keys of one kind, as many at a time as one statement can ask for. */
async function* batchesOf({ pair, spool }: Damaged, kind: DifferenceKind): AsyncGenerator<KeyDifference[]> {
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
