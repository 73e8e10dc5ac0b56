import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableInfo } from '../../../../src/databases/model.ts';
import { postgresType } from '../../../../src/databases/postgres/session.ts';
import { type ColumnOptions, planColumns } from '../../../../src/reconcile/columns/plan.ts';
import { rulesOf } from '../../../../src/reconcile/columns/rules.ts';
import { sameValue } from '../../../../src/reconcile/columns/values.ts';
import type { Form, Tolerance } from '../../../../src/reconcile/model.ts';
import { dialectsOf } from '../../../helpers/dialects.ts';

const decimal = (tolerance: Tolerance): Form => ({ kind: 'decimal', tolerance });
const float = (tolerance: Tolerance): Form => ({ kind: 'float', bits: 64, tolerance });
const timestamp = (absolute: string): Form => ({ kind: 'timestamp', precision: 6, tolerance: { absolute } });

describe('a tolerance', () => {
  it.each<[string, Form, string, string, boolean]>([
    ['an absolute one reaches its bound', decimal({ absolute: '0.01' }), '1.00', '1.01', true],
    ['and no further', decimal({ absolute: '0.01' }), '1.00', '1.0100000000000000000001', false],
    ['nothing is rounded', decimal({ absolute: '1' }), '9007199254740993', '9007199254740995', false],
    ['of negative numbers, too', decimal({ absolute: '0.5' }), '-0.25', '0.25', true],
    ['a relative one is a part of the larger', decimal({ relative: 0.1 }), '90', '100', true],
    ['relative, beyond', decimal({ relative: 0.1 }), '89.9', '100', false],
    ['zero is far from everything', decimal({ relative: 0.1 }), '0', '0.0000001', false],
    ['either of the two suffices', decimal({ absolute: '0.001', relative: 0.1 }), '0', '0.0005', true],
    ['NaN is not a number', decimal({ absolute: '5' }), 'NaN', '1', false],
    ['NaN is itself', decimal({ absolute: '5' }), 'NaN', 'NaN', true],
    ['the bits of a double', float({ relative: 1e-9 }), '3ff8000000000000', '3ff8000000000001', true],
    ['the bits of another', float({ relative: 1e-9 }), '3ff8000000000000', '3ff9000000000000', false],
    ['timestamps', timestamp('1000us'), '2024-02-29 23:59:59.9995', '2024-03-01 00:00:00', true],
    ['timestamps, beyond', timestamp('499us'), '2024-02-29 23:59:59.9995', '2024-03-01 00:00:00', false],
    ['before 1970', timestamp('2us'), '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001', true],
    ['a zero date is near nothing', timestamp('1000us'), '0000-00-00 00:00:00', '0000-00-00 00:00:00.0001', false],
    ['infinity is near nothing', timestamp('1000us'), 'infinity', '9999-01-01 00:00:00', false],
    [
      'times, negative ones too',
      { kind: 'time', zone: false, precision: 6, tolerance: { absolute: '2000us' } },
      '-00:00:00.001',
      '00:00:00.001',
      true,
    ],
  ])('%s', (_name, form, a, b, expected) => {
    expect(sameValue(form, a, b)).toBe(expected);
    expect(sameValue(form, b, a)).toBe(expected);
  });

  it('NULL is near to NULL only', () => {
    expect(sameValue(decimal({ absolute: '5' }), null, '0')).toBe(false);
    expect(sameValue(decimal({ absolute: '5' }), null, null)).toBe(true);
  });

  it('agrees with integer arithmetic at every scale', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.nat(1_000_000), fc.nat(8), (a, b, bound, scale) => {
        const text = (value: number) => {
          const digits = String(value).padStart(scale + 1, '0');
          return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
        };
        const near = b % 2 === 0 ? b : a + (b % 2_000_001) - 1_000_000;
        fc.pre(near >= 0 && Number.isSafeInteger(near));
        expect(sameValue(decimal({ absolute: text(bound) }), text(a), text(near))).toBe(Math.abs(a - near) <= bound);
      }),
    );
  });

  it('a larger one never makes equal values differ', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    fc.assert(
      fc.property(
        number,
        number,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b, x, y) => {
          const within = (relative: number) => sameValue(decimal({ relative }), a, b);
          if (within(Math.min(x, y))) expect(within(Math.max(x, y))).toBe(true);
        },
      ),
    );
  });
});

it('case: what the databases made small letters of is compared once more', () => {
  const form: Form = { kind: 'text', trim: false, ignoreCase: true };
  expect(sameValue(form, 'ÉTÉ', 'été')).toBe(true);
  expect(sameValue(form, 'été', 'ete')).toBe(false);
});

