import type { Session } from '../../databases/session.ts';
import { patternRefusal } from '../../databases/table-kinds.ts';
import type { CapturedTable } from '../../topology/model.ts';
import { captured, fullName } from '../captured-tables.ts';
import { type DatabaseFinding, finding } from '../model.ts';
import { type MysqlAccount, mysqlAccount, unseenRights } from './account.ts';

type Config = Readonly<Record<string, string>>;

export interface MysqlSourceFacts {
  product: string;
  /** Global variables by name, in lower case. */
  variables: ReadonlyMap<string, string>;
  account: MysqlAccount;
  /** Tables that the session can see, without views. */
  tables: CapturedTable[];
}

const VARIABLES = ['log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_value_options', 'server_id'];

export async function mysqlSourceFacts(session: Session, user: string): Promise<MysqlSourceFacts> {
  const rows = await session.query(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${VARIABLES.map((name) => `'${name}'`).join(', ')})`,
  );
  const tables = (await session.tables()).filter(({ kind }) => patternRefusal(kind) === undefined);
  const keys = await session.query(
    'SELECT table_schema, table_name, column_name FROM information_schema.statistics ' +
      "WHERE index_name = 'PRIMARY' ORDER BY table_schema, table_name, seq_in_index",
  );
  const byTable = Map.groupBy(keys, ([schema, name]) => `${schema}.${name}`);
  return {
    product: session.server.product,
    variables: new Map(rows.map(([name, value]) => [(name ?? '').toLowerCase(), value ?? ''])),
    account: await mysqlAccount(session, user),
    tables: tables.map(({ schema, name }) => ({
      schema,
      name,
      primaryKey: (byTable.get(`${schema}.${name}`) ?? []).map(([, , column]) => column ?? ''),
    })),
  };
}

/**
 * Requirements of Debezium's MySQL and MariaDB connectors that the server does not meet. Pure.
 * @see https://debezium.io/documentation/reference/stable/connectors/mysql.html#setting-up-mysql
 */
export function mysqlSourceFindings(
  facts: MysqlSourceFacts,
  config: Config,
  quote: (identifier: string) => string,
): { findings: DatabaseFinding[]; tables: CapturedTable[] } {
  const capture = captured(config, facts.tables, 'database');
  const { account } = facts;
  const findings = [
    ...logFindings(facts, config),
    ...unseenRights(account),
    ...rightFindings(account, config),
    // A table that the user may not see appears missing: it may only need a grant.
    ...capture.findings.map((one) =>
      one.check === 'table-missing' && account.grants !== undefined ? withGrant(one, config, account, quote) : one,
    ),
    ...capture.tables
      .filter(({ schema, name }) => account.grants?.has('SELECT', schema, name) === false)
      .map(({ schema, name }) =>
        finding('error', 'table-right', `${account.grantee} may not read ${fullName({ schema, name })}`, {
          statement: `GRANT SELECT ON ${quote(schema)}.${quote(name)} TO ${account.grantee};`,
        }),
      ),
  ];
  return { findings, tables: capture.tables };
}

function logFindings({ variables, product }: MysqlSourceFacts, config: Config): DatabaseFinding[] {
  const value = (name: string) => variables.get(name) ?? '';
  if (!/^(on|1)$/i.test(value('log_bin'))) {
    return [
      finding('error', 'binlog', 'the server writes no binary log (log_bin is OFF)', {
        hint: `Start ${product} with --log-bin, --binlog-format=ROW and a unique --server-id; on a managed service, turn on automatic backups.`,
      }),
    ];
  }
  const findings: DatabaseFinding[] = [];
  const format = value('binlog_format');
  // A server that supports no other format has no variable for it.
  if (format !== '' && format.toUpperCase() !== 'ROW') {
    findings.push(
      finding('error', 'binlog-format', `binlog_format is ${format}; Debezium reads ROW only`, {
        statement: "SET GLOBAL binlog_format = 'ROW';",
        hint: "Set it in the server's configuration file as well. Open sessions keep the old format.",
      }),
    );
  }
  const image = value('binlog_row_image');
  if (image !== '' && !/^FULL/i.test(image)) {
    findings.push(
      finding(
        'error',
        'binlog-row-image',
        `binlog_row_image is ${image}; without FULL, rows arrive with columns missing`,
        {
          statement: "SET GLOBAL binlog_row_image = 'FULL';",
          hint: "Set it in the server's configuration file as well. Open sessions keep the old image.",
        },
      ),
    );
  }
  if (value('binlog_row_value_options') !== '') {
    findings.push(
      finding(
        'error',
        'binlog-partial-json',
        'binlog_row_value_options logs parts of JSON values, which Debezium cannot read',
        {
          statement: "SET GLOBAL binlog_row_value_options = '';",
        },
      ),
    );
  }
  const id = config['database.server.id'];
  if (id !== undefined && id === value('server_id')) {
    findings.push(
      finding('error', 'server-id', `database.server.id is ${id}, which is the server's own`, {
        hint: 'Give the connector an id that no server and no other binlog reader uses.',
      }),
    );
  }
  return findings;
}

const NO_LOCKS = /^none$/i;
const WITHOUT_DATA = /^never$/i;

function rightFindings({ grants, grantee }: MysqlAccount, config: Config): DatabaseFinding[] {
  if (grants === undefined) return [];
  const lacking = ['REPLICATION SLAVE', 'REPLICATION CLIENT'].filter((right) => !grants.has(right));
  const findings = lacking.map((right) =>
    finding('error', 'replication-right', `${grantee} lacks ${right}`, {
      statement: `GRANT ${right} ON *.* TO ${grantee};`,
    }),
  );
  const locks =
    !NO_LOCKS.test(config['snapshot.locking.mode'] ?? 'minimal') &&
    !WITHOUT_DATA.test(config['snapshot.mode'] ?? 'initial');
  if (locks && !grants.has('RELOAD') && !grants.has('LOCK TABLES')) {
    findings.push(
      finding('error', 'lock-right', `${grantee} lacks RELOAD, which the snapshot needs to lock the tables briefly`, {
        statement: `GRANT RELOAD ON *.* TO ${grantee};`,
        hint: `If the service does not allow that: GRANT LOCK TABLES ON *.* TO ${grantee};`,
      }),
    );
  }
  return findings;
}

function withGrant(
  one: DatabaseFinding,
  config: Config,
  account: MysqlAccount,
  quote: (identifier: string) => string,
): DatabaseFinding {
  const [, database, table] = /there is no table (.+)\.([^.]+), or/.exec(one.message) ?? [];
  if (database === undefined || table === undefined) return one;
  const user = config['database.user'] ?? '';
  if (account.grants?.has('SELECT', database, table)) {
    return { ...one, message: one.message.replace(`, or ${user || 'the user'} may not see it`, '') };
  }
  return { ...one, statement: `GRANT SELECT ON ${quote(database)}.${quote(table)} TO ${account.grantee};` };
}
