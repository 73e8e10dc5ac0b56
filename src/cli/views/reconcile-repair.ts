import type { ReconcileReport, RepairedTable, RepairReport } from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { type Shown, shownValue, visible } from './reconcile-values.ts';

const TITLE: Record<RepairReport['mode'], string> = {
  apply: 'Repaired',
  signal: 'Repaired through the pipeline',
  sql: 'Repair script',
};

/** A key must be found again by what is shown of it. */
const KEY: Shown = { most: 120, quoted: true };
/** Keys of rows that were left alone, of each reason. */
const MOST_KEYS = 5;

/** What a repair did, by table where that says more, and what it left alone; each line without what a terminal obeys. */
export function repairLines({ repair }: ReconcileReport): string[] {
  if (repair === undefined) return [];
  const lines = [`${TITLE[repair.mode]}: ${counts(repair)}.`];
  if (repair.settled > 0) lines.push(`${thousands(repair.settled)} no longer differed when read again.`);
  for (const table of repair.tables) lines.push(...tableLines(table, repair.tables.length > 1));
  for (const { table, rows, reason, keys } of repair.left) {
    const named = keys.slice(0, MOST_KEYS).map(keyText);
    const more = rows > named.length && named.length > 0 ? ', …' : '';
    lines.push(
      `Left alone in ${table}: ${thousands(rows)} (${reason})${named.length === 0 ? '' : `: ${named.join(', ')}${more}`}.`,
    );
  }
  lines.push(...(repair.notes ?? []));
  if (repair.error !== undefined) lines.push(`The repair broke off: ${repair.error.message} [${repair.error.code}]`);
  return lines.map((line) => visible(line));
}

function tableLines(table: RepairedTable, several: boolean): string[] {
  const { error, after } = table;
  const found = after === undefined ? '' : `; compared again after it: ${afterText(after)}`;
  const ended = error === undefined ? [] : [`The repair of ${table.table} broke off: ${error.message} [${error.code}]`];
  if (!several && after === undefined) return ended;
  return [`${table.table}: ${counts(table)}${found}.`, ...ended];
}

function afterText(after: NonNullable<RepairedTable['after']>): string {
  const parts = (['missing', 'extra', 'different', 'undetermined'] as const)
    .filter((kind) => (after[kind] ?? 0) > 0)
    .map((kind) => `${thousands(after[kind] ?? 0)} ${kind}`);
  return parts.length === 0 ? after.verdict : `${after.verdict}, ${parts.join(', ')}`;
}

function counts({ inserted, updated, deleted }: Pick<RepairReport, 'inserted' | 'updated' | 'deleted'>): string {
  return `${thousands(inserted)} inserted, ${thousands(updated)} updated, ${thousands(deleted)} deleted`;
}

function keyText(key: Record<string, string | null>): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${shownValue(value, KEY)}`)
    .join(' ');
}
