import { describe, expect, it } from 'vitest';
import type { Column } from '../../../../src/databases/model.ts';
import type { ForeignKey } from '../../../../src/databases/session.ts';
import type { RowDifference } from '../../../../src/reconcile/compare/rows.ts';
import { mysql } from '../../../../src/reconcile/dialects/mysql/dialect.ts';
import { postgresDialect } from '../../../../src/reconcile/dialects/postgres/dialect.ts';
import { sqlserver } from '../../../../src/reconcile/dialects/sqlserver/dialect.ts';
import { type ColumnPair, NO_TEXT } from '../../../../src/reconcile/model.ts';
import {
  comment,
  isActedOn,
  type RepairTarget,
  repairStatement,
  unwritten,
} from '../../../../src/reconcile/repair/statements.ts';

const text: Column = {
  name: 'v',
  nativeType: 'varchar(99)',
  type: { family: 'text' },
  charset: 'utf8mb4',
  nullable: true,
  generated: false,
  identity: false,
};
const id: Column = { ...text, name: 'id', nullable: false };

function targetOf(dialect: RepairTarget['dialect'], more: Column[] = []): RepairTarget {
  const pairs = [id, text].map((column) => ({
    source: column,
    target: column,
    form: { kind: 'text', trim: false } as const,
  }));
  return {
    dialect,
    table: {
      schema: 's',
      name: 't',
      kind: 'table',
      transactional: true,
      columns: [id, text, ...more],
      primaryKey: ['id'],
      uniqueKeys: [['id']],
      estimatedRows: 0,
    },
    plan: { pairs, key: pairs.slice(0, 1), unique: true, oneSided: [], uncompared: [], leftOut: [], unwritten: [] },
  };
}

function changed(key: string, value: string): RowDifference {
  return { kind: 'different', key: [key], rows: 1, columns: [1], source: [key, value], target: [key, 'old'] };
}

function sqlOf(target: RepairTarget, difference: RowDifference): string {
  const statement = repairStatement(target, difference, { allowDelete: true });
  return statement.action === 'none' ? statement.reason : statement.sql;
}

