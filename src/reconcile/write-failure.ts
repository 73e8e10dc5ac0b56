import type { SluiceError } from '../errors/error.ts';
import type { EngineName } from './model.ts';

/**
 * Why a database refused to write a row. `conflict`: another row, of this table or of another, has to be written or deleted
 * first. `again`: the same may work in a moment. `locked`: so it may, and until then no row of the table can be written. `lost`: nothing more can be written. `row`: the row itself.
 */
export type WriteFailure = 'conflict' | 'again' | 'locked' | 'lost' | 'row';

/** SQLSTATEs, error numbers and names: see the adapters. */
const CONFLICTS: Record<EngineName, RegExp> = {
  postgresql: /^(23505|23P01|23503|23001)$/,
  mysql:
    /^(ER_DUP_ENTRY|ER_DUP_ENTRY_WITH_KEY_NAME|ER_NO_REFERENCED_ROW(_2)?|ER_ROW_IS_REFERENCED(_2)?|ER_FOREIGN_DUPLICATE_KEY.*)$/,
  sqlserver: /^(2601|2627|547)$/,
};

const TRY_AGAIN: Record<EngineName, RegExp> = {
  postgresql: /^(40001|40P01|55P03)$/,
  mysql: /^(ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_CHECKREAD)$/,
  sqlserver: /^(1205|1222|3960)$/,
};

export function writeFailure(error: SluiceError, engine: EngineName): WriteFailure {
  if (error.code === 'DATABASE_UNREACHABLE') return 'lost';
  const code = String(error.details?.['code'] ?? '');
  if (CONFLICTS[engine].test(code)) return 'conflict';
  return TRY_AGAIN[engine].test(code) ? 'again' : 'row';
}
