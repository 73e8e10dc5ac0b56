import { describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

describe('sluice rules', () => {
  it('lists them', async () => {
    const { stdout, code } = await sluice(['rules', 'list', '--json']);
    expect(code).toBe(0);
    expect(parseDocument<{ rules: unknown[] }>(stdout, 'rules-list').rules.length).toBeGreaterThan(80);
    expect((await sluice(['rules', 'list'])).stdout).toContain('no-heartbeat');
  });

  it('shows one, and suggests the nearest for an unknown id', async () => {
    const { stdout } = await sluice(['rules', 'show', 'no-heartbeat', '--json']);
    expect(parseDocument(stdout, 'rules-show')).toMatchObject({ id: 'no-heartbeat', severity: 'warning' });
    expect((await sluice(['rules', 'show', 'no-heartbeat'])).stdout).toContain('heartbeat.interval.ms=10000');
    expect(await sluice(['rules', 'show', 'no-hartbeat'])).toMatchObject({ code: 2 });
  });
});
