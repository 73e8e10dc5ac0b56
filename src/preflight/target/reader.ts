import type { Session } from '../../databases/session.ts';
import type { TableId } from '../../topology/model.ts';
import type { DatabaseFinding } from '../model.ts';
import type { ForeignKey, TableRight, TargetStatements } from './checks.ts';

/** Reads permissions and foreign keys from one engine. */
export interface TargetReader {
  /** Where tables are that a sink names without a schema. */
  defaultSchema: string;
  statements: TargetStatements;
  /** What could not be checked, and problems with the user itself; more may be added by what is read. */
  findings: DatabaseFinding[];
  /** The user's rights on a table; undefined if they cannot be read. */
  rights(table: TableId): Promise<ReadonlySet<TableRight> | undefined>;
  /** Whether the user may create tables in a schema; undefined if that is unknown. */
  mayCreate(schema: string): Promise<boolean | undefined>;
  foreignKeys(table: TableId): Promise<ForeignKey[]>;
}

/** The names in an engine's statements. */
export function quoting(session: Session): Pick<TargetStatements, 'quote' | 'table'> {
  return { quote: (name) => session.quote(name), table: (table) => session.table(table) };
}

/** Statements in standard SQL, for engines whose users have only a name; in MySQL they also have a host. */
export function standardStatements(session: Session, user: string): Omit<TargetStatements, 'grantCreate'> {
  const { quote, table } = quoting(session);
  return {
    user,
    quote,
    table,
    grant: (rights, name) => `GRANT ${rights.join(', ')} ON ${table(name)} TO ${quote(user)};`,
    dropForeignKey: (name, key) => `ALTER TABLE ${table(name)} DROP CONSTRAINT ${quote(key)};`,
  };
}

/** @param sql selects a key's name and the table that it refers to, of the table with this schema and name */
export function foreignKeysBy(session: Session, sql: string): TargetReader['foreignKeys'] {
  return async ({ schema, name }) => (await session.query({ sql, parameters: [schema, name] })).map(toForeignKey);
}

export function toForeignKey([name, schema, table]: readonly (string | null)[]): ForeignKey {
  return { name: name ?? '', references: { schema: schema ?? '', name: table ?? '' } };
}
