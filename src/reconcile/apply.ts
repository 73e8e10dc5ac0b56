import type { Session } from './dialects/dialect.ts';
import type { KeySpool } from './key-spool.ts';
import { NOT_DELETED, repairStatement } from './repair.ts';
import type { RepairReport } from './report.ts';
import { keysAtOnce, readRows } from './rows.ts';
import type { TablePair } from './table-pair.ts';

export type RepairCounts = Pick<RepairReport, 'inserted' | 'updated' | 'deleted' | 'settled'>;

const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;

/** Counts of what was left alone, by reason. */
export class LeftAlone {
  readonly #reasons = new Map<string, number>();

  add(reason: string, rows: number): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + rows);
  }

  get list(): RepairReport['left'] {
    return [...this.#reasons].map(([reason, rows]) => ({ rows, reason }));
  }
}

/**
 * Repairs one table: a transaction per batch of rows, each row read again on both sides, the target's locked, before
 * it is written; what is alike by now is left alone.
 * @param writer a session on the target that may write
 */
export async function applyRepair(
  pair: TablePair,
  writer: Session,
  spool: KeySpool,
  options: { allowDelete: boolean },
  left: LeftAlone,
): Promise<RepairCounts> {
  const total: RepairCounts = { inserted: 0, updated: 0, deleted: 0, settled: 0 };
  const { dialect } = writer;
  const writing: TablePair = { ...pair, target: { ...pair.target, session: writer } };
  const target = { dialect, table: pair.target.table, plan: pair.plan };
  for await (const batch of spool.batches(keysAtOnce(writing))) {
    const wanted = batch.filter((one) => one.kind !== 'extra' || options.allowDelete);
    for (const one of batch) if (one.kind === 'extra' && !options.allowDelete) left.add(NOT_DELETED, one.rows);
    if (wanted.length === 0) continue;
    // The source may have gone on since: what it has now is what counts.
    await pair.source.session.snapshot();
    await writer.execute(dialect.begin);
    try {
      const { differences, settled } = await readRows(writing, wanted, { lockTarget: true });
      const done = { inserted: 0, updated: 0, deleted: 0 };
      for (const difference of differences) {
        const statement = repairStatement(target, difference, options);
        if (statement.action === 'none') left.add(statement.reason, difference.rows);
        else {
          await writer.execute(statement.sql);
          done[DONE[statement.action]] += 1;
        }
      }
      await writer.execute(dialect.commit);
      total.inserted += done.inserted;
      total.updated += done.updated;
      total.deleted += done.deleted;
      total.settled += settled;
    } catch (error) {
      await writer.execute('ROLLBACK').catch(() => {});
      throw error;
    }
  }
  return total;
}
