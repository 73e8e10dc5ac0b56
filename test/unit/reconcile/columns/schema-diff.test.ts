import { describe, expect, it } from 'vitest';
import type { Column, TableInfo } from '../../../../src/databases/model.ts';
import { mysqlType } from '../../../../src/databases/mysql/types.ts';
import { planColumns } from '../../../../src/reconcile/columns/plan.ts';
import { schemaDifferences } from '../../../../src/reconcile/columns/schema-diff.ts';
import { dialectsOf } from '../../../helpers/dialects.ts';

function table(column: Partial<Column> & Pick<Column, 'nativeType' | 'type'>): TableInfo {
  return {
    schema: 's',
    name: 't',
    kind: 'table',
    transactional: true,
    columns: [{ name: 'v', nullable: true, generated: false, identity: false, ...column }],
    primaryKey: [],
    uniqueKeys: [],
    estimatedRows: 0,
  };
}

const differences = (source: TableInfo, target: TableInfo) =>
  schemaDifferences(
    source,
    target,
    planColumns(source, target, { definitionsOnly: true }, dialectsOf('postgresql', 'mysql')),
  );

describe('schemaDifferences', () => {
  const text = { family: 'text', fixed: false } as const;

  it('of two types that have one name says what tells them apart', () => {
    const unbounded = table({ nativeType: 'text', type: text });
    const bounded = table({ nativeType: 'TEXT', type: text, length: 65_535, charset: 'latin1' });
    expect(differences(unbounded, bounded)).toEqual([
      {
        column: 'v',
        what: 'type',
        source: 'text (no limit)',
        target: 'TEXT (at most 65,535 characters, latin1)',
      },
    ]);
    expect(differences(bounded, unbounded)).toEqual([]);
  });

  it('a mediumint holds less than an integer', () => {
    const integer = table({ nativeType: 'integer', type: { family: 'integer', bits: 32 } });
    const medium = table({ nativeType: 'mediumint', type: mysqlType('mediumint', 'mediumint', 0, 7) });
    expect(differences(integer, medium)).toEqual([
      { column: 'v', what: 'type', source: 'integer', target: 'mediumint' },
    ]);
    expect(differences(medium, integer)).toEqual([]);
  });

  it('of others names the types alone', () => {
    const wide = table({ nativeType: 'varchar(20)', type: text, length: 20 });
    const narrow = table({ nativeType: 'varchar(10)', type: text, length: 10 });
    expect(differences(wide, narrow)).toEqual([
      { column: 'v', what: 'type', source: 'varchar(20)', target: 'varchar(10)' },
    ]);
  });
});
