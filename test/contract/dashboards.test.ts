import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DashboardsReport } from '../../src/dashboards/export.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-dashboards-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = ['cdc-pipeline.json', 'jmx-exporter.yaml', 'kafka-connect.json', 'prometheus-rules.yaml'];

describe('sluice dashboards export', () => {
  const run = (...args: string[]) => sluice(['dashboards', 'export', ...args], { cwd: folder });
  const states = (stdout: string) =>
    parseDocument<DashboardsReport & Record<string, unknown>>(stdout, 'dashboards-export').files.map(
      ({ file, state }) => [file, state],
    );

  it('writes four files that others can read, and nothing the second time', async () => {
    const first = await run('--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(path.join(folder, 'dashboards')).sort()).toEqual(FILES);
    expect(states(first.stdout).every(([, state]) => state === 'written')).toBe(true);
    expect(statSync(path.join(folder, 'dashboards', 'cdc-pipeline.json')).mode & 0o044).toBe(0o044);
    expect(states((await run('--json')).stdout).every(([, state]) => state === 'unchanged')).toBe(true);
  });

  it('replaces no file that says something else, unless --force is given', async () => {
    const file = path.join(folder, 'dashboards', 'cdc-pipeline.json');
    const other = path.join(folder, 'dashboards', 'jmx-exporter.yaml');
    writeFileSync(file, 'my own');
    rmSync(other);
    const refused = await run();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('exists with other contents; nothing was written');
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('my own');
    expect(readdirSync(path.join(folder, 'dashboards'))).not.toContain('jmx-exporter.yaml');
    const forced = await run('--force', '--json');
    expect(states(forced.stdout).filter(([, state]) => state === 'written')).toHaveLength(2);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ uid: 'sluice-cdc-pipeline' });
  });

  it('says where it cannot write', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const { code, stderr } = await run('--out', 'file');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: cannot write file/);
  });

  it('names commands as they are typed', async () => {
    await run('--out', 'typed');
    const rules = readFileSync(path.join(folder, 'typed', 'prometheus-rules.yaml'), 'utf8');
    expect(rules).toContain('sluice describe {{ $labels.connector }} --context {{ $labels.context }}');
  });
});
