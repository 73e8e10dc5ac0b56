import type { Column } from '../../src/databases/model.ts';

/** An ordinary key of PostgreSQL, and what other columns are made of. */
export const id: Column = {
  name: 'id',
  nativeType: 'integer',
  type: { family: 'integer', bits: 32 },
  nullable: false,
  generated: false,
  identity: false,
};
