import { fullName } from './capture.ts';
import { type Issue, issue, type TableId } from './model.ts';

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
 * The publication of a connector that reads by pgoutput: that it is there and covers the tables, or that the connector
 * may make it. Pure.
 * @see https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-publication-autocreate-mode
 */
export function publicationIssues(
  facts: PublicationFacts | undefined,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  config: Config,
  user: string,
  quote: Quote,
): Issue[] {
  const name = config['publication.name'] ?? 'dbz_publication';
  const mode = config['publication.autocreate.mode'] ?? 'all_tables';
  if (mode === 'filtered' && tables.length === 0 && facts?.allTables !== true) {
    return [
      issue(
        'error',
        'publication-tables',
        `the connector makes the publication ${name} of its tables, and there are none`,
        {
          hint: 'Create a table that it captures first, or set publication.autocreate.mode=all_tables.',
        },
      ),
    ];
  }
  const list = tables.map((table) => tableSql(table, quote)).join(', ');
  const create = `CREATE PUBLICATION ${quote(name)} FOR ${mode === 'all_tables' ? 'ALL TABLES' : `TABLE ${list}`};`;
  if (facts === undefined) return absent(name, mode, role, tables, create, user);
  const issues: Issue[] = [];
  if (!facts.allOperations) {
    issues.push(
      issue('error', 'publication-operations', `the publication ${name} leaves out inserts, updates or deletes`, {
        statement: `ALTER PUBLICATION ${quote(name)} SET (publish = 'insert, update, delete, truncate');`,
      }),
    );
  }
  if (mode === 'filtered' && !facts.allTables) {
    issues.push(...filtered(name, facts, role, tables, user, quote));
    return issues;
  }
  const left = facts.allTables ? [] : tables.filter((table) => !covers(facts, table));
  if (left.length > 0) {
    issues.push(
      issue(
        'error',
        'publication-tables',
        `the publication ${name} leaves out ${left.map(fullName).join(', ')}: their changes never arrive`,
        {
          statement: `ALTER PUBLICATION ${quote(name)} ADD TABLE ${left.map((table) => tableSql(table, quote)).join(', ')};`,
        },
      ),
    );
  }
  return issues;
}

function absent(
  name: string,
  mode: string,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  statement: string,
  user: string,
): Issue[] {
  const rest = 'Then set publication.autocreate.mode=disabled: the connector could not change it.';
  if (mode === 'disabled') {
    return [
      issue('error', 'publication-missing', `there is no publication ${name}, and the connector makes none`, {
        statement,
      }),
    ];
  }
  if (role.superuser) return [];
  if (mode === 'all_tables') {
    return [
      issue(
        'error',
        'publication-right',
        `${user} may not make the publication ${name} for all tables: only a superuser may`,
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
    : 'may create nothing in this database';
  return [
    issue('error', 'publication-right', `${user} may not make the publication ${name}: it ${reason}`, {
      statement,
      hint: rest,
    }),
  ];
}

/** In this mode the connector sets the publication's tables at every start. */
function filtered(
  name: string,
  facts: PublicationFacts,
  role: RoleFacts,
  tables: readonly (TableId & { owned: boolean })[],
  user: string,
  quote: Quote,
): Issue[] {
  if (role.superuser) return [];
  if (!facts.owned) {
    return [
      issue(
        'error',
        'publication-right',
        `${user} does not own the publication ${name}, which it sets at every start`,
        {
          statement: `ALTER PUBLICATION ${quote(name)} OWNER TO ${quote(user)};`,
          hint: 'Or set publication.autocreate.mode=disabled.',
        },
      ),
    ];
  }
  // PostgreSQL asks for the ownership of every table that is set, also of those that are in the publication already.
  const foreign = tables.filter((table) => !table.owned);
  if (foreign.length === 0) return [];
  const left = tables.filter((table) => !covers(facts, table));
  const add = `ALTER PUBLICATION ${quote(name)} ADD TABLE ${left.map((table) => tableSql(table, quote)).join(', ')};`;
  return [
    issue(
      'error',
      'publication-right',
      `${user} may not set the tables of the publication ${name}: it does not own ${foreign.map(fullName).join(', ')}`,
      {
        statement: left.length === 0 ? null : add,
        hint: 'Set publication.autocreate.mode=disabled: then the publication is left as it is.',
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
