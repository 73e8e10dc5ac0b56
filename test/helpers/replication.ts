import { eventually } from './pipeline-connectors.ts';
import { query } from './query.ts';

/**
 * Drops the slots and publications of PostgreSQL whose names begin alike. A task ends after its connector is deleted, and
 * makes both again where it was about to start: once no slot is in use, none does.
 */
export async function dropReplication(database: { url: string }, prefix: string): Promise<void> {
  const slots = `FROM pg_replication_slots WHERE starts_with(slot_name, '${prefix}')`;
  await eventually(
    async () => {
      await query(database, `SELECT pg_drop_replication_slot(slot_name) ${slots} AND NOT active`);
      return (await query(database, `SELECT ${slots}`)).length === 0 ? true : undefined;
    },
    () => `a replication slot of ${prefix} is still in use`,
  );
  const publications = await query(database, 'SELECT quote_ident(pubname) AS name, pubname FROM pg_publication');
  for (const { name, pubname } of publications as { name: string; pubname: string }[]) {
    if (pubname.startsWith(prefix)) await query(database, `DROP PUBLICATION ${name}`);
  }
}