describe('MySQL', () => {
  // The client mysql makes LF of CR LF in a script, and refuses one with NUL in it.
  it.each(['a\r\nb', 'a\rb', 'a\0b'])('%j is escaped in every statement', (value) => {
    const sql = sqlOf(targetOf(mysql), changed(value, `${value}'`));
    expect(sql).not.toMatch(/[\r\0]/);
    const hex = Buffer.from(value).toString('hex');
    expect(sql).toContain(`SET \`v\` = _utf8mb4 X'${hex}27' WHERE \`id\` = _utf8mb4 X'${hex}'`);
  });

  it('a column that every update sets to the time is set to itself, unless it is set', () => {
    const at: Column = { ...text, name: 'at', touched: true };
    expect(sqlOf(targetOf(mysql, [at]), changed('1', 'new'))).toContain("SET `v` = 'new', `at` = `at` WHERE");
    const target = targetOf(mysql);
    target.table.columns[1] = { ...text, touched: true };
    expect(sqlOf(target, changed('1', 'new'))).toContain("SET `v` = 'new' WHERE");
  });

  // For NULL the server may write the next number of an AUTO_INCREMENT, or the time.
  it('NULL is written only into a column that can hold it', () => {
    const target = targetOf(mysql);
    const missing: RowDifference = { kind: 'missing', key: [null], rows: 1, columns: [0, 1], source: [null, 'a'] };
    expect(sqlOf(target, missing)).toBe('id cannot hold NULL in the target');
    const emptied = { ...changed('1', 'new'), source: ['1', null] };
    expect(sqlOf(target, emptied)).toContain('SET `v` = NULL WHERE');
    target.plan.pairs[1] = { source: text, target: { ...text, nullable: false }, form: { kind: 'text', trim: false } };
    expect(sqlOf(target, emptied)).toBe('v cannot hold NULL in the target');
    target.plan.pairs[1].target.generated = true;
    expect(sqlOf(target, emptied)).toBe('only computed columns of the target differ');
  });

  it.each(["enum('a','b')", "set('a','b')"])(
    '%s: digits are no value, but would be taken for the position of one',
    (nativeType) => {
      const target = targetOf(mysql);
      target.plan.pairs[1] = {
        source: text,
        target: { ...text, nativeType, type: { family: 'other' } },
        form: { kind: 'native' },
      };
      for (const digits of ['2', '+1', ' 1'])
        expect(sqlOf(target, changed('1', digits))).toBe('v has no such value in the target');
      expect(sqlOf(target, changed('1', 'b'))).toContain("SET `v` = 'b' WHERE");
      target.plan.pairs[1].target.nativeType = nativeType.replace("'b'", "'2'");
      expect(sqlOf(target, changed('1', '2'))).toContain("SET `v` = '2' WHERE");
    },
  );

  it.each([
    ['integer', '5', false],
    ['integer', '70', false],
    ['native', '0', false],
    ['integer', '0', true],
    ['integer', '2005', true],
    ['decimal', '5.00', false],
    ['decimal', '0.00', true],
    ['decimal', '2005.00', true],
  ] as const)(
    'a year that is %s %s would be taken for another one: not written unless %s',
    (kind, value, isWritten) => {
      const target = targetOf(mysql);
      target.plan.pairs[1] = {
        source: text,
        target: { ...text, nativeType: 'year(4)', type: { family: 'integer', bits: 16 } },
        form: { kind },
      };
      expect(sqlOf(target, changed('1', value)).startsWith('UPDATE')).toBe(isWritten);
    },
  );

  it.each(['NaN', 'Infinity'])('%s is not a number there, and must not be read as a column name', (value) => {
    const column: Column = { ...text, nativeType: 'decimal(10,2)', type: { family: 'decimal', scale: 2 } };
    expect(mysql.literal(column, { kind: 'decimal' }, value)).toBe(`'${value}'`);
    expect(mysql.literal(column, { kind: 'decimal' }, '-1.50')).toBe('-1.50');
  });

  it('a script checks the constraints, whichever way the server is set', () => {
    expect(mysql.scriptHead.join(' ')).toContain('foreign_key_checks = 1, unique_checks = 1');
  });
});

it('a value that a pipeline would not have written is not written', () => {
  const target = targetOf(postgresDialect({ major: 18 }));
  target.plan.pairs[1] = { ...(target.plan.pairs[1] as ColumnPair), unwritable: 'the pipeline may change its values' };
  const missing: RowDifference = { kind: 'missing', key: ['1'], rows: 1, columns: [0, 1], source: ['1', 'a'] };
  for (const difference of [changed('1', 'new'), missing])
    expect(sqlOf(target, difference)).toBe('v: the pipeline may change its values');
  expect(sqlOf(target, { ...changed('1', 'new'), columns: [0] })).toMatch(/^UPDATE/);
});

it('NULL is not written where a pipeline may write a default for it', () => {
  const target = targetOf(postgresDialect({ major: 18 }));
  target.plan.pairs[1] = { ...(target.plan.pairs[1] as ColumnPair), nullUnwritable: 'a default for NULL' };
  const missing: RowDifference = { kind: 'missing', key: ['1'], rows: 1, columns: [0, 1], source: ['1', null] };
  for (const difference of [{ ...changed('1', 'new'), source: ['1', null] }, missing])
    expect(sqlOf(target, difference)).toBe('v: a default for NULL');
  expect(sqlOf(target, changed('1', 'new'))).toMatch(/^UPDATE/);
  expect(sqlOf(target, { ...missing, source: ['1', 'a'] })).toMatch(/^INSERT/);
});

it('bytes that are no text are not written as the digits that show them', () => {
  for (const dialect of [mysql, postgresDialect({ major: 18 })])
    expect(sqlOf(targetOf(dialect), changed('1', `${NO_TEXT}ff`))).toBe('it contains bytes that are not valid UTF-8');
});

