import type { ErrorFacts } from '../error-facts.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONDITIONS: Readonly<Record<string, string>> = {
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

/** The facts in an error of this server, without the values that it quotes; undefined for any other error. */
export function errorFacts(error: Error): ErrorFacts | undefined {
  const { code, severity, routine, schema, table, column, constraint, dataType } = error as unknown as Record<
    string,
    string | undefined
  >;
  if (severity === undefined || code === undefined) return undefined;
  // The server names these itself; a RAISE in a function may put anything into them.
  const own = /^2[23]/.test(code) && routine !== 'exec_stmt_raise';
  const named = (kind: string, name: string | undefined) => (name === undefined || !own ? [] : [`${kind} ${name}`]);
  return {
    condition: `${CONDITIONS[code] ?? 'error'} (SQLSTATE ${code})`,
    identifiers: [
      ...named('table', schema !== undefined && table !== undefined ? `${schema}.${table}` : table),
      ...named('column', column),
      ...named('type', dataType),
      ...named('constraint', constraint),
    ],
  };
}
