import { SluiceError } from '../../errors/error.ts';
import type { Session } from './dialect.ts';

/** What a database's error says that is not a row's value. */
interface Facts {
  /** `unique_violation (SQLSTATE 23505)` */
  condition: string;
  /** `table shop.orders`, `constraint orders_pkey` */
  identifiers: string[];
}

/**
 * A database's error without the database's own words, which may quote values of rows: what kind it is, and which
 * table, column and constraint it names. Errors of other kinds are returned as they are. Pure.
 */
export function maskedDatabaseError(error: SluiceError, database: string): SluiceError {
  if (error.code === 'ROWS_HIDDEN' || !(error.cause instanceof Error)) return error;
  const facts = factsOf(error.cause);
  if (facts === undefined) return error;
  const { hint, details, retryable } = error;
  const what = [facts.condition, ...facts.identifiers].join(', ');
  // Not the cause: --verbose prints it.
  return new SluiceError(error.code, `${database}: ${what}; the message is hidden, since it may quote values`, {
    retryable,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** A session none of whose errors quotes a value. */
export function withMaskedErrors(session: Session, database: string): Session {
  const masked = (error: unknown) => (error instanceof SluiceError ? maskedDatabaseError(error, database) : error);
  async function* each<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* rows;
    } catch (error) {
      throw masked(error);
    }
  }
  const guarded = (result: unknown): unknown => {
    if (typeof result !== 'object' || result === null) return result;
    if (result instanceof Promise)
      return result.catch((error: unknown) => {
        throw masked(error);
      });
    return Symbol.asyncIterator in result ? each(result as AsyncIterable<unknown>) : result;
  };
  // Whatever methods a session has: one that was forgotten would show values.
  return new Proxy(session, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]) => {
        try {
          return guarded(Reflect.apply(member, target, parameters));
        } catch (error) {
          throw masked(error);
        }
      };
    },
  });
}

/** Undefined for what no database has said: a connection that was refused, a wait that was too long. */
function factsOf(error: Error): Facts | undefined {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const facts = postgresFacts(one) ?? mysqlFacts(one) ?? sqlserverFacts(one);
    if (facts !== undefined) return facts;
  }
  return undefined;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES: Readonly<Record<string, string>> = {
  '21000': 'cardinality_violation',
  '22001': 'string_data_right_truncation',
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22012': 'division_by_zero',
  '22021': 'character_not_in_repertoire',
  '22023': 'invalid_parameter_value',
  '22P02': 'invalid_text_representation',
  '22P05': 'untranslatable_character',
  '23502': 'not_null_violation',
  '23503': 'foreign_key_violation',
  '23505': 'unique_violation',
  '23514': 'check_violation',
  '23P01': 'exclusion_violation',
  '25006': 'read_only_sql_transaction',
  '40001': 'serialization_failure',
  '40P01': 'deadlock_detected',
  '42501': 'insufficient_privilege',
  '42601': 'syntax_error',
  '42703': 'undefined_column',
  '42883': 'undefined_function',
  '42P01': 'undefined_table',
  '428C9': 'generated_always',
  '44000': 'with_check_option_violation',
  '53100': 'disk_full',
  '55P03': 'lock_not_available',
  '57014': 'query_canceled',
  P0001: 'raise_exception',
};

function postgresFacts(error: Error): Facts | undefined {
  const { code, severity, routine, schema, table, column, constraint, dataType } = error as unknown as Record<
    string,
    string | undefined
  >;
  if (severity === undefined || code === undefined) return undefined;
  // The server itself names these; a RAISE of a function may put anything into them.
  const own = /^2[23]/.test(code) && routine !== 'exec_stmt_raise';
  const named = (kind: string, name: string | undefined) => (name === undefined || !own ? [] : [`${kind} ${name}`]);
  return {
    condition: `${POSTGRES[code] ?? 'error'} (SQLSTATE ${code})`,
    identifiers: [
      ...named('table', schema !== undefined && table !== undefined ? `${schema}.${table}` : table),
      ...named('column', column),
      ...named('type', dataType),
      ...named('constraint', constraint),
    ],
  };
}

/** One form of a message, whole, so that no text of a value is taken for a name. Groups are the names. */
type Template = readonly [form: RegExp, ...kinds: string[]];

/** https://mariadb.com/kb/en/mariadb-error-codes/, https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const MYSQL: Readonly<Record<number, Template>> = {
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

/** Numbers of MariaDB's that MySQL, whose names the driver knows, uses for something else. */
const MARIADB_NAMES: Readonly<Record<number, string>> = {
  1969: 'ER_STATEMENT_TIMEOUT',
  4025: 'ER_CONSTRAINT_FAILED',
};

function mysqlFacts(error: Error): Facts | undefined {
  const { errno, sqlState, code } = error as { errno?: unknown; sqlState?: unknown; code?: unknown };
  if (typeof errno !== 'number' || sqlState === undefined) return undefined;
  return {
    condition: `${MARIADB_NAMES[errno] ?? (typeof code === 'string' ? code : 'error')} (${errno})`,
    identifiers: named(error.message, MYSQL[errno]),
  };
}

/** https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
const SQLSERVER: Readonly<Record<number, Template>> = {
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

const SQLSERVER_NAMES: Readonly<Record<number, string>> = {
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

function sqlserverFacts(error: Error): Facts | undefined {
  const { number } = error as { number?: unknown };
  if (typeof number !== 'number') return undefined;
  return {
    condition: `${SQLSERVER_NAMES[number] ?? 'error'} (SQL Server ${number})`,
    identifiers: named(error.message, SQLSERVER[number]),
  };
}

function named(message: string, template: Template | undefined): string[] {
  const [form, ...kinds] = template ?? [];
  const names = form?.exec(message)?.slice(1) ?? [];
  return names.map((name, at) => `${kinds[at]} ${name.replaceAll('`', '')}`);
}
