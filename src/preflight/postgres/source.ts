import type { Cells } from '../../databases/model.ts';
import type { Session } from '../../databases/session.ts';
import { listItems } from '../../text/lists.ts';
import type { CapturedTable } from '../../topology/model.ts';
import { captured, fullName } from '../captured-tables.ts';
import { type DatabaseFinding, finding } from '../model.ts';
import { type PublicationFacts, publicationFindings } from './publication.ts';
import { type SlotFacts, slotFindings } from './slots.ts';

type Config = Readonly<Record<string, string>>;

/** What logical decoding needs to know about a PostgreSQL server. */
export interface PostgresSourceFacts {
  walLevel: string;
  major: number;
  /** The server is a standby. */
  recovery: boolean;
  slots: SlotFacts;
  /** Undefined if the role does not exist. */
  role: { superuser: boolean; replication: boolean; createsInDatabase: boolean } | undefined;
  tables: PostgresTable[];
  /** Undefined if it does not exist. */
  publication: PublicationFacts | undefined;
  database: string;
}

export interface PostgresTable extends CapturedTable {
  /** `d`, `n`, `f`, `i` of pg_class.relreplident. */
  identity: string;
  readable: boolean;
  schemaUsable: boolean;
  owned: boolean;
}

export interface SourceContext {
  user: string;
  /** Whether the connector itself holds its slot; undefined if that is unknown. */
  holdsSlot: boolean | undefined;
}

/** Reads everything that the checks need, in a few queries. */
export async function postgresSourceFacts(
  session: Session,
  config: Config,
  user: string,
): Promise<PostgresSourceFacts> {
  const text = (value: Cells[number] | undefined) => value ?? '';
  const [settings = []] = await session.query(
    "SELECT current_setting('wal_level'), current_setting('max_replication_slots'), current_setting('max_wal_senders')," +
      ' (SELECT count(*) FROM pg_stat_replication)::text, pg_is_in_recovery()::text, current_database()',
  );
  const walStatus = session.server.major >= 13 ? 'wal_status' : 'NULL';
  const slots = await session.query(
    `SELECT slot_name, plugin, database, active::text, active_pid::text, ${walStatus} FROM pg_replication_slots`,
  );
  const parameters = [user];
  const [role] = await session.query({ sql: ROLE, parameters });
  const tables = role === undefined ? [] : await session.query({ sql: TABLES, parameters });
  const name = config['publication.name'] ?? 'dbz_publication';
  return {
    walLevel: text(settings[0]),
    major: session.server.major,
    recovery: settings[4] === 'true',
    database: text(settings[5]),
    slots: {
      max: Number(settings[1]),
      senders: { max: Number(settings[2]), used: Number(settings[3]) },
      slots: slots.map(([slot, plugin, database, active, pid, status]) => ({
        name: text(slot),
        plugin: plugin ?? null,
        database: database ?? null,
        active: active === 'true',
        pid: pid ?? null,
        lost: status === 'lost' || status === 'unreserved' ? status : null,
      })),
    },
    role:
      role === undefined
        ? undefined
        : { superuser: role[0] === 'true', replication: role[1] === 'true', createsInDatabase: role[2] === 'true' },
    tables: tables.map(([schema, table, identity, readable, schemaUsable, owned, key]) => ({
      schema: text(schema),
      name: text(table),
      identity: text(identity),
      readable: readable === 'true',
      schemaUsable: schemaUsable === 'true',
      owned: owned === 'true',
      primaryKey: JSON.parse(key ?? '[]') as string[],
    })),
    publication: role === undefined ? undefined : await publicationFacts(session, user, name),
  };
}

/** Membership in a managed service's replication role counts as REPLICATION, which cannot be granted there. */
const ROLE = `
  SELECT r.rolsuper::text,
    (r.rolreplication OR EXISTS (SELECT FROM pg_roles m
      WHERE m.rolname IN ('rds_replication', 'rds_superuser', 'alloydbsuperuser') AND pg_has_role(r.oid, m.oid, 'MEMBER')))::text,
    has_database_privilege(r.oid, current_database(), 'CREATE')::text
  FROM pg_roles r WHERE r.rolname = $1`;

const TABLES = `
  SELECT n.nspname, c.relname, c.relreplident, has_table_privilege(u.oid, c.oid, 'SELECT')::text,
    has_schema_privilege(u.oid, n.oid, 'USAGE')::text, pg_has_role(u.oid, c.relowner, 'USAGE')::text,
    coalesce((SELECT array_to_json(array(
      SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(n, o)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY k.o))
      FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary), '[]'::json)::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, (SELECT oid FROM pg_roles WHERE rolname = $1) u
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'`;

