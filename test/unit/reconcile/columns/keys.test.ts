import { describe, expect, it } from 'vitest';
import type { Column, ColumnType, EngineName } from '../../../../src/databases/model.ts';
import { isAmbiguousMysql } from '../../../../src/databases/mysql/types.ts';
import { isAmbiguousPostgres, postgresType } from '../../../../src/databases/postgres/types.ts';
import { isLossless, keyMatch } from '../../../../src/reconcile/columns/keys.ts';
import type { Form } from '../../../../src/reconcile/model.ts';
import { dialectOf } from '../../../helpers/dialects.ts';

function column(type: ColumnType, more: Partial<Column> = {}): Column {
  return { name: 'k', nativeType: type.family, type, nullable: false, generated: false, identity: false, ...more };
}

const integer = (bits: 8 | 16 | 32 | 64, unsigned = false): ColumnType => ({ family: 'integer', bits, unsigned });
const timestamp = (precision: number, zone = false): ColumnType => ({ family: 'timestamp', zone, precision });
const text: ColumnType = { family: 'text' };

describe('a form that loses nothing', () => {
  it.each<[string, ColumnType, Form, boolean]>([
    ['integers', integer(64), { kind: 'integer' }, true],
    ['a decimal in its own scale', { family: 'decimal', scale: 2 }, { kind: 'decimal', scale: 4 }, true],
    ['a decimal without a scale', { family: 'decimal' }, { kind: 'decimal', scale: 2 }, true],
    [
      'a decimal rounded by a rule',
      { family: 'decimal', scale: 4 },
      { kind: 'decimal', scale: 2, rounded: true },
      false,
    ],
    ['a decimal as floating point', { family: 'decimal', scale: 2 }, { kind: 'float', bits: 64 }, false],
    ['a double', { family: 'float', bits: 64 }, { kind: 'float', bits: 64 }, true],
    ['a text', text, { kind: 'text', trim: false }, true],
    ['a text whose blanks do not count', text, { kind: 'text', trim: true }, false],
    ['char(n)', { family: 'text', fixed: true }, { kind: 'text', trim: true }, true],
    ['a text that is compared as a uuid', text, { kind: 'uuid' }, false],
    ['a uuid', { family: 'uuid' }, { kind: 'uuid' }, true],
    [
      'a time with a zone',
      { family: 'time', zone: true, precision: 6 },
      { kind: 'time', zone: true, precision: 6 },
      false,
    ],
    ['a timestamp', timestamp(3), { kind: 'timestamp', precision: 3 }, true],
    ['a timestamp that is rounded', timestamp(6), { kind: 'timestamp', precision: 3 }, false],
    [
      'a timestamp that is rounded to minutes',
      timestamp(0),
      { kind: 'timestamp', precision: 0, step: 'minute' },
      false,
    ],
    ['JSON', { family: 'json' }, { kind: 'json' }, false],
  ])('%s: %o as %o: %s', (_name, type, form, expected) => {
    expect(isLossless(column(type), form)).toBe(expected);
  });
});

describe('values whose text does not tell them apart', () => {
  it.each([
    ['enum', "enum('a','b''','''b')", undefined, false],
    ['enum', "enum('a','b','a')", undefined, true],
    ['enum', "enum('a','')", undefined, true],
    ['set', "set('','a')", undefined, true],
    ['varchar', 'varchar(9)', 'utf8mb4', false],
    ['char', 'char(9)', 'gbk', false],
    ['varchar', 'varchar(9)', 'cp932', true],
    ['varchar', 'varchar(9)', 'sjis', true],
    ['int', 'int(11)', undefined, false],
  ])('MySQL %s as %s in %s: %s', (dataType, columnType, charset, expected) => {
    expect(isAmbiguousMysql(dataType, columnType, charset)).toBe(expected);
  });

  it.each([
    ['regproc', 'UTF8', true],
    ['regproc[]', 'UTF8', true],
    ['public.pair', 'UTF8', true],
    ['inet', 'UTF8', false],
    ['bit varying(3)', 'UTF8', false],
    ['timestamp(3) without time zone[]', 'UTF8', false],
    ['numeric(10,2)[]', 'UTF8', false],
    ['daterange', 'UTF8', false],
    ['regproc', undefined, true],
    ['text', 'UTF8', false],
    ['text', 'EUC_JP', true],
    ['integer', 'EUC_JP', false],
  ])('PostgreSQL %s in %s: %s', (declared, encoding, expected) => {
    expect(isAmbiguousPostgres(declared, postgresType(declared), { isEnum: false, encoding })).toBe(expected);
  });

  it('labels of an enum of PostgreSQL are', () => {
    expect(isAmbiguousPostgres('public.mood', postgresType('public.mood'), { isEnum: true })).toBe(false);
  });

  it('are found by their canonical text only, and hold no key unique', () => {
    const one = column(text, { ambiguous: true });
    const form: Form = { kind: 'text', trim: false };
    expect(isLossless(one, form)).toBe(false);
    expect(keyMatch(one, form, 'a', dialectOf('mysql'))).toBe('canonical');
  });
});

describe('how a key is found', () => {
  const int: Form = { kind: 'integer' };
  const plain: Form = { kind: 'text', trim: false };

  it.each<[Column, Form, string, EngineName, string]>([
    [column(integer(32)), int, '2147483647', 'postgresql', 'native'],
    [column(integer(32)), int, '2147483648', 'postgresql', 'none'],
    [column(integer(8, true)), int, '-1', 'mysql', 'none'],
    [column(integer(64, true)), int, '18446744073709551615', 'mysql', 'native'],
    [column(integer(32)), int, 'not a number', 'postgresql', 'none'],
    [column(integer(32)), { kind: 'decimal', scale: 2 }, '5.00', 'postgresql', 'canonical'],
    [column({ family: 'uuid' }), { kind: 'uuid' }, 'not a uuid', 'postgresql', 'none'],
    [column(text), { kind: 'uuid' }, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'postgresql', 'canonical'],
    [column(text), plain, 'a\0b', 'postgresql', 'none'],
    [column(text), plain, 'a\0b', 'mysql', 'native'],
    [column(text, { charset: 'latin1' }), plain, 'abc', 'mysql', 'native'],
    [column(text, { charset: 'latin1' }), plain, 'é', 'mysql', 'canonical'],
    [column({ family: 'date' }), { kind: 'date' }, '2024-02-29', 'postgresql', 'native'],
    [column({ family: 'date' }), { kind: 'date' }, '2023-02-29', 'postgresql', 'canonical'],
    [column({ family: 'date' }), { kind: 'date' }, '0000-00-00', 'mysql', 'canonical'],
    [column({ family: 'date' }), { kind: 'date' }, 'infinity', 'postgresql', 'canonical'],
    [column(timestamp(6)), { kind: 'timestamp', precision: 6 }, '2024-02-29 23:59:59.5', 'postgresql', 'native'],
    [column(timestamp(6)), { kind: 'timestamp', precision: 3 }, '2024-02-29 23:59:59.5', 'postgresql', 'canonical'],
    [
      column({ family: 'time', zone: false, precision: 0 }),
      { kind: 'time', zone: false, precision: 0 },
      '-838:59:59',
      'mysql',
      'canonical',
    ],
    [column({ family: 'float', bits: 64 }), { kind: 'float', bits: 64 }, '3ff8000000000000', 'postgresql', 'canonical'],
  ])('%o as %o: %s in %s: %s', (of, form, key, engine, expected) => {
    expect(keyMatch(of, form, key, dialectOf(engine))).toBe(expected);
  });
});
