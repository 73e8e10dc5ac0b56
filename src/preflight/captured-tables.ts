import { namePatterns } from '../text/lists.ts';
import { nearest } from '../text/nearest.ts';
import type { TableId } from '../topology/model.ts';
import { type DatabaseFinding, finding } from './model.ts';

type Config = Readonly<Record<string, string>>;

/** Which existing tables a Debezium source captures, and which patterns match none. Pure. */
export interface Capture<T extends TableId> {
  tables: T[];
  findings: DatabaseFinding[];
}

/**
 * Applies Debezium's include and exclude lists: regular expressions separated by commas, matched against the whole name,
 * ignoring case.
 * @param schemaKey what qualifies a table's name: `schema`, or `database` for MySQL and MariaDB
 * @see https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-property-table-include-list
 */
export function captured<T extends TableId>(
  config: Config,
  existing: readonly T[],
  schemaKey: 'schema' | 'database',
): Capture<T> {
  const inSchemas = existing.filter(
    ({ schema }) =>
      allowed(config[`${schemaKey}.include.list`], true, schema) &&
      !allowed(config[`${schemaKey}.exclude.list`], false, schema),
  );
  const include = namePatterns(config['table.include.list']);
  const tables = inSchemas.filter(
    (table) =>
      (include.length === 0 || include.some((one) => one.test(fullName(table)))) &&
      !allowed(config['table.exclude.list'], false, fullName(table)),
  );
  const known = inSchemas.map(fullName);
  const findings = include
    .filter((one) => !known.some((name) => one.test(name)))
    .map((one) => missing(one.written, known, config['database.user'] ?? ''));
  if (tables.length === 0 && findings.length === 0) {
    findings.push(
      finding('warning', 'nothing-captured', 'the include and exclude lists match no table', {
        hint: 'Check the lists, and that the user may see the tables.',
      }),
    );
  }
  return { tables, findings };
}

export function fullName({ schema, name }: TableId): string {
  return `${schema}.${name}`;
}

function missing(written: string, known: readonly string[], user: string): DatabaseFinding {
  const name = written.replaceAll('\\.', '.');
  const plain = /^[\w$ -]+\.[\w$ -]+$/.test(name);
  const near = plain ? nearest(name, known) : undefined;
  const hint = near === undefined ? 'Create it first, or correct table.include.list.' : `Did you mean ${near}?`;
  // The connector runs anyway, and captures the table once it is created.
  return plain
    ? finding('warning', 'table-missing', `there is no table ${name}, or ${user || 'the user'} may not see it`, {
        hint,
      })
    : finding('warning', 'table-missing', `no table matches ${written} in table.include.list`, {
        hint: 'Check the expression: it must match schema.table as a whole.',
      });
}

function allowed(list: string | undefined, otherwise: boolean, name: string): boolean {
  const found = namePatterns(list);
  return found.length === 0 ? otherwise : found.some((one) => one.test(name));
}
