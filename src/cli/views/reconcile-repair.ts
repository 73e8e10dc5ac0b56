import type { ReconcileReport, RepairedTable, RepairReport } from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleValue } from '../../text/visible.ts';
import { type Shown, shownValue } from './reconcile-values.ts';

const TITLE: Record<RepairReport['mode'], string> = {
  apply: 'Repaired',
  signal: 'Repaired through the pipeline',
  sql: 'Repair script',
};

/** Long enough to find the key again. */
const KEY: Shown = { max: 120, quoted: true };
/** Keys of skipped rows shown per reason. */
const MAX_KEYS = 5;

/** What a repair did, by table if there are several, and what it skipped; terminal control characters are escaped. */
export function repairLines({ repair }: ReconcileReport): string[] {
  if (repair === undefined) return [];
  const lines = [`${TITLE[repair.mode]}: ${rowCounts(repair, repair.mode)}.`];
  if (repair.settled > 0) lines.push(`${thousands(repair.settled)} no longer differed when read again.`);
  for (const table of repair.tables) lines.push(...tableLines(table, repair.mode, repair.tables.length > 1));
  for (const { table, rows, reason, keys } of repair.left) {
    const named = keys.slice(0, MAX_KEYS).map(keyText);
    const more = rows > named.length && named.length > 0 ? ', …' : '';
    lines.push(
      `Skipped in ${table}: ${thousands(rows)} (${reason})${named.length === 0 ? '' : `: ${named.join(', ')}${more}`}.`,
    );
  }
  lines.push(...(repair.notes ?? []));
  const { error } = repair;
  if (error !== undefined) lines.push(`The repair was aborted: ${error.message} [${error.code}]`, ...hintLines(error));
  return lines.map((line) => visibleValue(line));
}

function hintLines({ hint }: { hint?: string | undefined }): string[] {
  return hint === undefined ? [] : [`  ${hint}`];
}

function tableLines(table: RepairedTable, mode: RepairReport['mode'], several: boolean): string[] {
  const { error, after } = table;
  const found = after === undefined ? '' : `; compared again afterwards: ${afterText(after)}`;
  const ended =
    error === undefined ? [] : [`The repair of ${table.table} was aborted: ${error.message} [${error.code}]`];
  if (!several && after === undefined) return ended;
  return [`${table.table}: ${rowCounts(table, mode)}${found}.`, ...ended];
}

function afterText(after: NonNullable<RepairedTable['after']>): string {
  const parts = (['missing', 'extra', 'different', 'undetermined'] as const)
    .filter((kind) => (after[kind] ?? 0) > 0)
    .map((kind) => `${thousands(after[kind] ?? 0)} ${kind}`);
  return parts.length === 0 ? after.verdict : `${after.verdict}, ${parts.join(', ')}`;
}

/** How many rows a repair wrote; a script has changed nothing yet. */
export function rowCounts(
  { inserted, updated, deleted }: Pick<RepairReport, 'inserted' | 'updated' | 'deleted'>,
  mode: RepairReport['mode'],
): string {
  const [insert, update, remove] =
    mode === 'sql' ? ['to insert', 'to update', 'to delete'] : ['inserted', 'updated', 'deleted'];
  return `${thousands(inserted)} ${insert}, ${thousands(updated)} ${update}, ${thousands(deleted)} ${remove}`;
}

function keyText(key: Record<string, string | null>): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${shownValue(value, KEY)}`)
    .join(' ');
}
