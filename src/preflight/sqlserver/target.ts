import { literal } from '../../databases/literals.ts';
import type { Session } from '../../databases/session.ts';
import { finding } from '../model.ts';
import { TABLE_RIGHTS } from '../target/checks.ts';
import { quoting, standardStatements, type TargetReader, toForeignKey } from '../target/reader.ts';

export async function targetReader(session: Session, given: string): Promise<TargetReader> {
  const [[own = '', login, schema] = []] = await session.query('SELECT USER_NAME(), SUSER_SNAME(), SCHEMA_NAME()');
  const { quote, table } = quoting(session);
  const user = own ?? '';
  // Permissions are those of the session; those of another user are unknown.
  const sameUser = given === '' || [own, login].some((name) => name?.toLowerCase() === given.toLowerCase());
  const may = async (sql: string) => (sameUser ? (await session.query(sql))[0]?.[0] === '1' : undefined);
  return {
    defaultSchema: schema ?? 'dbo',
    findings: sameUser
      ? []
      : [finding('note', 'rights-unknown', `rights were not checked: the session belongs to ${user}, not to ${given}`)],
    statements: {
      ...standardStatements(session, user),
      grantCreate: (name) =>
        `GRANT CREATE TABLE TO ${quote(user)}; GRANT ALTER ON SCHEMA::${quote(name)} TO ${quote(user)};`,
    },
    async rights(name) {
      if (!sameUser) return undefined;
      const object = `N${literal(table(name))}`;
      const [held = []] = await session.query(
        `SELECT ${TABLE_RIGHTS.map((right) => `HAS_PERMS_BY_NAME(${object}, 'OBJECT', '${right}')`).join(', ')}`,
      );
      return new Set(TABLE_RIGHTS.filter((_right, index) => held[index] === '1'));
    },
    mayCreate: (name) =>
      may(
        "SELECT CAST(CASE WHEN HAS_PERMS_BY_NAME(NULL, 'DATABASE', 'CREATE TABLE') = 1 " +
          `AND HAS_PERMS_BY_NAME(N${literal(quote(name))}, 'SCHEMA', 'ALTER') = 1 THEN 1 ELSE 0 END AS int)`,
      ),
    async foreignKeys({ schema: inSchema, name }) {
      const rows = await session.query(
        'SELECT f.name, SCHEMA_NAME(r.schema_id), r.name FROM sys.foreign_keys f ' +
          'JOIN sys.tables t ON t.object_id = f.parent_object_id JOIN sys.tables r ON r.object_id = f.referenced_object_id ' +
          `WHERE SCHEMA_NAME(t.schema_id) = N${literal(inSchema)} AND t.name = N${literal(name)} ORDER BY 1`,
      );
      return rows.map(toForeignKey);
    },
  };
}