describe('rulesOf', () => {
  const read = (rule: object) => rulesOf({ rules: { c: rule } }, 'reconcile.pairs.p')?.['c'];
  it.each([
    [{ tolerance: 0.01 }, { tolerance: '0.01' }],
    [{ tolerance: '5ms' }, { tolerance: '5000us' }],
    [{ tolerance: '20us' }, { tolerance: '20us' }],
    [{ tolerance: '2s' }, { tolerance: '2000000us' }],
    [{ tolerance: 1e-9 }, { tolerance: '1e-9' }],
    [{ relative: 1e-6 }, { relative: 1e-6 }],
    [{ precision: 'ms' }, { precision: 3 }],
    [
      { scale: 0, trim: true, case: 'insensitive' },
      { scale: 0, trim: true, ignoreCase: true },
    ],
    [{ trim: false, case: 'sensitive' }, {}],
  ])('%o is %o', (settings, expected) => {
    expect(read(settings)).toEqual(expected);
  });

  it.each(['1e1000', '1e-999999999', '9'.repeat(401)])('%s is more than exact arithmetic has room for', (tolerance) => {
    expect(() => read({ tolerance })).toThrow(expect.objectContaining({ code: 'PROJECT_INVALID' }));
  });

  it.each([1, 5])('a relative tolerance of %s would take all numbers for equal', (relative) => {
    expect(() => read({ relative })).toThrow(expect.objectContaining({ code: 'PROJECT_INVALID' }));
  });

  it('an invalid tolerance names its place', () => {
    expect(() => read({ tolerance: 'much' })).toThrow(
      expect.objectContaining({
        code: 'PROJECT_INVALID',
        message: 'reconcile.pairs.p.rules.c: "much" is not a valid tolerance',
      }),
    );
  });
});

describe('rules in a plan', () => {
  const columns = [
    'id bigint',
    'name text',
    'price numeric',
    'fixed numeric(10,1)',
    'ratio double precision',
    'at timestamp without time zone',
    'ok boolean',
  ];
  const table = (keyed = true): TableInfo => ({
    schema: 'public',
    name: 't',
    kind: 'table',
    transactional: true,
    columns: columns.map((text) => {
      const [name = '', ...type] = text.split(' ');
      return {
        name,
        nativeType: type.join(' '),
        type: postgresType(type.join(' ')),
        nullable: name !== 'id',
        generated: false,
        identity: false,
      };
    }),
    primaryKey: keyed ? ['id'] : [],
    uniqueKeys: keyed ? [['id']] : [],
    estimatedRows: 0,
  });
  const plan = (options: ColumnOptions, keyed = true) =>
    planColumns(table(keyed), table(keyed), options, dialectsOf('postgresql', 'postgresql'));
  const pair = (options: ColumnOptions, column: string) => {
    const found = plan(options).pairs.find(({ source }) => source.name === column);
    return { form: found?.form, note: found?.note };
  };

  it('go into the form, and are reported', () => {
    expect(pair({ rules: { NAME: { trim: true, ignoreCase: true } } }, 'name')).toEqual({
      form: { kind: 'text', trim: 'both', ignoreCase: true },
      note: 'by rule: blanks at both ends ignored, case ignored',
    });
    expect(pair({ rules: { price: { scale: 2 } } }, 'price').form).toEqual({
      kind: 'decimal',
      scale: 2,
      rounded: true,
    });
    expect(pair({ rules: { at: { precision: 3 } } }, 'at').form).toEqual({ kind: 'timestamp', precision: 3 });
    expect(pair({ rules: { ratio: { relative: 0.1 } } }, 'ratio').form).toMatchObject({ tolerance: { relative: 0.1 } });
  });

  it('a scale that the column does not exceed rounds nothing', () => {
    expect(pair({ rules: { fixed: { scale: 2 } } }, 'fixed').form).toEqual({ kind: 'decimal', scale: 1 });
  });

  it("a table's own rule goes before the common one, and that before the tolerance of all floats", () => {
    const options: ColumnOptions = {
      rules: { ratio: { tolerance: '1' } },
      commonRules: { ratio: { tolerance: '2' }, price: { scale: 3 }, elsewhere: { trim: true } },
      floatTolerance: 0.5,
    };
    expect(pair(options, 'ratio').form).toMatchObject({ tolerance: { absolute: '1' } });
    expect(pair(options, 'price').form).toMatchObject({ scale: 3 });
    expect(pair({ floatTolerance: 0.5 }, 'ratio').form).toMatchObject({ tolerance: { relative: 0.5 } });
  });

  it('without a key a rule that wants two rows side by side makes its column uncompared', () => {
    const made = plan({ rules: { ratio: { relative: 0.1 }, name: { trim: true } } }, false);
    expect(made.uncompared).toEqual([
      { column: 'ratio', reason: 'without a key a column with such a rule can be compared as text only' },
    ]);
    expect(made.pairs.map(({ source }) => source.name)).toContain('name');
  });

  it.each<[string, ColumnOptions, RegExp]>([
    ['an unknown column', { rules: { nope: { trim: true } } }, /no column "nope"/],
    ['the key', { commonRules: { id: { tolerance: '1' } } }, /the key column id cannot have a rule/],
    ['a number that is trimmed', { rules: { price: { trim: true } } }, /column price: trim does not fit numeric/],
    [
      'text with a tolerance',
      { rules: { name: { tolerance: '1' } } },
      /column name: the tolerance 1 does not fit text/,
    ],
    ['a number with a duration', { rules: { price: { tolerance: '5us' } } }, /does not fit numeric/],
    ['a timestamp with a number', { rules: { at: { tolerance: '5' } } }, /does not fit timestamp/],
    ['a scale of floating point', { rules: { ratio: { scale: 2 } } }, /a scale does not fit double precision/],
    ['the precision of a boolean', { rules: { ok: { precision: 3 } } }, /a precision does not fit boolean/],
  ])('%s is refused', (_name, options, message) => {
    expect(() => plan(options)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
