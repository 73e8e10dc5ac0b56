import type { ReconcileReport } from '../../src/reconcile/report.ts';
import { compare, type TestDatabase } from './databases.ts';

type Options = NonNullable<Parameters<typeof compare>[3]>;

/** Repairs everything, without asking. */
export const applyAll = { mode: 'apply', allowDelete: true, confirm: async () => {} } as const;

/** The keys of the rows that a repair skipped, by reason. */
export function skipped({ repair }: ReconcileReport): [string, unknown[]][] {
  return (repair?.left ?? []).map(({ reason, keys }) => [reason, keys]);
}

/** Each row as one text. */
export async function rows(database: TestDatabase, sql: string): Promise<string[]> {
  return (await database.run(sql)).map((row) => row.map((cell) => cell ?? 'NULL').join());
}

/** The script of `--repair sql`: all its lines, and as one text without its comments. */
export async function scriptOf(
  source: TestDatabase,
  target: TestDatabase,
  tables: string[],
  options: Options = {},
  allowDelete = true,
): Promise<{ lines: string[]; sql: string; report: ReconcileReport }> {
  const lines: string[] = [];
  const repair = { mode: 'sql', allowDelete, write: (line: string) => void lines.push(line) } as const;
  const report = await compare(source, target, tables, { ...options, repair });
  return { lines, sql: lines.filter((line) => !line.startsWith('--')).join('\n'), report };
}
