import type { Session } from '../reconcile/dialects/dialect.ts';
import { type Endpoint, type Issue, issue, literal, type TableId } from './model.ts';
import { mysqlAccount, unseenRights } from './mysql-account.ts';
import {
  type ForeignKey,
  TABLE_RIGHTS,
  type TableRight,
  type TargetStatements,
  type TargetTable,
  type WantedTable,
} from './target.ts';

/** The tables of a sink as its database has them, and how to write what mends them. */
export interface TargetFacts {
  tables: TargetTable[];
  statements: TargetStatements;
  /** What could not be looked at, and what is wrong with the user itself. */
  issues: Issue[];
}

/** How one engine is asked for rights and foreign keys. */
interface TargetReader {
  defaultSchema: string;
  statements: TargetStatements;
  issues: Issue[];
  rights(table: TableId): Promise<ReadonlySet<TableRight> | undefined>;
  mayCreate(schema: string): Promise<boolean | undefined>;
  foreignKeys(table: TableId): Promise<ForeignKey[]>;
}

export async function targetFacts(
  session: Session,
  endpoint: Pick<Endpoint, 'engine' | 'user'>,
  wanted: readonly WantedTable[],
): Promise<TargetFacts> {
  const reader = await READERS[endpoint.engine](session, endpoint.user);
  const known = await session.tables();
  const tables: TargetTable[] = [];
  for (const one of wanted) {
    const schema = one.schema ?? reader.defaultSchema;
    // A sink that quotes nothing leaves the case to the server.
    const found =
      known.find((table) => table.schema === schema && table.name === one.name) ??
      known.find(
        (table) =>
          table.schema.toLowerCase() === schema.toLowerCase() && table.name.toLowerCase() === one.name.toLowerCase(),
      );
    const id = { schema: found?.schema ?? schema, name: found?.name ?? one.name };
    tables.push({
      wanted: one,
      id,
      there: found && (await session.describe(id)),
      rights: found && (await reader.rights(id)),
      foreignKeys: found ? await reader.foreignKeys(id) : [],
      mayCreate: found ? undefined : await reader.mayCreate(schema),
    });
  }
  return { tables, statements: reader.statements, issues: reader.issues };
}

const READERS: Record<Endpoint['engine'], (session: Session, user: string) => Promise<TargetReader>> = {
  postgresql: postgresReader,
  mysql: mysqlReader,
  sqlserver: sqlserverReader,
};

function quoting(session: Session): Pick<TargetStatements, 'quote' | 'table'> {
  return { quote: (name) => session.dialect.quote(name), table: (table) => session.dialect.table(table) };
}

async function postgresReader(session: Session, given: string): Promise<TargetReader> {
  const [[own = ''] = []] = await session.query('SELECT current_user::text');
  const [schema] = session.server.schemas ?? [];
  const user = given || (own ?? '');
  const { quote, table } = quoting(session);
  const [role] = await session.query({ sql: 'SELECT 1 FROM pg_roles WHERE rolname = $1', parameters: [user] });
  const may = async (sql: string, ...parameters: string[]) =>
    role === undefined ? undefined : (await session.query({ sql, parameters }))[0]?.[0] === 'true';
  const closed = new Set<string>();
  const issues =
    role !== undefined
      ? []
      : [
          issue('error', 'role-missing', `there is no role ${user}`, {
            statement: `CREATE ROLE ${quote(user)} LOGIN;`,
            hint: 'Give it a password, too.',
          }),
        ];
  return {
    defaultSchema: schema ?? 'public',
    issues,
    statements: {
      user,
      quote,
      table,
      grant: (rights, name) => `GRANT ${rights.join(', ')} ON ${table(name)} TO ${quote(user)};`,
      grantCreate: (name) => `GRANT USAGE, CREATE ON SCHEMA ${quote(name)} TO ${quote(user)};`,
      dropForeignKey: (name, key) => `ALTER TABLE ${table(name)} DROP CONSTRAINT ${quote(key)};`,
    },
    async rights(name) {
      if (role === undefined) return undefined;
      // By its oid: a name cannot even be looked up in a schema that the user may not use.
      const [[usable, ...held] = []] = await session.query({
        sql:
          "SELECT has_schema_privilege($1, n.oid, 'USAGE')::text, " +
          `${TABLE_RIGHTS.map((right) => `has_table_privilege($1, c.oid, '${right}')::text`).join(', ')} ` +
          'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $2 AND c.relname = $3',
        parameters: [user, name.schema, name.name],
      });
      if (usable !== 'true' && !closed.has(name.schema)) {
        closed.add(name.schema);
        issues.push(
          issue('error', 'schema-right', `${user} may not use the schema ${name.schema}`, {
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
    async foreignKeys({ schema: inSchema, name }) {
      const rows = await session.query({
        sql:
          'SELECT k.conname, rn.nspname, r.relname FROM pg_constraint k ' +
          'JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace ' +
          'JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace ' +
          "WHERE k.contype = 'f' AND n.nspname = $1 AND c.relname = $2 ORDER BY 1",
        parameters: [inSchema, name],
      });
      return rows.map(toForeignKey);
    },
  };
}

async function mysqlReader(session: Session, user: string): Promise<TargetReader> {
  const account = await mysqlAccount(session, user);
  const { quote, table } = quoting(session);
  const { grants, grantee } = account;
  return {
    defaultSchema: session.server.database,
    issues: unseenRights(account),
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
    async foreignKeys({ schema, name }) {
      const rows = await session.query({
        sql:
          'SELECT DISTINCT constraint_name, referenced_table_schema, referenced_table_name ' +
          'FROM information_schema.key_column_usage ' +
          'WHERE table_schema = ? AND table_name = ? AND referenced_table_name IS NOT NULL ORDER BY 1',
        parameters: [schema, name],
      });
      return rows.map(toForeignKey);
    },
  };
}

async function sqlserverReader(session: Session, given: string): Promise<TargetReader> {
  const [[own = '', login, schema] = []] = await session.query('SELECT USER_NAME(), SUSER_SNAME(), SCHEMA_NAME()');
  const { quote, table } = quoting(session);
  const user = own ?? '';
  // Rights are those of the session: of another user's nothing can be said.
  const sameUser = given === '' || [own, login].some((name) => name?.toLowerCase() === given.toLowerCase());
  const may = async (sql: string) => (sameUser ? (await session.query(sql))[0]?.[0] === '1' : undefined);
  return {
    defaultSchema: schema ?? 'dbo',
    issues: sameUser
      ? []
      : [issue('note', 'rights-unknown', `rights were not looked at: the session is that of ${user}, not of ${given}`)],
    statements: {
      user,
      quote,
      table,
      grant: (rights, name) => `GRANT ${rights.join(', ')} ON ${table(name)} TO ${quote(user)};`,
      grantCreate: (name) =>
        `GRANT CREATE TABLE TO ${quote(user)}; GRANT ALTER ON SCHEMA::${quote(name)} TO ${quote(user)};`,
      dropForeignKey: (name, key) => `ALTER TABLE ${table(name)} DROP CONSTRAINT ${quote(key)};`,
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

function toForeignKey([name, schema, table]: readonly (string | null)[]): ForeignKey {
  return { name: name ?? '', references: { schema: schema ?? '', name: table ?? '' } };
}