async function publicationFacts(session: Session, user: string, name: string): Promise<PublicationFacts | undefined> {
  const [row] = await session.query({
    sql:
      "SELECT puballtables::text, (pubinsert AND pubupdate AND pubdelete)::text, pg_has_role($1, pubowner, 'USAGE')::text " +
      'FROM pg_publication WHERE pubname = $2',
    parameters: [user, name],
  });
  if (row === undefined) return undefined;
  const tables = await session.query({
    sql: 'SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = $1',
    parameters: [name],
  });
  return {
    allTables: row[0] === 'true',
    allOperations: row[1] === 'true',
    owned: row[2] === 'true',
    tables: tables.map(([schema, table]) => ({ schema: schema ?? '', name: table ?? '' })),
  };
}

/** Requirements of Debezium's PostgreSQL connector that the server does not meet. Pure. */
export function postgresSourceFindings(
  facts: PostgresSourceFacts,
  config: Config,
  { user, holdsSlot }: SourceContext,
  quote: (identifier: string) => string,
): { findings: DatabaseFinding[]; tables: CapturedTable[] } {
  const findings: DatabaseFinding[] = [];
  if (facts.walLevel !== 'logical') {
    findings.push(
      finding('error', 'wal-level', `wal_level is ${facts.walLevel}; logical decoding needs logical`, {
        statement: "ALTER SYSTEM SET wal_level = 'logical';",
        hint: 'Then restart the server; on a managed service it is a parameter (rds.logical_replication = 1).',
      }),
    );
  }
  if (facts.recovery && facts.major < 16) {
    findings.push(
      finding('error', 'standby', 'the server is a standby, where PostgreSQL before 16 has no logical slots', {
        hint: 'Connect to the primary.',
      }),
    );
  }
  if (facts.role === undefined) {
    findings.push(
      finding('error', 'role-missing', `there is no role ${user}`, {
        statement: `CREATE ROLE ${quote(user)} LOGIN REPLICATION;`,
        hint: 'Give it a password as well.',
      }),
    );
    return { findings, tables: [] };
  }
  if (!facts.role.superuser && !facts.role.replication) {
    findings.push(
      finding('error', 'replication-right', `${user} may not replicate`, {
        statement: `ALTER ROLE ${quote(user)} REPLICATION;`,
        hint: `On Amazon RDS: GRANT rds_replication TO ${quote(user)};`,
      }),
    );
  }
  findings.push(...slotFindings(facts.slots, config, facts.database, holdsSlot));
  const capture = captured(config, facts.tables, 'schema');
  findings.push(...capture.findings);
  findings.push(...grantFindings(capture.tables, config, user, quote));
  if ((config['plugin.name'] ?? 'decoderbufs') === 'pgoutput') {
    findings.push(...publicationFindings(facts.publication, facts.role, capture.tables, config, user, quote));
  }
  findings.push(...identityFindings(capture.tables, config, quote));
  return { findings, tables: capture.tables.map(({ schema, name, primaryKey }) => ({ schema, name, primaryKey })) };
}

/** Snapshot modes that read no rows. */
const WITHOUT_ROWS = /^(no_data|never|schema_only|recovery|schema_only_recovery)$/;

function grantFindings(
  tables: readonly PostgresTable[],
  config: Config,
  user: string,
  quote: (identifier: string) => string,
): DatabaseFinding[] {
  const closed = [...new Set(tables.filter((table) => !table.schemaUsable).map((table) => table.schema))];
  const severity = WITHOUT_ROWS.test(config['snapshot.mode'] ?? 'initial') ? 'warning' : 'error';
  return [
    ...closed.map((schema) =>
      finding(severity, 'schema-right', `${user} may not use the schema ${schema}`, {
        statement: `GRANT USAGE ON SCHEMA ${quote(schema)} TO ${quote(user)};`,
      }),
    ),
    ...tables
      .filter((table) => !table.readable)
      .map((table) =>
        finding(severity, 'table-right', `${user} may not read ${fullName(table)}`, {
          statement: `GRANT SELECT ON ${quote(table.schema)}.${quote(table.name)} TO ${quote(user)};`,
        }),
      ),
  ];
}

/** Without a replica identity the server refuses UPDATE and DELETE, even by applications, once the table is published. */
function identityFindings(
  tables: readonly PostgresTable[],
  config: Config,
  quote: (identifier: string) => string,
): DatabaseFinding[] {
  const setByConnector = listItems(config['replica.identity.autoset.values'])
    .map((one) => one.replace(/:[^:]*$/, ''))
    .filter((one) => one !== '');
  return tables
    .filter(({ identity, primaryKey }) => identity === 'n' || (identity === 'd' && primaryKey.length === 0))
    .filter(
      (table) =>
        !setByConnector.some((one) => captured({ 'table.include.list': one }, [table], 'schema').tables.length > 0),
    )
    .map((table) =>
      finding(
        'warning',
        'replica-identity',
        `${fullName(table)} has no replica identity: once it is published, UPDATE and DELETE on it are refused`,
        {
          statement: `ALTER TABLE ${quote(table.schema)}.${quote(table.name)} REPLICA IDENTITY FULL;`,
          hint: 'Or give it a primary key.',
        },
      ),
    );
}
