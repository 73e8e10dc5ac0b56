import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usePostgres } from '../helpers/databases.ts';
import { type RunOptions, sluice } from '../helpers/run.ts';

describe('files and errors of sluice reconcile', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  let folder: string;
  const ROWS = 10_050;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-faults-'));
    for (const side of [source, target]) {
      await side.run(`CREATE TABLE rec_fault_many (id int PRIMARY KEY, v text); CREATE TABLE rec_fault_few (id int PRIMARY KEY);
        INSERT INTO rec_fault_few VALUES (1); CREATE TABLE rec_fault_secret (id int PRIMARY KEY, v text)`);
    }
    await source.run(`INSERT INTO rec_fault_many SELECT g, 'v' FROM generate_series(1, ${ROWS}) g;
      INSERT INTO rec_fault_secret VALUES (1, 'top secret value')`);
    await target.run("ALTER TABLE rec_fault_secret ADD CONSTRAINT rec_fault_check CHECK (v NOT LIKE '%secret%')");
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_fault_many, rec_fault_few, rec_fault_secret');
    }
    rmSync(folder, { recursive: true });
  });

  const run = (args: string[], options: RunOptions = {}) =>
    sluice(['reconcile', ...args, '--source', source.url, '--target', target.url], { cwd: folder, ...options });
  const mode = (file: string) => (statSync(path.join(folder, file)).mode & 0o777).toString(8);

  it('reports and scripts can be read by their owner only, also where they existed', async () => {
    writeFileSync(path.join(folder, 'old.html'), 'old');
    chmodSync(path.join(folder, 'old.html'), 0o644);
    expect((await run(['rec_fault_few', '--json', '--to', 'new.json'])).code).toBe(0);
    expect((await run(['rec_fault_secret', '-o', 'html', '--to', 'old.html'])).code).toBe(10);
    const sql = ['rec_fault_secret', '--repair', 'sql', '--repair-file', 'repair.sql', '--to', 'text.txt'];
    expect((await run(sql)).code).toBe(10);
    expect(['new.json', 'old.html', 'repair.sql', 'text.txt'].map(mode)).toEqual(['600', '600', '600', '600']);
    expect(readFileSync(path.join(folder, 'repair.sql'), 'utf8')).toContain('top secret value');
  });

  it.skipIf(process.platform !== 'linux')(
    'a full disk is a clear error, never a defect (Linux has /dev/full)',
    async () => {
      const report = await run(['rec_fault_few', '--json', '--to', '/dev/full']);
      expect([report.code, report.stderr]).toEqual([2, expect.stringContaining('cannot write /dev/full: ENOSPC')]);
      expect(report.stderr).toContain('[FILE_UNWRITABLE]');
      const script = await run(['rec_fault_secret', 'rec_fault_few', '--repair', 'sql', '--repair-file', '/dev/full']);
      expect(script.stdout).toContain('cannot write /dev/full: ENOSPC');
      // The result of the comparison is not lost with its script.
      expect([script.code, script.stdout]).toEqual([2, expect.stringMatching(/rec_fault_few +equal/)]);
      expect(report.stderr + script.stderr + script.stdout).not.toContain('INTERNAL');
    },
  );

  it('keys that cannot be kept end the table, with the folder and what to do', async () => {
    const result = await run(['rec_fault_many', 'rec_fault_few', '--repair', 'sql', '--repair-file', 'many.sql'], {
      env: { TMPDIR: '/dev/null/nowhere' },
    });
    expect(result.stdout).toContain('cannot be kept in /dev/null/nowhere');
    expect(result.stdout).toContain('TMPDIR');
    expect([result.code, result.stdout]).toEqual([14, expect.stringMatching(/rec_fault_few +equal/)]);
  });

  it('a state folder that cannot be written is a warning, and the comparison goes on', async () => {
    const result = await run(['rec_fault_few', '--resume'], { env: { SLUICE_STATE_DIR: '/dev/null/nowhere' } });
    expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('--resume will not work for this run')]);
    expect(result.stderr).toContain('not recorded in the history');
  });

  it('--mask-values hides what the database says of values, also with --verbose', async () => {
    const repair = ['rec_fault_secret', '--repair', 'apply', '--yes', '--verbose'];
    const open = await run(repair);
    expect(open.stdout + open.stderr).toMatch(/secret/);
    for (const form of [[], ['--json'], ['-o', 'html']]) {
      const masked = await run([...repair, '--mask-values', ...form]);
      const said = (masked.stdout + masked.stderr).replaceAll('rec_fault_secret', '');
      expect(said).not.toContain('secret');
      expect(said).toContain('check_violation');
      expect(said).toContain('rec_fault_check');
    }
  });
});
