import { type ErrorFacts, namesIn, type Template } from '../error-facts.ts';

/** https://mariadb.com/kb/en/mariadb-error-codes/, https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const FORMS: Readonly<Record<number, Template>> = {
  1048: [/^Column '([^']+)' cannot be null$/, 'column'],
  1054: [/^Unknown column '([^']+)' in '[^']+'$/, 'column'],
  1062: [/^Duplicate entry '.*' for key '([^']+)'$/s, 'key'],
  1146: [/^Table '([^']+)' doesn't exist$/, 'table'],
  1264: [/^Out of range value for column '([^']+)' at row \d+$/, 'column'],
  1265: [/^Data truncated for column '([^']+)' at row \d+$/, 'column'],
  1292: [/^Incorrect [a-z ]+ value: '.*' for column [`'](.+?)[`'] at row \d+$/s, 'column'],
  1364: [/^Field '([^']+)' doesn't have a default value$/, 'column'],
  1366: [/^Incorrect [a-z ]+ value: '.*' for column [`'](.+?)[`'] at row \d+$/s, 'column'],
  1406: [/^Data too long for column '([^']+)' at row \d+$/, 'column'],
  1451: [/ CONSTRAINT `([^`]+)` FOREIGN KEY /, 'constraint'],
  1452: [/ CONSTRAINT `([^`]+)` FOREIGN KEY /, 'constraint'],
  3819: [/^Check constraint '([^']+)' is violated\.$/, 'constraint'],
  4025: [/^CONSTRAINT `([^`]+)` failed for (.+)$/, 'constraint', 'table'],
};

/** MariaDB's numbers that mean something else in MySQL, whose names the driver knows. */
const MARIADB_NAMES: Readonly<Record<number, string>> = {
  1969: 'ER_STATEMENT_TIMEOUT',
  4025: 'ER_CONSTRAINT_FAILED',
};

/** The facts in an error of this server, without the values that it quotes; undefined for any other error. */
export function errorFacts(error: Error): ErrorFacts | undefined {
  const { errno, sqlState, code } = error as { errno?: unknown; sqlState?: unknown; code?: unknown };
  if (typeof errno !== 'number' || sqlState === undefined) return undefined;
  return {
    condition: `${MARIADB_NAMES[errno] ?? (typeof code === 'string' ? code : 'error')} (${errno})`,
    identifiers: namesIn(error.message, FORMS[errno]),
  };
}
