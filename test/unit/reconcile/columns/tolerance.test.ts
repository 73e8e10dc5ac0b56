import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin } from '../../../../src/reconcile/columns/tolerance.ts';
import type { Form, Tolerance } from '../../../../src/reconcile/model.ts';

const decimal: Form = { kind: 'decimal' };
const timestamp: Form = { kind: 'timestamp', precision: 6 };
const time: Form = { kind: 'time', zone: false, precision: 6 };
const float: Form = { kind: 'float', bits: 64 };

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

describe('values within a tolerance', () => {
  it.each<[Form, string, string, Tolerance, boolean]>([
    [decimal, '1.10', '1.1', { absolute: '0' }, true],
    [decimal, '1.000', '1.001', { absolute: '0.001' }, true],
    [decimal, '1.000', '1.0010000000000000000001', { absolute: '0.001' }, false],
    [decimal, '-1', '1', { absolute: '2' }, true],
    [decimal, '1e3', '1001', { relative: 0.001 }, true],
    [decimal, '1e3', '1001.1', { relative: 0.001 }, false],
    [decimal, '0', '0.0', { relative: 1e-9 }, true],
    [decimal, '0', '1e-300', { relative: 0.5 }, false],
    [decimal, 'NaN', 'NaN', { absolute: '1' }, false],
    [decimal, '', '0', { absolute: '1' }, false],
    // Either bound suffices.
    [decimal, '100', '101', { absolute: '0.1', relative: 0.01 }, true],
    [decimal, '100', '101', { absolute: '1', relative: 0.001 }, true],
    [time, '23:59:59.999999', '24:00:00', { absolute: '1us' }, true],
    [time, '-00:00:01', '00:00:01', { absolute: '1999999us' }, false],
    [timestamp, '2024-02-29 23:59:59.999999', '2024-03-01 00:00:00', { absolute: '1us' }, true],
    [timestamp, '1969-12-31 23:59:59.5', '1970-01-01 00:00:00', { absolute: '500000us' }, true],
    [timestamp, '0001-12-31 23:59:59 BC', '0001-01-01 00:00:00', { absolute: '1000000us' }, true],
    [timestamp, '0000-00-00 00:00:00', '0000-00-00 00:00:00', { absolute: '1000000us' }, false],
    // Beyond the last year of JavaScript's own calendar.
    [timestamp, '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59', { absolute: '999999us' }, true],
    [timestamp, '294276-12-31 00:00:00', '275760-09-13 00:00:00', { absolute: '1us' }, false],
    [timestamp, '4713-01-01 00:00:00 BC', '4713-01-01 00:00:01 BC', { absolute: '1000000us' }, true],
    [timestamp, '2023-02-30 00:00:00', '2023-03-02 00:00:00', { absolute: '1us' }, false],
    [timestamp, 'infinity', 'infinity', { absolute: '1us' }, false],
    [float, bitsOf(0.1), bitsOf(0.1 + 1e-12), { relative: 1e-10 }, true],
    [float, bitsOf(0.1), bitsOf(0.1 + 1e-9), { relative: 1e-10 }, false],
    [float, bitsOf(Number.NaN), bitsOf(Number.NaN), { absolute: '1' }, false],
  ])('%j: %s and %s by %j: %s', (form, a, b, tolerance, within) => {
    expect(isWithin(form, a, b, tolerance)).toBe(within);
    expect(isWithin(form, b, a, tolerance)).toBe(within);
  });

  it('are those whose difference, without any rounding, is no larger', () => {
    const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    const scaled = (value: bigint) =>
      `${value < 0n ? '-' : ''}${(value < 0n ? -value : value)
        .toString()
        .padStart(11, '0')
        .replace(/(\d{10})$/, '.$1')}`;
    fc.assert(
      fc.property(
        amount,
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (value, far, most) => {
          const size = far < 0n ? -far : far;
          expect(isWithin(decimal, scaled(value), scaled(value + far), { absolute: scaled(most) })).toBe(size <= most);
        },
      ),
    );
  });
});
