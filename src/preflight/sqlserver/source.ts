import { literal } from '../../databases/literals.ts';
import type { Session } from '../../databases/session.ts';
import type { CapturedTable } from '../../topology/model.ts';
import { captured, fullName } from '../captured-tables.ts';
import { type DatabaseFinding, finding } from '../model.ts';

type Config = Readonly<Record<string, string>>;

export interface SqlserverSourceFacts {
  database: string;
  /** sys.databases.is_cdc_enabled */
  captures: boolean;
  /** Azure SQL Database captures changes without an agent. */
  azure: boolean;
  /** `Running`, `Stopped`, …; undefined if the session may not see it. */
  agent: string | undefined;
  /** ON, OFF or a transition between them. */
  snapshotIsolation: string;
  tables: SqlserverTable[];
  /** Whether the session may read the schema `cdc`. */
  readsCapture: boolean;
  /** The session's user, as a statement names it. */
  user: string;
}

export interface SqlserverTable extends CapturedTable {
  /** sys.tables.is_tracked_by_cdc */
  tracked: boolean;
  readable: boolean;
  /** The role that may read its changes; null if everyone who may read the table may. */
  gate: string | null;
  inGate: boolean;
}

/** The session must be on the captured database. */
export async function sqlserverSourceFacts(session: Session): Promise<SqlserverSourceFacts> {
  const [row = []] = await session.query(
    'SELECT DB_NAME(), CAST(d.is_cdc_enabled AS int), d.snapshot_isolation_state_desc, ' +
      "CAST(SERVERPROPERTY('EngineEdition') AS int), ISNULL(HAS_PERMS_BY_NAME('cdc', 'SCHEMA', 'SELECT'), 0), USER_NAME(), " +
      "ISNULL(HAS_PERMS_BY_NAME('cdc.change_tables', 'OBJECT', 'SELECT'), 0) " +
      'FROM sys.databases d WHERE d.database_id = DB_ID()',
  );
  const captures = row[1] === '1';
  // Without permission on the schema `cdc`, that is the finding, not that the roles could not be read.
  const seesRoles = captures && row[6] === '1';
  // Needs VIEW SERVER STATE.
  const agents = await session
    .query("SELECT status_desc FROM sys.dm_server_services WHERE servicename LIKE '%Agent%'")
    .catch(() => []);
  const tables = await session.query(seesRoles ? TABLES_WITH_CAPTURE : TABLES);
  return {
    database: row[0] ?? '',
    captures,
    azure: row[3] === '5',
    agent: agents[0]?.[0] ?? undefined,
    snapshotIsolation: row[2] ?? '',
    readsCapture: row[4] === '1',
    user: row[5] ?? '',
    tables: tables.map(([schema, name, tracked, readable, gate, inGate, key]) => ({
      schema: schema ?? '',
      name: name ?? '',
      tracked: tracked === '1',
      readable: readable === '1',
      gate: gate ?? null,
      inGate: inGate === '1',
      primaryKey: (key ?? '').split('\u0001').filter((column) => column !== ''),
    })),
  };
}

const KEY = `(SELECT STRING_AGG(CAST(c.name AS nvarchar(max)), CHAR(1)) WITHIN GROUP (ORDER BY ic.key_ordinal)
    FROM sys.indexes i JOIN sys.index_columns ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
    JOIN sys.columns c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
    WHERE i.object_id = t.object_id AND i.is_primary_key = 1)`;
const READABLE = "ISNULL(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(t.name), 'OBJECT', 'SELECT'), 0)";
const TABLES = `
  SELECT s.name, t.name, CAST(t.is_tracked_by_cdc AS int), ${READABLE}, NULL, 1, ${KEY}
  FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id WHERE t.is_ms_shipped = 0`;
const TABLES_WITH_CAPTURE = `
  SELECT s.name, t.name, CAST(t.is_tracked_by_cdc AS int), ${READABLE}, ct.role_name,
    CASE WHEN ct.role_name IS NULL THEN 1 ELSE ISNULL(IS_ROLEMEMBER(ct.role_name), 0) END, ${KEY}
  FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id
  OUTER APPLY (SELECT TOP 1 role_name FROM cdc.change_tables WHERE source_object_id = t.object_id) ct
  WHERE t.is_ms_shipped = 0`;

