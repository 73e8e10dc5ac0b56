import { describe, expect, it } from 'vitest';
import type { ColumnShape, TableShape } from '../../../src/preflight/table-shapes.ts';
import { changeText, shapeChanges } from '../../../src/sources/shape.ts';

const column = (name: string, type = 'int', more: Partial<ColumnShape> = {}): ColumnShape => ({
  name,
  type,
  nullable: true,
  defaulted: false,
  ...more,
});
const table = (columns: ColumnShape[], primaryKey: string[] = ['id']): TableShape => ({ columns, primaryKey });
const id = column('id', 'int', { nullable: false });
const texts = (before: TableShape, after: TableShape) => shapeChanges(before, after).map(changeText);

describe('shapeChanges', () => {
  it.each<[string, TableShape, TableShape, string[]]>([
    ['nothing', table([id, column('a')]), table([id, column('a')]), []],
    ['another order', table([id, column('a'), column('b')]), table([id, column('b'), column('a')]), []],
    [
      'an added column',
      table([id]),
      table([id, column('note', 'text', { nullable: false, defaulted: true })]),
      ['column note added (text not null with a default)'],
    ],
    ['a dropped column', table([id, column('a')]), table([id]), ['column a dropped']],
    [
      'a renamed column',
      table([id, column('a'), column('z')]),
      table([id, column('b'), column('z')]),
      ['column a renamed to b'],
    ],
    [
      'a column dropped and another of another type added',
      table([id, column('a')]),
      table([id, column('b', 'text')]),
      ['column b added (text)', 'column a dropped'],
    ],
    ['a renamed key', table([id]), table([{ ...id, name: 'key' }], ['key']), ['column id renamed to key']],
    [
      'another key',
      table([id, column('a')]),
      table([id, column('a')], ['id', 'a']),
      ['primary key changed from (id) to (id, a)'],
    ],
    ['no key', table([id]), table([id], []), ['primary key changed from (id) to none']],
    [
      'nullability and default',
      table([id, column('a', 'int', { nullable: false, defaulted: true }), column('b')]),
      table([id, column('a'), column('b', 'int', { nullable: false, defaulted: true })]),
      [
        'column a may be NULL now',
        'column a has no default any more',
        'column b may not be NULL any more',
        'column b has a default now',
      ],
    ],
    ['a type', table([id, column('a')]), table([id, column('a', 'bigint')]), ['type of a changed from int to bigint']],
  ])('sees %s', (_what, before, after, expected) => expect(texts(before, after)).toEqual(expected));

  it.each([
    ['int', 'bigint', 'wider'],
    ['int8', 'integer', 'narrower'],
    ['int unsigned', 'bigint', 'other'],
    ['int(10) unsigned', 'int(11) unsigned', 'wider'],
    ['varchar(20)', 'character varying(40)', 'wider'],
    ['varchar(20)', 'varchar(10)', 'narrower'],
    ['varchar(20)', 'varchar', 'wider'],
    ['varchar(20)', 'text', 'wider'],
    ['text', 'varchar(20)', 'narrower'],
    ['text', 'longtext', 'wider'],
    ['char(4)', 'varchar(4)', 'other'],
    ['numeric(10,2)', 'numeric(12,2)', 'wider'],
    ['numeric(10,2)', 'numeric(12,4)', 'wider'],
    ['numeric(10,2)', 'numeric(10,4)', 'other'],
    ['numeric(10,2)', 'decimal(9,1)', 'narrower'],
    ['numeric(10,2)', 'numeric', 'wider'],
    ['numeric', 'numeric(10,2)', 'narrower'],
    ['real', 'double precision', 'wider'],
    ['timestamp(3) without time zone', 'timestamp without time zone', 'wider'],
    ['timestamp without time zone', 'timestamp with time zone', 'other'],
    ['int', 'text', 'other'],
    ["enum('a','b')", "enum('a','b','c')", 'other'],
  ])('%s to %s is %s', (from, to, way) => {
    expect(shapeChanges(table([column('a', from)]), table([column('a', to)]))).toMatchObject([{ way }]);
  });
});
