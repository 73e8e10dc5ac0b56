import { describe, expect, it } from 'vitest';
import type { TableInfo } from '../../../../src/databases/model.ts';
import { postgresType } from '../../../../src/databases/postgres/session.ts';
import { type ColumnOptions, planColumns } from '../../../../src/reconcile/columns/plan.ts';
import type { Alteration } from '../../../../src/topology/column-changes.ts';
import { dialectsOf } from '../../../helpers/dialects.ts';

/** `id bigint!` is not null. */
function table(columns: string[], keys: string[][] = [], primary = true): TableInfo {
  return {
    schema: 'public',
    name: 't',
    kind: 'table',
    transactional: true,
    columns: columns.map((text) => {
      const [name = '', ...type] = text.split(' ');
      const declared = type.join(' ').replace('!', '');
      return {
        name,
        nativeType: declared,
        type: postgresType(declared),
        nullable: !text.endsWith('!'),
        generated: false,
        identity: false,
      };
    }),
    primaryKey: primary ? (keys[0] ?? []) : [],
    uniqueKeys: keys,
    estimatedRows: 0,
  };
}

const plan = (source: TableInfo, target: TableInfo, options: ColumnOptions = {}) =>
  planColumns(source, target, options, dialectsOf('postgresql', 'postgresql'));
const names = (pairs: readonly { source: { name: string }; target: { name: string } }[]) =>
  pairs.map(({ source, target }) => (source.name === target.name ? source.name : `${source.name}=${target.name}`));

/** What a pipeline makes of columns. */
const changes = (fields: Record<string, string>, dropped: readonly string[] = []) => ({
  fieldOf: (column: string) => fields[column] ?? column,
  drops: (column: string) => dropped.includes(column),
  alters: (_column: string): Alteration | undefined => undefined,
  shortens: [] as Alteration[],
  replacesNulls: false,
  keyed: false,
  added: [],
  marks: [],
});