describe('a name with characters that a terminal acts on, or that take another line', () => {
  const ODD = 'a\u001b[2J"\\\u202e\nb';
  const named = (dialect: RepairTarget['dialect'], name: string) => {
    const target = targetOf(dialect);
    return { ...target, table: { ...target.table, name } };
  };

  it('is written by the codes of those characters in PostgreSQL', () => {
    const target = named(postgresDialect({ major: 18 }), ODD);
    expect(sqlOf(target, changed('1', 'new'))).toContain('UPDATE "s".U&"a\\001b[2J""\\\\\\202e\\000ab" SET "v"');
    expect(unwritten(target)).toBeUndefined();
    expect(sqlOf(named(postgresDialect({ major: 18 }), 'größe "\\'), changed('1', 'new'))).toContain(
      'UPDATE "s"."größe ""\\" SET',
    );
  });

  it.each([mysql, sqlserver])('is in no script of $engine, which has no codes in names', (dialect) => {
    for (const name of ['a\u001bb', 'a\u202eb', 'a\nGO\nb']) {
      expect(unwritten(named(dialect, name))).toContain('control characters');
      const target = named(dialect, 't');
      expect(unwritten({ ...target, table: { ...target.table, columns: [{ ...text, name }] } })).toBeDefined();
    }
    expect(unwritten(named(dialect, 'größe `]'))).toBeUndefined();
  });
});

it('no row is deleted where a pipeline leaves deleted ones, marked', () => {
  const target = targetOf(postgresDialect({ major: 18 }));
  target.plan.mark = '__deleted';
  const extra: RowDifference = { kind: 'extra', key: ['1'], rows: 1, columns: [0, 1], target: ['1', 'a'] };
  expect(repairStatement(target, extra, { allowDelete: true })).toMatchObject({ action: 'none' });
});

it('PostgreSQL: a script says what it is encoded in before anything else, and is refused where rows are hidden', () => {
  const { scriptHead } = postgresDialect({ major: 18 });
  expect(scriptHead[0]).toBe("SET client_encoding = 'UTF8';");
  expect(scriptHead).toContain('SET row_security = off;');
  expect(scriptHead).toContain("SET IntervalStyle = 'iso_8601';");
});

it('PostgreSQL: a backslash means the same where a client sends the whole script at once, before its settings count', () => {
  const dialect = postgresDialect({ major: 18 });
  expect(sqlOf(targetOf(dialect), changed('1', "C:\\new'"))).toContain(`SET "v" = E'C:\\\\new''' WHERE`);
  expect(dialect.literal({ ...text, type: { family: 'bytes' } }, { kind: 'bytes' }, '61')).toBe("E'\\\\x61'");
});

it('PostgreSQL: a composite key that is NULL is not one whose members all are', () => {
  const dialect = postgresDialect({ major: 18 });
  const column: Column = { ...text, nativeType: 'public.pair', type: { family: 'other' } };
  expect(dialect.exactly(column, { kind: 'native' }, null)).toBe('("v" IS DISTINCT FROM NULL) IS FALSE');
  expect(dialect.exactly(text, { kind: 'text', trim: false }, null)).toBe('"v" IS NULL');
});

it('a comment has one line and no control characters', () => {
  expect(comment('a\r\nb\0c\x1b[2Jd')).toBe('a b\ufffdc\ufffd[2Jd');
  // What a terminal or a reader's eye would be misled by.
  expect(comment('a\u0085b\u202ec\u2028d\u200be')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde');
});

it('a key to a computed column is acted on by every update', () => {
  const key: ForeignKey = {
    child: { schema: 's', name: 'c' },
    childColumns: ['p'],
    parent: { schema: 's', name: 't' },
    parentColumns: ['g'],
    onDelete: 'refuse',
    onUpdate: 'act',
  };
  const target = targetOf(mysql, [{ ...text, name: 'g', generated: true }]);
  expect(isActedOn(key, 'update', changed('1', 'new'), target)).toBe(true);
  expect(isActedOn({ ...key, parentColumns: ['v'] }, 'update', changed('1', 'new'), target)).toBe(true);
  expect(isActedOn({ ...key, parentColumns: ['id'] }, 'update', changed('1', 'new'), target)).toBe(false);
});
