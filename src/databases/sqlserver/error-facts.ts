import { type ErrorFacts, namesIn, type Template } from '../error-facts.ts';

/** https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
const FORMS: Readonly<Record<number, Template>> = {
  207: [/^Invalid column name '([^']+)'\.$/, 'column'],
  208: [/^Invalid object name '([^']+)'\.$/, 'table'],
  515: [/^Cannot insert the value NULL into column '([^']+)', table '([^']+)';/, 'column', 'table'],
  547: [/^The [A-Z]+ statement conflicted with the [A-Z ]+ constraint "([^"]+)"\./, 'constraint'],
  2601: [/^Cannot insert duplicate key row in object '([^']+)' with unique index '([^']+)'\./, 'table', 'index'],
  2627: [
    /^Violation of [A-Z ]+ constraint '([^']+)'\. Cannot insert duplicate key in object '([^']+)'\./,
    'constraint',
    'table',
  ],
  2628: [/^String or binary data would be truncated in table '([^']+)', column '([^']+)'\./, 'table', 'column'],
};

const CONDITIONS: Readonly<Record<number, string>> = {
  220: 'arithmetic overflow',
  241: 'conversion failed',
  242: 'conversion out of range',
  245: 'conversion failed',
  248: 'conversion overflow',
  515: 'NULL not allowed',
  547: 'constraint conflict',
  1205: 'deadlock victim',
  1222: 'lock request timed out',
  2601: 'duplicate key',
  2627: 'duplicate key',
  2628: 'data would be truncated',
  8114: 'conversion failed',
  8115: 'arithmetic overflow',
  8152: 'data would be truncated',
  8169: 'conversion failed',
};

/** The facts in an error of this server, without the values that it quotes; undefined for any other error. */
export function errorFacts(error: Error): ErrorFacts | undefined {
  const { number } = error as { number?: unknown };
  if (typeof number !== 'number') return undefined;
  return {
    condition: `${CONDITIONS[number] ?? 'error'} (SQL Server ${number})`,
    identifiers: namesIn(error.message, FORMS[number]),
  };
}