/**
 * Requirements of Debezium's SQL Server connector that the database does not meet. Pure.
 * @param sameUser false if the session's user is not the connector's, so permissions cannot be checked
 * @see https://debezium.io/documentation/reference/stable/connectors/sqlserver.html#setting-up-sqlserver
 */
export function sqlserverSourceFindings(
  facts: SqlserverSourceFacts,
  config: Config,
  sameUser: boolean,
  quote: (identifier: string) => string,
): { findings: DatabaseFinding[]; tables: CapturedTable[] } {
  const { database } = facts;
  const use = `USE ${quote(database)};`;
  const findings: DatabaseFinding[] = [];
  const capture = captured(config, facts.tables, 'schema');
  findings.push(...capture.findings);
  if (!facts.captures) {
    findings.push(
      finding('error', 'cdc-database', `change data capture is off in the database ${database}`, {
        statement: `${use} EXEC sys.sp_cdc_enable_db;`,
      }),
    );
  }
  findings.push(...agentFindings(facts));
  for (const table of capture.tables.filter((one) => !one.tracked)) {
    findings.push(
      finding('error', 'cdc-table', `change data capture is off for ${fullName(table)}`, {
        statement: `${use} EXEC sys.sp_cdc_enable_table @source_schema = N${literal(table.schema)}, @source_name = N${literal(table.name)}, @role_name = NULL;`,
        ...(facts.captures ? {} : { hint: 'Enable it for the database first.' }),
      }),
    );
  }
  if ((config['snapshot.isolation.mode'] ?? '') === 'snapshot' && facts.snapshotIsolation !== 'ON') {
    findings.push(
      finding(
        'error',
        'snapshot-isolation',
        `${database} does not allow snapshot isolation, which snapshot.isolation.mode asks for`,
        {
          statement: `ALTER DATABASE ${quote(database)} SET ALLOW_SNAPSHOT_ISOLATION ON;`,
        },
      ),
    );
  }
  findings.push(...(sameUser ? rightFindings(facts, capture.tables, quote) : [otherUser(facts)]));
  return { findings, tables: capture.tables.map(({ schema, name, primaryKey }) => ({ schema, name, primaryKey })) };
}

function agentFindings({ agent, azure }: SqlserverSourceFacts): DatabaseFinding[] {
  if (azure || agent === 'Running') return [];
  if (agent === undefined) {
    return [
      finding(
        'note',
        'agent-unknown',
        'cannot tell whether SQL Server Agent is running: that needs VIEW SERVER STATE',
        {
          hint: 'Without the agent nothing is captured. See: EXEC sys.sp_cdc_help_jobs;',
        },
      ),
    ];
  }
  return [
    finding('error', 'agent', `SQL Server Agent is ${agent.toLowerCase()}: without it nothing is captured`, {
      statement: "EXEC xp_servicecontrol N'START', N'SQLServerAGENT';",
      hint: 'In a container: start it with MSSQL_AGENT_ENABLED=true.',
    }),
  ];
}

function rightFindings(
  { captures, readsCapture, user, database }: SqlserverSourceFacts,
  tables: readonly SqlserverTable[],
  quote: (identifier: string) => string,
): DatabaseFinding[] {
  const use = `USE ${quote(database)};`;
  const findings = tables
    .filter((table) => !table.readable)
    .map((table) =>
      finding('error', 'table-right', `${user} may not read ${fullName(table)}`, {
        statement: `${use} GRANT SELECT ON ${quote(table.schema)}.${quote(table.name)} TO ${quote(user)};`,
      }),
    );
  if (captures && !readsCapture) {
    findings.push(
      finding('error', 'cdc-right', `${user} may not read the schema cdc, where the changes are`, {
        statement: `${use} GRANT SELECT ON SCHEMA::cdc TO ${quote(user)};`,
      }),
    );
  }
  for (const gate of new Set(tables.flatMap((table) => (table.gate !== null && !table.inGate ? [table.gate] : [])))) {
    findings.push(
      finding('error', 'cdc-role', `${user} is not in the role ${gate}, which guards the changes`, {
        statement: `${use} ALTER ROLE ${quote(gate)} ADD MEMBER ${quote(user)};`,
      }),
    );
  }
  return findings;
}

function otherUser({ user }: SqlserverSourceFacts): DatabaseFinding {
  return finding(
    'note',
    'rights-unknown',
    `rights were not checked: the session belongs to ${user}, not to the connector`,
    {
      hint: "Remove the named database, or give it the connector's user.",
    },
  );
}
