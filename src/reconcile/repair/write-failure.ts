import type { SluiceError } from '../../errors/error.ts';
import type { RepairSql } from '../dialects/dialect.ts';

/**
 * Why a database refused to write a row. `conflict`: another row, of this table or of another, has to be written or
 * deleted first. `again`: the same may work in a moment. `locked`: the same, but until then no row of the table can be
 * written. `lost`: nothing more can be written. `row`: the row itself.
 */
export type WriteFailure = 'conflict' | 'again' | 'locked' | 'lost' | 'row';

export function writeFailure(
  error: SluiceError,
  { conflicts, passing }: Pick<RepairSql, 'conflicts' | 'passing'>,
): WriteFailure {
  if (error.code === 'DATABASE_UNREACHABLE') return 'lost';
  const code = String(error.details?.['code'] ?? '');
  if (conflicts.test(code)) return 'conflict';
  return passing.test(code) ? 'again' : 'row';
}
