import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mysqlStep } from '../../../../src/reconcile/dialects/mysql/steps.ts';
import { postgresStep } from '../../../../src/reconcile/dialects/postgres/steps.ts';
import { sqlserverStep } from '../../../../src/reconcile/dialects/sqlserver/steps.ts';
import { stepped } from '../../../../src/reconcile/dialects/steps.ts';

describe('a canonical text on the steps of an older type', () => {
  // The table of Microsoft's page on datetime, and its two examples of smalldatetime.
  it.each<['tick' | 'minute', string, string]>([
    ['tick', '1998-01-01 23:59:59.999', '1998-01-02 00:00:00'],
    ['tick', '1998-01-01 23:59:59.995', '1998-01-01 23:59:59.997'],
    ['tick', '1998-01-01 23:59:59.998', '1998-01-01 23:59:59.997'],
    ['tick', '1998-01-01 23:59:59.992', '1998-01-01 23:59:59.993'],
    ['tick', '1998-01-01 23:59:59.994', '1998-01-01 23:59:59.993'],
    ['tick', '1998-01-01 23:59:59.99', '1998-01-01 23:59:59.99'],
    ['tick', '1998-01-01 23:59:59.991', '1998-01-01 23:59:59.99'],
    ['tick', '2024-02-28 23:59:59.9983333', '2024-02-28 23:59:59.997'],
    ['tick', '2024-02-28 23:59:59.9983334', '2024-02-29 00:00:00'],
    ['tick', '2024-01-01 10:00:00', '2024-01-01 10:00:00'],
    ['minute', '2003-05-08 12:35:29.998', '2003-05-08 12:35:00'],
    ['minute', '2003-05-08 12:35:29.999', '2003-05-08 12:36:00'],
    ['minute', '2024-12-31 23:59:31', '2025-01-01 00:00:00'],
    ['minute', '0001-01-01 00:00:00', '0001-01-01 00:00:00'],
    // The last moment, infinity, zero dates and years before 1 are on no grid.
    ['minute', '9999-12-31 23:59:59.9999999', '9999-12-31 23:59:59.9999999'],
    ['tick', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999'],
    ['tick', 'infinity', 'infinity'],
    ['tick', '0000-00-00 00:00:00', '0000-00-00 00:00:00'],
    ['minute', '0044-03-15 10:00:59 BC', '0044-03-15 10:00:59 BC'],
  ])('%s of %s', (step, text, expected) => {
    expect(stepped(step, text)).toBe(expected);
  });

  it('is the nearest tick, half a tick up, and stays where it is', () => {
    const seventh = fc.integer({ min: 0, max: 9_999_999 });
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2079-01-01'), noInvalidDate: true }),
        seventh,
        (day, at) => {
          const second = day.toISOString().replace('T', ' ').slice(0, 19);
          const text = stepped('tick', `${second}.${String(at).padStart(7, '0')}`);
          // Ticks are 10 ms / 3: the distance is exact in units of a seventh digit by 3.
          const whole = Date.parse(`${second.replace(' ', 'T')}Z`);
          const moment = Date.parse(`${text.replace(' ', 'T')}Z`) - whole;
          const tick = Math.round((moment * 3) / 10);
          expect(Math.floor((tick * 10 + 1) / 3)).toBe(moment);
          const distance = at * 3 - tick * 100_000;
          expect(distance).toBeGreaterThanOrEqual(-50_000);
          expect(distance).toBeLessThan(50_000);
          expect(stepped('tick', text)).toBe(text);
        },
      ),
    );
  });

  it('a minute has no seconds, and stays where it is', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2079-01-01'), noInvalidDate: true }), (day) => {
        const text = stepped('minute', day.toISOString().replace('T', ' ').replace('Z', ''));
        expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:00$/);
        expect(stepped('minute', text)).toBe(text);
        const away = Date.parse(`${text.replace(' ', 'T')}Z`) - day.getTime();
        expect(away).toBeGreaterThan(-29_999);
        expect(away).toBeLessThanOrEqual(30_001);
      }),
    );
  });
});

/** The same in PostgreSQL and MariaDB is tested on these: see reconcile-steps.test.ts. */
describe('in SQL', () => {
  it('of PostgreSQL', () => {
    expect(postgresStep('minute', 'x')).toBe("date_trunc('minute', x + interval '30.001666 seconds')");
    expect(postgresStep('tick', 'x')).toBe(
      "coalesce(date_trunc('second', x) + ((extract(microseconds FROM x)::bigint % 1000000 * 3 + 5000) / 10000 * 10 + 1) / 3 * interval '1 millisecond', x)",
    );
  });

  it('of MySQL', () => {
    expect(mysqlStep('minute', 'x')).toBe(
      'COALESCE(x + INTERVAL (IF((SECOND(x) * 1000000 + MICROSECOND(x)) >= 29998334, 60000000, 0) - (SECOND(x) * 1000000 + MICROSECOND(x))) MICROSECOND, x)',
    );
    expect(mysqlStep('tick', 'x')).toBe(
      'COALESCE(x + INTERVAL (((((MICROSECOND(x) * 3 + 5000) DIV 10000) * 10 + 1) DIV 3) * 1000 - MICROSECOND(x)) MICROSECOND, x)',
    );
  });

  it('of SQL Server, whose last moment has none after it', () => {
    expect(sqlserverStep('tick', 'x')).toBe(
      "CASE WHEN x >= '9999-12-31T23:59:59.9983334' THEN x ELSE DATEADD(millisecond, ((DATEPART(nanosecond, x) / 100 * 3 + 50000) / 100000 * 10 + 1) / 3, DATEADD(nanosecond, -DATEPART(nanosecond, x), x)) END",
    );
    expect(sqlserverStep('minute', 'x')).toBe(
      "CASE WHEN x >= '9999-12-31T23:59:29.9983334' THEN x ELSE DATEADD(minute, CASE WHEN DATEPART(second, x) * 10000000 + DATEPART(nanosecond, x) / 100 >= 299983334 THEN 1 ELSE 0 END, DATEADD(second, -DATEPART(second, x), DATEADD(nanosecond, -DATEPART(nanosecond, x), x))) END",
    );
  });
});
