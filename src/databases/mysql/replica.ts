import type { Cells } from '../model.ts';

/** MySQL has the newer word since 8.0.22, and only that since 8.4. MariaDB names all its sources with the older one only. */
const STATEMENTS = ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'];
const MARIADB = ['SHOW ALL SLAVES STATUS'];

/** @returns why the server may lag behind another; replication itself is only visible with the privilege for it */
export async function replicaMysql(
  query: (sql: string) => Promise<Cells[]>,
  mariadb: boolean,
): Promise<string | undefined> {
  for (const statement of mariadb ? MARIADB : STATEMENTS) {
    // Without the privilege or the syntax for it, fall back to other signs.
    const rows = await query(statement).catch(() => []);
    if (rows.length > 0) return 'it replicates from another server';
  }
  const [[readOnly, innodb] = []] = await query('SELECT @@GLOBAL.read_only, @@GLOBAL.innodb_read_only');
  const isOn = (value: string | null | undefined) => value !== '0' && value !== 'OFF';
  // Group replication secondaries and Aurora readers replicate by other means.
  return isOn(readOnly) || isOn(innodb) ? 'it is read-only, as replicas are' : undefined;
}
