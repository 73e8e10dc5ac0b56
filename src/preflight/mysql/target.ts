import type { Session } from '../../databases/session.ts';
import { TABLE_RIGHTS } from '../target/checks.ts';
import { foreignKeysBy, quoting, type TargetReader } from '../target/reader.ts';
import { mysqlAccount, unseenRights } from './account.ts';

export async function targetReader(session: Session, user: string): Promise<TargetReader> {
  const account = await mysqlAccount(session, user);
  const { quote, table } = quoting(session);
  const { grants, grantee } = account;
  return {
    defaultSchema: session.server.database,
    findings: unseenRights(account),
    statements: {
      user: grantee,
      quote,
      table,
      grant: (rights, name) => `GRANT ${rights.join(', ')} ON ${table(name)} TO ${grantee};`,
      grantCreate: (schema) =>
        `GRANT CREATE, ALTER, INSERT, UPDATE, DELETE, SELECT ON ${quote(schema)}.* TO ${grantee};`,
      dropForeignKey: (name, key) => `ALTER TABLE ${table(name)} DROP FOREIGN KEY ${quote(key)};`,
    },
    rights: async ({ schema, name }) =>
      grants && new Set(TABLE_RIGHTS.filter((right) => grants.has(right, schema, name))),
    mayCreate: async (schema) => grants?.has('CREATE', schema),
    foreignKeys: foreignKeysBy(
      session,
      'SELECT DISTINCT constraint_name, referenced_table_schema, referenced_table_name ' +
        'FROM information_schema.key_column_usage ' +
        'WHERE table_schema = ? AND table_name = ? AND referenced_table_name IS NOT NULL ORDER BY 1',
    ),
  };
}