describe('planColumns', () => {
  it('matches names that differ by case, and reports columns of one side', () => {
    const made = plan(
      table(['Id int!', 'Note text', 'gone int'], [['Id']]),
      table(['id int!', 'note text', 'added int'], [['id']]),
    );
    expect(names(made.pairs)).toEqual(['Id=id', 'Note=note']);
    expect(names(made.key)).toEqual(['Id=id']);
    expect(made.unique).toBe(true);
    expect(made.oneSided).toEqual([
      { side: 'source', column: 'gone' },
      { side: 'target', column: 'added' },
    ]);
  });

  it('never guesses between two that differ in case', () => {
    const made = plan(table(['id int!', 'A int'], [['id']]), table(['id int!', 'a int', 'Aa int', 'a int'], [['id']]));
    expect(made.oneSided.map(({ column }) => column)).toContain('A');
  });

  it('a name in another case that may be any of several columns is refused, in each option', () => {
    const side = table(['id int!', 'Note text', 'NOTE text'], [['id']]);
    const all: ColumnOptions[] = [
      { key: ['note'] },
      { columns: ['note'] },
      { ignore: ['note'] },
      { rules: { note: { trim: true } } },
      { rename: { note: 'Note' } },
      { rename: { Note: 'note' } },
    ];
    for (const options of all) {
      expect(() => plan(side, side, options)).toThrow('t: "note" may be any of the columns Note, NOTE');
    }
    expect(plan(side, side, { ignore: ['NOTE'] }).leftOut).toEqual(['NOTE']);
    // An exact name on one side is that column's.
    const plain = table(['id int!', 'note text'], [['id']]);
    expect(plan(plain, side, { ignore: ['note'] }).leftOut).toEqual(['note']);
  });

  it('takes the key of the target where the source has none, then a unique one that cannot be NULL', () => {
    expect(names(plan(table(['a int!', 'b int!']), table(['a int!', 'b int!'], [['b']])).key)).toEqual(['b']);
    expect(names(plan(table(['a int', 'b int!'], [['a'], ['b']], false), table(['a int', 'b int'])).key)).toEqual([
      'b',
    ]);
    expect(plan(table(['a int', 'b int'], [['a']], false), table(['a int', 'b int'])).key).toEqual([]);
  });

  it('a key that only one side holds unique may be there twice on the other', () => {
    expect(plan(table(['id int!'], [['id']]), table(['id int'])).unique).toBe(false);
  });

  it('keeps the key when only some columns are chosen', () => {
    const side = table(['id int!', 'a int', 'b int'], [['id']]);
    expect(names(plan(side, side, { columns: ['B'] }).pairs)).toEqual(['id', 'b']);
    expect(names(plan(side, side, { ignore: ['b'] }).pairs)).toEqual(['id', 'a']);
    expect(plan(side, side, { ignore: ['b'] }).leftOut).toEqual(['b']);
    expect(plan(side, side, { columns: ['a'] }).leftOut).toEqual(['b']);
    expect(plan(side, side, {}).leftOut).toEqual([]);
  });

  it('a renamed column is named by either of its names, and a name means no other column where one has it exactly', () => {
    const renamed = { rename: { note: 'remark' } };
    const [left, right] = [
      table(['id int!', 'note text', 'b int'], [['id']]),
      table(['id int!', 'remark text', 'b int']),
    ];
    expect(names(plan(left, right, { ...renamed, columns: ['remark'] }).pairs)).toEqual(['id', 'note=remark']);
    expect(names(plan(left, right, { ...renamed, columns: ['note'] }).pairs)).toEqual(['id', 'note=remark']);
    expect(plan(left, right, { ...renamed, ignore: ['remark'] })).toMatchObject({ leftOut: ['note'], oneSided: [] });
    const both = table(['id int!', 'a int', 'A int'], [['id']]);
    expect(names(plan(table(['id int!', 'a int']), both, { ignore: ['A'] }).pairs)).toEqual(['id', 'a']);
    expect(names(plan(table(['id int!', 'Note text']), left, { ignore: ['note'] }).pairs)).toEqual(['id']);
    // Here the two names are those of two columns: the source's is meant.
    const swapped = table(['id int!', 'a int', 'b int'], [['id']]);
    const options = { rename: { a: 'b', b: 'a' }, ignore: ['a'] };
    expect(names(plan(swapped, swapped, options).pairs)).toEqual(['id', 'b=a']);
  });

  it('refuses to compare columns of which all are ignored', () => {
    const side = table(['id int!', 'a int', 'b int'], [['id']]);
    expect(() => plan(side, side, { columns: ['a', 'B'], ignore: ['b', 'A'] })).toThrow(/all columns .* are ignored/);
    expect(() => plan(side, side, { columns: [] })).toThrow(/are ignored/);
    expect(names(plan(side, side, { columns: ['a', 'b'], ignore: ['b'] }).pairs)).toEqual(['id', 'a']);
  });

  it('tells without which columns a row would not be whole', () => {
    const side = table(['id int!', 'a int', 'b int'], [['id']]);
    expect(plan(side, side, { ignore: ['b'] }).unwritten).toEqual(['b']);
    expect(plan(side, table(['id int!', 'a int'], [['id']]), { ignore: ['b'] }).unwritten).toEqual([]);
    // The pipeline does not bring it.
    expect(plan(side, side, { known: changes({}, ['b']) }).unwritten).toEqual([]);
  });

  it.each<[string, boolean, TableInfo, TableInfo, string[]]>([
    ['by the source', true, table(['id int!', 'a int'], [['id']]), table(['id int!', 'a int'], [], false), ['id', 'a']],
    ['by the target', true, table(['id int!', 'a int'], [], false), table(['id int!', 'a int'], [['id']]), ['id', 'a']],
    ['but not in the target', true, table(['id int!', 'a int'], [['id']]), table(['a int']), ['a']],
    ['no key written', false, table(['id int!', 'a int'], [['id']]), table(['id int!', 'a int'], [['id']]), ['a']],
  ])('a key column that values come without may come with the key: %s', (_what, keyed, left, right, compared) => {
    const made = plan(left, right, { known: { ...changes({}, ['id']), keyed } });
    expect(names(made.pairs)).toEqual(compared);
    expect(made).toMatchObject({ oneSided: [], leftOut: compared.includes('id') ? [] : ['id'], unwritten: [] });
    expect(plan(left, right, { known: { ...changes({}, ['id']), keyed }, ignore: ['id'] }).unwritten).toEqual(
      compared.includes('id') ? ['id'] : [],
    );
  });

  it('a column in which a pipeline marks deleted rows is not a difference, but not compared either', () => {
    const known = { ...changes({}), marks: ['__deleted'] };
    const left = table(['id int!'], [['id']]);
    const right = table(['id int!', '__deleted text'], [['id']]);
    const made = plan(left, right, { known });
    expect(made).toMatchObject({ oneSided: [], leftOut: [], mark: '__deleted' });
    expect(made.uncompared.map(({ column }) => column)).toEqual(['__deleted']);
    const ignored = plan(left, right, { known, ignore: ['__deleted'] });
    expect(ignored).toMatchObject({ uncompared: [], leftOut: ['__deleted'], mark: '__deleted' });
    expect(plan(left, right, { known, definitionsOnly: true })).toMatchObject({ oneSided: [], uncompared: [] });
    expect(plan(left, left, { known })).not.toHaveProperty('mark');
  });

  const MASKED = { by: 'MaskField (m)', every: true } as const;
  const CUT = { by: 'column.truncate.to', every: false, only: 'text' } as const;
  const altering = (column: string, alteration: Alteration) => ({
    ...changes({}),
    alters: (name: string) => (name === column ? alteration : undefined),
  });

  it('a column whose values a pipeline replaces is not compared, and one that it may change is not written', () => {
    const side = table(['id int!', 'a text', 'n integer'], [['id']]);
    const masked = plan(side, side, { known: altering('a', MASKED) });
    expect(names(masked.pairs)).toEqual(['id', 'n']);
    expect(masked.uncompared).toEqual([{ column: 'a', reason: 'the pipeline replaces its values: MaskField (m)' }]);
    const cut = plan(side, side, { known: altering('a', CUT) });
    expect(cut).toMatchObject({ uncompared: [] });
    expect(cut.pairs.map(({ unwritable }) => unwritable !== undefined)).toEqual([false, true, false]);
    expect(cut.pairs[1]?.note).toBe(cut.pairs[1]?.unwritable);
    // Only texts can be cut.
    expect(plan(side, side, { known: altering('n', CUT) }).pairs[2]).not.toHaveProperty('unwritable');
    expect(plan(side, side, { known: altering('n', MASKED) }).uncompared).toHaveLength(1);
    expect(plan(side, side, { known: altering('a', MASKED), ignore: ['a'] }).uncompared).toEqual([]);
    expect(plan(side, side, { known: altering('a', MASKED), definitionsOnly: true }).uncompared).toEqual([]);
  });

  it('values that a pipeline rounds, or cuts off, are not written', () => {
    const times = ['t timestamp without time zone', 'u timestamp(3) without time zone', 'z timestamp with time zone'];
    const side = table(['id int!', 'n numeric(12,2)', ...times, 'a text'], [['id']]);
    const unwritable = (...shortens: Alteration[]) =>
      plan(side, side, { known: { ...changes({}), shortens } }).pairs.flatMap((pair) =>
        pair.unwritable === undefined ? [] : pair.source.name,
      );
    const decimal = { by: 'decimal.handling.mode=double', every: false, only: 'decimal' } as const;
    expect(unwritable(decimal)).toEqual(['n']);
    expect(unwritable({ by: 'time.precision.mode=connect', every: false, only: 'time' }, decimal)).toEqual(['n', 't']);
  });

  it('NULL is not written where a pipeline may write the default of the column', () => {
    const side = table(['id int!', 'a text', 'b text', 'c text!'], [['id']]);
    for (const column of side.columns) if (column.name !== 'b') column.defaulted = true;
    const nulls = (replacesNulls: boolean) =>
      plan(side, side, { known: { ...changes({}), replacesNulls } }).pairs.flatMap((pair) =>
        pair.nullUnwritable === undefined ? [] : pair.source.name,
      );
    expect(nulls(true)).toEqual(['a']);
    expect(nulls(false)).toEqual([]);
    expect(plan(side, side).pairs.some((pair) => pair.nullUnwritable !== undefined)).toBe(false);
  });

  it('a column that a pipeline drops is compared where it is named, and written by no repair', () => {
    const side = table(['id int!', 'a text', 'b text'], [['id']]);
    const known = changes({}, ['a', 'b']);
    const made = plan(side, side, { known, columns: ['a'] });
    expect(names(made.pairs)).toEqual(['id', 'a']);
    expect(made.pairs[1]?.unwritable).toBe('the pipeline does not transfer it');
    expect(plan(side, table(['id int!'], [['id']]), { known, columns: ['a'] }).oneSided).toEqual([
      { side: 'source', column: 'a' },
    ]);
  });

  it('a pattern of the source leaves columns out, also if they have other names in the target', () => {
    const known = changes({ note: 'remark' }, ['note']);
    const left = table(['id int!', 'note text', 'n int'], [['id']]);
    const made = plan(left, table(['id int!', 'remark text', 'n int'], [['id']]), { known });
    expect(names(made.pairs)).toEqual(['id', 'n']);
    expect(made).toMatchObject({ leftOut: ['note'], unwritten: [], oneSided: [] });
  });

  it('what a pipeline drops or renames is the column of this very name', () => {
    const left = table(['id int!', 'note text', 'Note text'], [['id']]);
    const made = plan(left, left, { known: changes({}, ['Note']) });
    expect(names(made.pairs)).toEqual(['id', 'note']);
    const right = table(['id int!', 'note text', 'remark text'], [['id']]);
    expect(names(plan(left, right, { known: changes({ Note: 'remark' }) }).pairs)).toEqual([
      'id',
      'note',
      'Note=remark',
    ]);
  });

  it('JSON against text needs a key', () => {
    const made = plan(table(['a int', 'j jsonb']), table(['a int', 'j text']));
    expect(names(made.pairs)).toEqual(['a']);
    expect(made.uncompared).toEqual([{ column: 'j', reason: 'without a key this type can be compared as text only' }]);
  });

  describe('two tables that share no column', () => {
    const [left, right] = [table(['a int', 'p bytea', 'c int']), table(['b int', 'p int', 'c bytea'])];
    const reason = /^p: .+; c: .+; a: on the source only; b: on the target only$/;

    it('cannot be compared, and the error names their columns', () => {
      const hint = expect.stringMatching(reason);
      expect(() => plan(left, right)).toThrow(expect.objectContaining({ code: 'TABLE_NOT_COMPARABLE', hint }));
    });

    it('differ by their definitions, and their rows can be counted', () => {
      for (const mode of [{ definitionsOnly: true }, { countsOnly: true }]) {
        const made = plan(left, right, mode);
        expect(made.oneSided.map(({ column }) => column)).toEqual(['a', 'b']);
        expect(made.uncompared.map(({ column }) => column)).toEqual(['p', 'c']);
      }
    });

    it('definitions are not equal if every column was ignored', () => {
      const ignore = ['a', 'b', 'c', 'p'];
      const all = { ignore, definitionsOnly: true };
      expect(() => plan(left, right, all)).toThrow(expect.objectContaining({ code: 'TABLE_NOT_COMPARABLE' }));
    });
  });

  it.each<[ColumnOptions, string]>([
    [{ key: ['nope'] }, 'REQUEST_INVALID'],
    [{ rename: { a: 'nope' } }, 'REQUEST_INVALID'],
    [{ key: ['j'] }, 'TABLE_NOT_COMPARABLE'],
    [{ ignore: ['id', 'a', 'j'] }, 'TABLE_NOT_COMPARABLE'],
  ])('%o is %s', (options, code) => {
    const side = table(['id int!', 'a int', 'j jsonb'], [['id']]);
    expect(() => plan(side, side, options)).toThrow(expect.objectContaining({ code }));
  });
});
