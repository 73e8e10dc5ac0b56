import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { usePostgres } from '../helpers/databases.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-executable-'));
const executable = path.join(folder, 'bin', 'sluice');
let home: string;

/** The executable of a user who has no Node.js and nothing in the home folder. */
function sluice(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(executable, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { HOME: home, PATH: '/nonexistent', ...env },
  });
  return { status, stdout, stderr };
}

const unpacked = () => path.join(home, '.cache', 'sluice', 'executable');

beforeAll(() => {
  mkdirSync(path.dirname(executable));
  execFileSync(process.execPath, [packagePath('scripts', 'executable.ts'), executable], { cwd: packagePath() });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  home = mkdtempSync(path.join(folder, 'home-'));
});

describe('the single executable', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  afterAll(async () => {
    for (const side of [source, target]) await side.run('DROP TABLE IF EXISTS executable_rows');
  });

  it('says its version without Node.js, and unpacks itself once', () => {
    const first = sluice(['version', '--json']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(parseDocument(first.stdout, 'version')).toMatchObject({ platform: process.platform, arch: process.arch });
    const [id = '', ...others] = readdirSync(unpacked());
    expect(others).toEqual([]);
    expect(statSync(path.join(unpacked(), id)).mode & 0o777).toBe(0o700);
    const { ctimeMs } = statSync(path.join(unpacked(), id, 'package.json'));
    expect(sluice(['version'])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(path.join(unpacked(), id, 'package.json')).ctimeMs).toBe(ctimeMs);
  });

  it('unpacks itself in several first starts at a time', async () => {
    const env = { HOME: home, PATH: '/nonexistent' };
    const starts = Array.from({ length: 6 }, async () => {
      const child = spawn(executable, ['rules', 'list'], { env, stdio: 'ignore' });
      const [code] = await once(child, 'close');
      return code as number;
    });
    expect(await Promise.all(starts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readdirSync(unpacked())).toHaveLength(1);
  });

  it('validates, and has templates, schemas, help and completion', () => {
    const set = ['name=a', 'prefix=a', 'host=h', 'database=d', 'user=u', 'tables=public.t'];
    const render = ['template', 'render', 'debezium-postgres-source', '--to', 'source.yaml'];
    expect(sluice([...render, ...set.flatMap((one) => ['--set', one])])).toMatchObject({ status: 0 });
    expect(sluice(['validate', 'source.yaml'])).toMatchObject({ status: 0 });
    writeFileSync(
      path.join(folder, 'bad.yaml'),
      'name: a\nconnector.class: io.debezium.connector.jdbc.JdbcSinkConnector\n',
    );
    expect(sluice(['validate', 'bad.yaml'])).toMatchObject({ status: 11, stdout: expect.stringContaining('topics') });
    expect(sluice(['help', 'validate'])).toMatchObject({ status: 0, stdout: expect.stringContaining('EXIT CODES') });
    expect(sluice(['completion', 'bash'])).toMatchObject({ status: 0 });
  });

  it('compares two tables, and finds the row that differs', async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS executable_rows;
        CREATE TABLE executable_rows (id int PRIMARY KEY, name text);
        INSERT INTO executable_rows SELECT n, 'name ' || n FROM generate_series(1, 500) n`);
    }
    const compare = () =>
      sluice(['reconcile', 'executable_rows', '--source', source.url, '--target', target.url, '--json']);
    expect(compare()).toMatchObject({ status: 0 });
    await target.run("UPDATE executable_rows SET name = 'other' WHERE id = 42");
    const different = compare();
    expect(different.status).toBe(10);
    const { tables } = parseDocument<{ tables: { differences: { key: object }[] }[] }>(different.stdout, 'reconcile');
    expect(tables[0]?.differences.map(({ key }) => key)).toEqual([{ id: '42' }]);
  });

  it('keeps Node from reading --env-file, and from obeying NODE_OPTIONS in it', () => {
    const planted = path.join(folder, 'planted.cjs');
    writeFileSync(planted, "process.stderr.write('planted code has run')");
    const file = path.join(folder, 'variables.env');
    writeFileSync(file, `NODE_OPTIONS=--require ${planted}\nGREETING=hello\n`);
    for (const given of [[`--env-file=${file}`], ['--env-file', file]]) {
      expect(sluice(['config', 'show', ...given]).stderr).not.toContain('planted');
    }
    // The variables arrive, and a missing file is an error of sluice's.
    expect(sluice(['plan', '--env-file', 'missing.env'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('[FILE_UNREADABLE]'),
    });
    // What would be options of Node's is sluice's, too.
    expect(sluice(['--eval', 'process.exit(77)']).status).toBe(2);
  });

  it('loads no code from a folder that others can write to, nor from one above its own', () => {
    mkdirSync(path.join(home, '.cache'));
    chmodSync(path.join(home, '.cache'), 0o777);
    const refused = sluice(['version']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(`other users can write to ${path.join(home, '.cache')}`);
    expect(refused.stderr).toContain('SLUICE_CACHE_DIR');
    expect(readdirSync(unpacked())).toEqual([]);
    const own = path.join(home, 'own');
    expect(sluice(['version'], { SLUICE_CACHE_DIR: own })).toMatchObject({ status: 0, stderr: '' });
    // Node.js would find a package in any folder above.
    const identity = path.join(home, 'node_modules', '@azure', 'identity');
    mkdirSync(identity, { recursive: true });
    writeFileSync(path.join(identity, 'index.js'), "process.stderr.write('planted code has run')");
    const url = 'sqlserver://db.invalid/shop?authentication=ActiveDirectoryDefault';
    const entra = sluice(['reconcile', 't', '--source', url, '--target', url], { SLUICE_CACHE_DIR: own });
    expect(entra.status).toBe(2);
    expect(entra.stderr).not.toContain('planted');
    expect(entra.stderr).toContain('npm install --global sluice @azure/identity');
  });

  it('unpacks itself again where files are missing', () => {
    expect(sluice(['version']).status).toBe(0);
    const [id = ''] = readdirSync(unpacked());
    rmSync(path.join(unpacked(), id, 'schemas'), { recursive: true });
    expect(sluice(['rules', 'list'])).toMatchObject({ status: 0 });
    expect(existsSync(path.join(unpacked(), id, 'schemas', 'rules.json'))).toBe(true);
  });
});
