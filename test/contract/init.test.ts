import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listTemplates } from '../../src/connectors/templates/load.ts';
import type { InitReport } from '../../src/project/init.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'sluice-init-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const SETS = [
  ...['name=shop-source', 'prefix=shop', 'host=db', 'database=shop', 'user=reader', 'tables=public\\..*'],
  'debezium-jdbc-sink-postgres.name=shop-sink',
].flatMap((one) => ['--set', one]);
const TEMPLATES = ['--template', 'debezium-postgres-source', '--template', 'debezium-jdbc-sink-postgres'];

describe('sluice init', () => {
  it('writes a project that validates, and whose contexts are there', async () => {
    const connect = ['--connect', 'dev=http://localhost:1', '--connect', 'production=http://localhost:2'];
    const { code, stdout } = await sluice(
      ['init', 'shop', ...connect, '--protect', 'production', ...TEMPLATES, ...SETS, '--ci', '--json'],
      { cwd },
    );
    expect(code).toBe(0);
    const report = parseDocument<InitReport & Record<string, unknown>>(stdout, 'init');
    expect(report.connectors).toEqual(['shop-source', 'shop-sink']);
    expect(report.variables).toEqual(['SOURCE_PASSWORD', 'TARGET_PASSWORD']);
    const project = path.join(cwd, 'shop');
    expect(readFileSync(path.join(project, '.gitignore'), 'utf8')).toContain('.env\n');

    const validated = await sluice(['validate', '--json'], { cwd: project });
    expect(validated.code).toBe(0);
    expect(parseDocument<{ connectors: number }>(validated.stdout, 'validate').connectors).toBe(2);
    const env = { SOURCE_PASSWORD: 'a', TARGET_PASSWORD: 'b' };
    expect((await sluice(['validate', '--strict'], { cwd: project, env })).code).toBe(0);
    expect((await sluice(['config', 'show'], { cwd: project })).stdout).toContain('http://localhost:2');
    const refused = await sluice(['pause', 'x', '--context', 'production', '--json'], { cwd: project });
    expect(refused.stdout).toContain('CONTEXT_PROTECTED');

    const again = await sluice(['init', 'shop', ...connect], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('sluice.yaml is there already') });
  });

  it('without a terminal names the flag that it wants', async () => {
    const { code, stderr } = await sluice(['init', 'other'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('--connect');
    const missing = await sluice(
      ['init', 'other', '--connect', 'dev=http://h:1', '--template', listTemplates()[0]?.name ?? ''],
      { cwd },
    );
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('missing') });
  });
});
