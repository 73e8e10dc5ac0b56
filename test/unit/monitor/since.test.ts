import { describe, expect, it } from 'vitest';
import { HealthSince } from '../../../src/monitor/since.ts';
import { connectorReport } from '../../helpers/status-report.ts';

const at = (minute: number) => `2026-01-10T12:0${minute}:00.000Z`;

describe('HealthSince', () => {
  it('is the first look of those without a change', () => {
    const since = new HealthSince();
    const look = (minute: number, health: 'healthy' | 'failed') =>
      since.observe([connectorReport('a', { health })], at(minute))[0]?.since;
    expect(look(0, 'healthy')).toBeNull();
    expect(look(1, 'healthy')).toBe(at(0));
    expect(look(2, 'failed')).toBeNull();
    expect(look(3, 'failed')).toBe(at(2));
    expect(look(4, 'healthy')).toBeNull();
  });

  it('goes on from what was seen before', () => {
    const since = new HealthSince([['a', { health: 'failed', at: at(0) }]]);
    expect(since.observe([connectorReport('a', { health: 'failed' })], at(5))[0]?.since).toBe(at(0));
  });

  it('goes on for one that could not be read meanwhile', () => {
    const since = new HealthSince();
    since.observe([connectorReport('a')], at(0));
    since.observe([], at(1), ['a']);
    expect(since.observe([connectorReport('a')], at(2))[0]?.since).toBe(at(0));
  });

  it('starts again for a connector that was gone', () => {
    const since = new HealthSince();
    since.observe([connectorReport('a')], at(0));
    since.observe([], at(1));
    expect(since.observe([connectorReport('a')], at(2))[0]?.since).toBeNull();
  });
});
