import type { TableId } from '../../topology/model.ts';
import { fullName } from '../captured-tables.ts';
import { type DatabaseFinding, finding } from '../model.ts';

type Config = Readonly<Record<string, string>>;
type Quote = (identifier: string) => string;

export interface PublicationFacts {
  allTables: boolean;
  /** INSERT, UPDATE and DELETE are all published. */
  allOperations: boolean;
  owned: boolean;
  tables: readonly TableId[];
}

interface RoleFacts {
  superuser: boolean;
  createsInDatabase: boolean;
}

/**
 * Checks the publication of a connector that uses pgoutput: it must exist and include the tables, or the connector must
 * be able to create it. Pure.
 * @see https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-publication-autocreate-mode
 */
export function publicationFindings(
  facts: PublicationFacts | undefined,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  config: Config,
  user: string,
  quote: Quote,
): DatabaseFinding[] {
  const name = config['publication.name'] ?? 'dbz_publication';
  const mode = config['publication.autocreate.mode'] ?? 'all_tables';
  if (mode === 'filtered' && tables.length === 0 && facts?.allTables !== true) {
    return [
      finding(
        'error',
        'publication-tables',
        `the connector creates the publication ${name} for its tables, but it captures none`,
        {
          hint: 'First create a table that it captures, or set publication.autocreate.mode=all_tables.',
        },
      ),
    ];
  }
  const list = tables.map((table) => tableSql(table, quote)).join(', ');
  const create = `CREATE PUBLICATION ${quote(name)} FOR ${mode === 'all_tables' ? 'ALL TABLES' : `TABLE ${list}`};`;
  if (facts === undefined) return absent(name, mode, role, tables, create, user);
  const findings: DatabaseFinding[] = [];
  if (!facts.allOperations) {
    findings.push(
      finding(
        'error',
        'publication-operations',
        `the publication ${name} does not publish all inserts, updates and deletes`,
        {
          statement: `ALTER PUBLICATION ${quote(name)} SET (publish = 'insert, update, delete, truncate');`,
        },
      ),
    );
  }
  if (mode === 'filtered' && !facts.allTables) {
    findings.push(...filtered(name, facts, role, tables, user, quote));
    return findings;
  }
  const left = facts.allTables ? [] : tables.filter((table) => !covers(facts, table));
  if (left.length > 0) {
    findings.push(
      finding(
        'error',
        'publication-tables',
        `the publication ${name} does not include ${left.map(fullName).join(', ')}: their changes never arrive`,
        {
          statement: `ALTER PUBLICATION ${quote(name)} ADD TABLE ${left.map((table) => tableSql(table, quote)).join(', ')};`,
        },
      ),
    );
  }
  return findings;
}

function absent(
  name: string,
  mode: string,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  statement: string,
  user: string,
): DatabaseFinding[] {
  const rest = 'Then set publication.autocreate.mode=disabled: the connector cannot change it.';
  if (mode === 'disabled') {
    return [
      finding(
        'error',
        'publication-missing',
        `there is no publication ${name}, and the connector does not create one`,
        {
          statement,
        },
      ),
    ];
  }
  if (role.superuser) return [];
  if (mode === 'all_tables') {
    return [
      finding(
        'error',
        'publication-right',
        `${user} may not create the publication ${name} for all tables: only a superuser may`,
        {
          statement,
          hint: 'Or set publication.autocreate.mode=filtered.',
        },
      ),
    ];
  }
  const foreign = tables.filter((table) => !table.owned);
  if (role.createsInDatabase && foreign.length === 0) return [];
  const reason = role.createsInDatabase
    ? `does not own ${foreign.map(fullName).join(', ')}`
    : 'may not create anything in this database';
  return [
    finding('error', 'publication-right', `${user} may not create the publication ${name}: it ${reason}`, {
      statement,
      hint: rest,
    }),
  ];
}

/** In this mode the connector updates the publication's tables at every start. */
function filtered(
  name: string,
  facts: PublicationFacts,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  user: string,
  quote: Quote,
): DatabaseFinding[] {
  if (role.superuser) return [];
  if (!facts.owned) {
    return [
      finding(
        'error',
        'publication-right',
        `${user} does not own the publication ${name}, which the connector updates at every start`,
        {
          statement: `ALTER PUBLICATION ${quote(name)} OWNER TO ${quote(user)};`,
          hint: 'Or set publication.autocreate.mode=disabled.',
        },
      ),
    ];
  }
  // PostgreSQL requires ownership of every table that is set, even of those already in the publication.
  const foreign = tables.filter((table) => !table.owned);
  if (foreign.length === 0) return [];
  const left = tables.filter((table) => !covers(facts, table));
  const add = `ALTER PUBLICATION ${quote(name)} ADD TABLE ${left.map((table) => tableSql(table, quote)).join(', ')};`;
  return [
    finding(
      'error',
      'publication-right',
      `${user} may not set the tables of the publication ${name}: it does not own ${foreign.map(fullName).join(', ')}`,
      {
        statement: left.length === 0 ? null : add,
        hint: 'Set publication.autocreate.mode=disabled: the publication then stays unchanged.',
      },
    ),
  ];
}

function covers({ tables }: PublicationFacts, table: TableId): boolean {
  return tables.some(({ schema, name }) => schema === table.schema && name === table.name);
}

function tableSql({ schema, name }: TableId, quote: Quote): string {
  return `${quote(schema)}.${quote(name)}`;
}
