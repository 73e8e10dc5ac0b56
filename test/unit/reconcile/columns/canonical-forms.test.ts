import { describe, expect, it } from 'vitest';
import type { Column, ColumnType, EngineName } from '../../../../src/databases/model.ts';
import { mysqlType } from '../../../../src/databases/mysql/types.ts';
import { postgresType } from '../../../../src/databases/postgres/session.ts';
import { sqlserverType } from '../../../../src/databases/sqlserver/types.ts';
import { isFreeText, pairForm } from '../../../../src/reconcile/columns/canonical-forms.ts';
import { dialectsOf } from '../../../helpers/dialects.ts';

function column(nativeType: string, type: ColumnType): Column {
  return { name: 'c', nativeType, type, nullable: true, generated: false, identity: false };
}

const pg = (declared: string) => column(declared, postgresType(declared));
const my = (declared: string, scale = 0, precision = 0) =>
  column(declared, mysqlType(declared.replace(/[( ].*$/, ''), declared, scale, precision));
const ms = (declared: string, scale = 0) => column(declared, sqlserverType(declared.replace(/\(.*$/, ''), scale));

function form(
  source: Column,
  target: Column,
  engines: [EngineName, EngineName] = ['postgresql', 'postgresql'],
): string {
  const pairing = pairForm(source, target, dialectsOf(...engines));
  if ('reason' in pairing) return `not: ${pairing.reason}`;
  return JSON.stringify(pairing.form) + (pairing.note === undefined ? '' : ` ${pairing.note}`);
}

describe('pairForm', () => {
  it.each<[string, string, string]>([
    ['integer', 'bigint', '{"kind":"integer"}'],
    ['boolean', 'smallint', '{"kind":"integer"}'],
    ['integer', 'numeric(10,2)', '{"kind":"decimal","scale":2}'],
    ['numeric(12,2)', 'numeric(38,10)', '{"kind":"decimal","scale":10}'],
    ['numeric', 'numeric(38,10)', '{"kind":"decimal","scale":10}'],
    ['numeric', 'numeric', '{"kind":"decimal"}'],
    ['numeric', 'double precision', '{"kind":"float","bits":64} compared as floating point, exact to about 15 digits'],
    ['real', 'double precision', '{"kind":"float","bits":64}'],
    ['character(5)', 'text', '{"kind":"text","trim":true} trailing blanks ignored: one side pads with them'],
    ['character(5)', 'character(9)', '{"kind":"text","trim":true}'],
    ['uuid', 'text', '{"kind":"uuid"}'],
    ['jsonb', 'json', '{"kind":"json"}'],
    ['jsonb', 'text', '{"kind":"json"} text compared as JSON'],
    ['timestamp(6) with time zone', 'timestamp(6) with time zone', '{"kind":"timestamp","precision":6}'],
    [
      'timestamp with time zone',
      'timestamp without time zone',
      '{"kind":"timestamp","precision":6} the side without a zone read as UTC',
    ],
    [
      'timestamp without time zone',
      'timestamp(3) without time zone',
      '{"kind":"timestamp","precision":3} rounded to 3 fractional digits: the target stores no more',
    ],
    ['integer[]', 'integer[]', '{"kind":"native"}'],
    ['interval', 'text', '{"kind":"interval"} text compared as ISO 8601 duration'],
    ['inet', 'text', '{"kind":"native"} inet compared as text'],
    ['bytea', 'text', 'not: no common form for bytea and text'],
    ['timestamp without time zone', 'bigint', 'not: no common form for timestamp without time zone and bigint'],
    ['boolean', 'text', 'not: no common form for boolean and text'],
  ])('PostgreSQL %s and %s', (source, target, expected) => {
    expect(form(pg(source), pg(target))).toBe(expected);
  });

  it.each<[Column, Column, string]>([
    [my('tinyint(1)'), pg('boolean'), '{"kind":"integer"}'],
    [my('bit(1)'), pg('boolean'), '{"kind":"integer"}'],
    [my('bigint(20) unsigned'), pg('numeric(20,0)'), '{"kind":"decimal","scale":0}'],
    [my('double'), pg('double precision'), '{"kind":"float","bits":64}'],
    [my('datetime(3)', 0, 3), pg('timestamp(6) without time zone'), '{"kind":"timestamp","precision":6,"half":"away"}'],
    [my('timestamp', 0, 0), pg('timestamp(6) with time zone'), '{"kind":"timestamp","precision":6,"half":"away"}'],
    [my("enum('a')"), pg('text'), `{"kind":"native"} enum('a') compared as text`],
    [my('varbinary(4)'), pg('bytea'), '{"kind":"bytes"}'],
    [my('bit(8)'), pg('bytea'), 'not: source bit(8): connectors store bits in a different byte order'],
    [my('point'), pg('text'), 'not: source point: sluice has no text form for this type'],
    [
      my('decimal(10,2)', 2),
      pg('real'),
      '{"kind":"float","bits":32} compared as floating point, exact to about 6 digits',
    ],
  ])('MariaDB %o and PostgreSQL', (source, target, expected) => {
    expect(form(source, target, ['mysql', 'postgresql'])).toBe(expected);
  });

  it.each<[Column, Column, EngineName, string]>([
    [ms('float'), pg('double precision'), 'postgresql', '{"kind":"float","bits":64}'],
    [ms('float'), my('double'), 'mysql', '{"kind":"float","bits":64}'],
    [
      ms('datetime2(7)', 7),
      pg('timestamp(6) without time zone'),
      'postgresql',
      '{"kind":"timestamp","precision":6,"half":"up"} rounded to 6 fractional digits: the target stores no more',
    ],
    [ms('uniqueidentifier'), pg('uuid'), 'postgresql', '{"kind":"uuid"}'],
    [ms('timestamp'), pg('bytea'), 'postgresql', 'not: source timestamp: each database counts row versions on its own'],
  ])('SQL Server %o and another', (source, target, engine, expected) => {
    expect(form(source, target, ['sqlserver', engine])).toBe(expected);
  });

  it.each<[EngineName, Column, Column, string]>([
    [
      'postgresql',
      pg('timestamp(6) without time zone'),
      ms('datetime'),
      '{"kind":"timestamp","precision":3,"step":"tick","half":"up"} rounded to 1/300 of a second: the target stores no finer time',
    ],
    [
      'postgresql',
      pg('timestamp(3) with time zone'),
      ms('smalldatetime'),
      '{"kind":"timestamp","precision":0,"step":"minute","half":"up"} rounded to minutes: the target stores no seconds; the side without a zone read as UTC',
    ],
    [
      'postgresql',
      pg('timestamp(0) without time zone'),
      ms('smalldatetime'),
      '{"kind":"timestamp","precision":0,"step":"minute","half":"up"} rounded to minutes: the target stores no seconds',
    ],
    ['sqlserver', ms('datetime'), ms('datetime'), '{"kind":"timestamp","precision":3}'],
    ['sqlserver', ms('smalldatetime'), ms('datetime'), '{"kind":"timestamp","precision":3}'],
    [
      'sqlserver',
      ms('smalldatetime'),
      pg('timestamp(6) without time zone'),
      '{"kind":"timestamp","precision":6,"half":"up"}',
    ],
    ['mysql', my('datetime(2)', 0, 2), ms('datetime'), '{"kind":"timestamp","precision":3}'],
  ])('a time of %s on the steps of SQL Server’s older types', (engine, source, target, expected) => {
    const other = target.nativeType.startsWith('timestamp') ? 'postgresql' : 'sqlserver';
    expect(form(source, target, [engine, other])).toBe(expected);
  });
});

it.each<[Column, Column, boolean]>([
  [pg('text'), pg('text'), true],
  [pg('bytea'), pg('bytea'), true],
  [pg('jsonb'), pg('jsonb'), true],
  [pg('uuid'), pg('uuid'), false],
  [pg('uuid'), pg('text'), true],
  [pg('text'), pg('uuid'), true],
  [pg('integer'), pg('integer'), false],
  [pg('date'), pg('date'), false],
])('%o and %o: a text that may be empty or hold any character: %s', (source, target, expected) => {
  const pairing = pairForm(source, target, dialectsOf('postgresql', 'postgresql'));
  if ('reason' in pairing) throw new Error(pairing.reason);
  expect(isFreeText({ ...pairing, source, target })).toBe(expected);
});
