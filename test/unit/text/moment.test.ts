import { describe, expect, it } from 'vitest';
import { parseMoment } from '../../../src/text/moment.ts';

const now = Date.parse('2026-11-30T12:00:00Z');

describe('a moment', () => {
  it.each([
    ['2h', '2026-11-30T10:00:00.000Z'],
    [' 90s ', '2026-11-30T11:58:30.000Z'],
    ['0s', '2026-11-30T12:00:00.000Z'],
    ['7d', '2026-11-23T12:00:00.000Z'],
    ['1.5d', '2026-11-29T00:00:00.000Z'],
    ['2026-11-01T08:30Z', '2026-11-01T08:30:00.000Z'],
    ['2026-11-01 08:30:15.5Z', '2026-11-01T08:30:15.500Z'],
    ['2026-11-01T08:30:15.123456789Z', '2026-11-01T08:30:15.123Z'],
    ['2026-11-01T08:30:15+02:00', '2026-11-01T06:30:15.000Z'],
    ['2026-11-01T08:30:15-0130', '2026-11-01T10:00:15.000Z'],
    // As psql writes it.
    ['2026-11-01 08:30:15.25+02', '2026-11-01T06:30:15.250Z'],
    ['2026-11-01T08:30:15z', '2026-11-01T08:30:15.000Z'],
    ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s', (text, time) => {
    const moment = parseMoment(text, now);
    expect('at' in moment && new Date(moment.at).toISOString()).toBe(time);
  });

  it.each([
    ['', 'is not a valid time'],
    ['now', 'is not a valid time'],
    ['1', 'is not a valid time'],
    ['2026', 'is not a valid time'],
    ['-2h', 'is not a valid time'],
    ['1.11.2026', 'is not a valid time'],
    ['2026-11-01T08Z', 'is not a valid time'],
    ['2026-13-01T00:00Z', 'is not a date'],
    ['2026-02-30T00:00Z', 'is not a date'],
    ['2026-02-29', 'is not a date'],
    ['2026-11-01T25:00Z', 'is not a date'],
    ['2026-11-01T08:00+99:00', 'is not a date'],
    ['2026-11-01', 'does not say which moment it is'],
    ['2026-11-01Z', 'does not say which moment it is'],
    ['2026-11-01T08:30', 'does not say which moment it is'],
    ['2026-11-01 08:30:15', 'does not say which moment it is'],
  ])('%j is refused', (text, problem) => {
    expect(parseMoment(text, now)).toMatchObject({ problem: `"${text}" ${problem}` });
  });

  it('says how to write what was probably meant', () => {
    const hint = (text: string) => (parseMoment(text, now) as { hint: string }).hint;
    expect(hint('2026-11-01 08:30:15')).toBe(
      'Add what is missing: 2026-11-01T08:30:15Z for UTC, or the offset of the zone instead of Z, such as +01:00.',
    );
    expect(hint('2026-11-01')).toContain('2026-11-01T00:00Z for UTC');
  });
});
