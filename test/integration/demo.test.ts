import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../../src/demo/demo.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const state = mkdtempSync(path.join(tmpdir(), 'sluice-demo-'));
const env = { SLUICE_STATE_DIR: state };
afterAll(async () => {
  await sluice(['sandbox', 'down', '--name', 'demo', '--purge'], { env });
  rmSync(state, { recursive: true, force: true });
});

describe('sluice demo', () => {
  it('does not touch a demo that runs', async () => {
    const up = await sluice(['sandbox', 'up', '--name', 'demo'], { env });
    expect(up.code, up.stderr).toBe(0);
    const refused = await sluice(['demo'], { env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('sluice sandbox down --name demo --purge');
    expect((await sluice(['sandbox', 'status', '--name', 'demo'], { env })).code).toBe(0);
    expect((await sluice(['sandbox', 'down', '--name', 'demo', '--purge'], { env })).code).toBe(0);
  });

  it('shows the whole path and leaves nothing running', async () => {
    const run = await sluice(['demo', '--json'], { env, timeout: 300_000 });
    expect(run.stderr).toContain('Nothing is left running.');
    expect(run.code, run.stderr).toBe(0);
    const report = parseDocument<DemoReport>(run.stdout, 'demo');
    const changed = report.changes.reduce((sum, change) => sum + change.rows, 0);
    expect(report.records).toBe(changed);
    expect(changed).toBeGreaterThan(11_000);
    expect(report.damage).toMatchObject({
      table: 'shop.orders',
      key: { id: '42' },
      column: 'total',
      repair: expect.stringMatching(/^UPDATE /),
    });
    expect(report.scaled).toEqual({ from: 3, to: 1, back: 3 });

    const status = await sluice(['sandbox', 'status', '--name', 'demo', '--json'], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ health: 'stopped', parts: [] });
    expect(readdirSync(path.join(state, 'sandboxes')).filter((name) => !name.startsWith('.'))).toEqual([]);
  }, 330_000);
});
