import { SluiceError } from '../errors/error.ts';
import { silentProgress } from '../ports/progress.ts';
import { type ReconcilePorts, type RepairOptions, reconcile } from '../reconcile/reconcile.ts';
import { differencesOf, type ReconcileReport } from '../reconcile/report.ts';
import { parseTablePair } from '../reconcile/tables.ts';
import type { DatabaseAddress } from '../sandbox/status.ts';
import { command } from '../text/settings.ts';
import { thousands } from '../text/thousands.ts';
import { SHOP_TABLES } from './shop.ts';

/** What to do about differences: nothing, collect the statements, or apply them. */
export type DemoRepair = { script: string[] } | 'apply' | undefined;

/** Compares every row of the shop; the steps of the comparison are one step of the demo. */
export function compareShop(
  source: DatabaseAddress,
  target: DatabaseAddress,
  repair: DemoRepair,
  ports: Omit<ReconcilePorts, 'progress'>,
): Promise<ReconcileReport> {
  return reconcile(
    {
      source,
      target,
      tables: SHOP_TABLES.map(parseTablePair),
      limit: 10,
      statementTimeout: 0,
      connectTimeout: 10_000,
      repair: repairOf(repair),
    },
    { ...ports, progress: silentProgress },
  );
}

function repairOf(repair: DemoRepair): RepairOptions | undefined {
  if (repair === undefined) return undefined;
  // The demo shows the repair first, and owns the target: no confirmation is needed.
  if (repair === 'apply') return { mode: 'apply', allowDelete: false, confirm: async () => {} };
  return {
    mode: 'sql',
    allowDelete: false,
    write: (line) => {
      repair.script.push(line);
    },
  };
}

export function describe({ tables, verdict, repair }: ReconcileReport): string {
  if (repair?.mode === 'apply') return `${repair.updated} row updated`;
  const rows = thousands(tables.reduce((sum, table) => sum + (table.rows.source ?? 0), 0));
  const differences = tables.reduce((sum, table) => sum + differencesOf(table), 0);
  return verdict === 'equal' ? `equal, ${rows} rows` : `${differences} of ${rows} rows differ`;
}

export function unexpected(message: string, report: ReconcileReport): SluiceError {
  return new SluiceError('INTERNAL', `${message}: ${describe(report)}`, {
    hint: `To investigate: ${command('demo', { keep: true })}, then ${command('status', { context: 'sandbox-demo' })}`,
    details: {
      tables: report.tables.map(({ source, verdict, missing, extra, different }) => ({
        source,
        verdict,
        missing,
        extra,
        different,
      })),
    },
  });
}
