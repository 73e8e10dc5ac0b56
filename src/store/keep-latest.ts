import type { DatabaseSync } from 'node:sqlite';

/** Removes the oldest rows of a table beyond `keep`; with `of`, among those with that value only. */
export function keepLatest(
  database: DatabaseSync,
  table: 'reconcile_run' | 'status_look',
  keep: number,
  of?: { column: string; value: string },
): void {
  const among = of === undefined ? '?1 IS NULL' : `${of.column} = ?1`;
  database
    .prepare(
      `DELETE FROM ${table} WHERE ${among}
       AND id <= (SELECT id FROM ${table} WHERE ${among} ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
    )
    .run(of?.value ?? null, keep);
}
