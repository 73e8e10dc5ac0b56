import { describe, expect, it } from 'vitest';
import { isTimeZone, isTimeZoneName, nearestTimeZone } from '../../../src/text/time-zone.ts';

/** As a Debezium JDBC sink 3.5 on Java 21 takes or refuses them. */
describe("Java's time zones", () => {
  it.each([
    'UTC',
    'Z',
    'GMT',
    'Europe/Berlin',
    'US/Eastern',
    'America/New_York',
    '+02:00',
    '-5',
    'UTC+01:00',
    '+0530',
    '+18:00',
    '+023015',
  ])('%s is one', (zone) => expect(isTimeZone(zone)).toBe(true));

  it.each(['', 'nonsense', 'Europe/Berln', 'europe/berlin', 'Berlin', '+', '+2:', 'UTC+'])('%j is not one', (zone) =>
    expect(isTimeZone(zone)).toBe(false),
  );

  /** As `ZoneId.of` of Java 17. */
  it.each(['utc', 'Utc', '+2:30', '+1:00', '+02:60', '+18:01', '+19:00', 'UTC+25', 'GMT+99:00', 'PST', 'IST', 'ACT'])(
    '%s is not one, either',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );

  /** As `TimeZone.getAvailableIDs` of Java 17 has them. */
  it.each(['UTC', 'GMT', 'GMT0', 'Zulu', 'Europe/Berlin', 'Etc/GMT+5', 'EST5EDT', 'PST', 'SystemV/PST8'])(
    '%s is a name',
    (zone) => expect(isTimeZoneName(zone)).toBe(true),
  );

  it.each(['', 'Z', 'UT', '+02:00', '-5', 'GMT+2', 'UTC+01:00', 'europe/berlin', 'nonsense'])(
    '%j is not a name',
    (zone) => expect(isTimeZoneName(zone)).toBe(false),
  );

  it.each([
    ['Europe/Berln', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['nonsense', undefined],
  ])('for %s, %s was meant', (zone, meant) => expect(nearestTimeZone(zone)).toBe(meant));
});
