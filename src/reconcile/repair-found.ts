import type { Database } from '../config/targets.ts';
import { applyRepair, type LeftAlone, type RepairCounts } from './apply.ts';
import type { Session } from './dialects/dialect.ts';
import { KeySpool } from './key-spool.ts';
import { openSession, sessionOptions } from './open.ts';
import type { Fence, ReconcilePorts, RepairOptions } from './options.ts';
import { differencesOf, type RepairReport, type TableReport } from './report.ts';
import { signalRepair } from './signal-repair.ts';
import type { TablePair } from './table-pair.ts';

/** A table that was compared, with the keys that differ. */
export interface Damaged {
  pair: TablePair;
  spool: KeySpool;
  report: TableReport;
  fence: Fence | undefined;
}

export interface RepairSite {
  target: Database;
  /** Those that are open now: the comparison's own may have been lost. */
  sessions: { source: Session; target: Session };
  statementTimeout: number;
  connectTimeout: number;
  maskErrors?: boolean | undefined;
  ports: ReconcilePorts;
}

type WritingRepair = Exclude<RepairOptions, { mode: 'sql' }>;

/** Asks once, then repairs every table in which something was found, and adds up what was done. */
export async function repairFound(
  found: readonly Damaged[],
  repair: WritingRepair,
  site: RepairSite,
  report: RepairReport,
  left: LeftAlone,
): Promise<void> {
  const damaged = found.filter(({ report: table }) => differencesOf(table) > 0);
  const extra = damaged.reduce((sum, { report: table }) => sum + (table.extra ?? 0), 0);
  const rows = damaged.reduce((sum, { report: table }) => sum + (table.missing ?? 0) + (table.different ?? 0), 0);
  const deletes = repair.allowDelete ? extra : 0;
  if (rows + deletes > 0)
    await repair.confirm({ rows: rows + deletes, deletes, tables: damaged.map((one) => one.report.target) });
  if (damaged.length === 0) return;
  let writer: Session | undefined;
  // Reading goes on in the read-only session; its snapshot must not outlive the comparison.
  const openWriter = async () => {
    writer ??= await openSession(site.target, { ...sessionOptions(site, site.ports), write: true });
    return writer;
  };
  try {
    for (const one of damaged) {
      await site.ports.progress.step(`repair ${one.report.target}`, async (update) => {
        const done = await repairTable(one, repair, site, openWriter, left, update);
        for (const key of ['inserted', 'updated', 'deleted', 'settled'] as const) report[key] += done[key];
        update(`${done.inserted} inserted, ${done.updated} updated, ${done.deleted} deleted`);
      });
    }
  } finally {
    await writer?.close();
  }
}

async function repairTable(
  { pair: opened, spool, fence }: Damaged,
  repair: WritingRepair,
  { sessions, ports }: RepairSite,
  openWriter: () => Promise<Session>,
  left: LeftAlone,
  update: (detail: string) => void,
): Promise<RepairCounts> {
  const pair: TablePair = {
    ...opened,
    source: { ...opened.source, session: sessions.source },
    target: { ...opened.target, session: sessions.target },
  };
  if (repair.mode === 'apply') return applyRepair(pair, await openWriter(), spool, repair, left);
  const { channel, timeout } = repair;
  const sent = await signalRepair(pair, spool, { channel, fence, timeout }, left, {
    ...ports,
    onProgress: (done) => update(`${done} rows arrived`),
  });
  // No signal takes a row away.
  using extras = new KeySpool();
  for await (const batch of spool.batches(1000)) {
    for (const one of batch) if (one.kind === 'extra') extras.add(one);
  }
  if (extras.size === 0) return sent;
  const removed = await applyRepair(pair, await openWriter(), extras, repair, left);
  return {
    ...sent,
    inserted: sent.inserted + removed.inserted,
    updated: sent.updated + removed.updated,
    deleted: removed.deleted,
    settled: sent.settled + removed.settled,
  };
}
