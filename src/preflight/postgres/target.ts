import type { Session } from '../../databases/session.ts';
import { finding } from '../model.ts';
import { TABLE_RIGHTS } from '../target/checks.ts';
import { foreignKeysBy, quoting, standardStatements, type TargetReader } from '../target/reader.ts';

export async function targetReader(session: Session, given: string): Promise<TargetReader> {
  const [[own = ''] = []] = await session.query('SELECT current_user::text');
  const [schema] = session.server.schemas ?? [];
  const user = given || (own ?? '');
  const { quote } = quoting(session);
  const [role] = await session.query({ sql: 'SELECT 1 FROM pg_roles WHERE rolname = $1', parameters: [user] });
  const may = async (sql: string, ...parameters: string[]) =>
    role === undefined ? undefined : (await session.query({ sql, parameters }))[0]?.[0] === 'true';
  const closed = new Set<string>();
  const findings =
    role !== undefined
      ? []
      : [
          finding('error', 'role-missing', `there is no role ${user}`, {
            statement: `CREATE ROLE ${quote(user)} LOGIN;`,
            hint: 'Give it a password as well.',
          }),
        ];
  return {
    defaultSchema: schema ?? 'public',
    findings,
    statements: {
      ...standardStatements(session, user),
      // The schema may not exist yet either.
      grantCreate: (name) =>
        `CREATE SCHEMA IF NOT EXISTS ${quote(name)}; GRANT USAGE, CREATE ON SCHEMA ${quote(name)} TO ${quote(user)};`,
    },
    async rights(name) {
      if (role === undefined) return undefined;
      // By oid: a name cannot even be resolved in a schema that the user may not use.
      const [[usable, ...held] = []] = await session.query({
        sql:
          "SELECT has_schema_privilege($1, n.oid, 'USAGE')::text, " +
          `${TABLE_RIGHTS.map((right) => `has_table_privilege($1, c.oid, '${right}')::text`).join(', ')} ` +
          'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $2 AND c.relname = $3',
        parameters: [user, name.schema, name.name],
      });
      if (usable !== 'true' && !closed.has(name.schema)) {
        closed.add(name.schema);
        findings.push(
          finding('error', 'schema-right', `${user} may not use the schema ${name.schema}`, {
            statement: `GRANT USAGE ON SCHEMA ${quote(name.schema)} TO ${quote(user)};`,
          }),
        );
      }
      return new Set(TABLE_RIGHTS.filter((_right, index) => held[index] === 'true'));
    },
    mayCreate: (name) =>
      may(
        "SELECT coalesce((SELECT has_schema_privilege($1, n.oid, 'CREATE') AND has_schema_privilege($1, n.oid, 'USAGE') " +
          'FROM pg_namespace n WHERE n.nspname = $2), false)::text',
        user,
        name,
      ),
    foreignKeys: foreignKeysBy(
      session,
      'SELECT k.conname, rn.nspname, r.relname FROM pg_constraint k ' +
        'JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace ' +
        'JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace ' +
        "WHERE k.contype = 'f' AND n.nspname = $1 AND c.relname = $2 ORDER BY 1",
    ),
  };
}
