import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { tdsServer } from '../helpers/tds-server.ts';

const MOST_PACKAGES = 40;
const MOST_MEGABYTES = 40;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-package-'));
const home = path.join(folder, 'home');
const modules = path.join(folder, 'global', 'lib', 'node_modules');
const installed = path.join(modules, 'sluice');

function npm(args: string[], env: Record<string, string> = {}) {
  return execFileSync('npm', args, {
    cwd: packagePath(),
    encoding: 'utf8',
    env: { ...process.env, npm_config_cache: path.join(folder, 'npm'), ...env },
  });
}

/** A user who has nothing yet but the installed program, by its name on the PATH. */
const env = {
  HOME: home,
  PATH: [path.join(folder, 'global', 'bin'), path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter),
};

function sluice(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('sluice', args, { cwd: folder, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

beforeAll(() => {
  mkdirSync(home);
  // Without its scripts: they would build again, under the feet of other tests.
  npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const [packed = ''] = globSync('sluice-*.tgz', { cwd: folder });
  // Offline: nothing but the package itself is needed.
  npm(['install', '--global', '--offline', '--prefix', path.join(folder, 'global'), path.join(folder, packed)]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm install --global', () => {
  it(`brings at most ${MOST_PACKAGES} packages and ${MOST_MEGABYTES} MB`, () => {
    const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const packages = files.filter(
      ({ name, parentPath }) => name === 'package.json' && /node_modules\/(?:@[^/]+\/)?[^/]+$/.test(parentPath),
    );
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.length).toBeLessThanOrEqual(MOST_PACKAGES);
    // In blocks, as a disk counts.
    const bytes = files.reduce(
      (sum, { name, parentPath }) => sum + statSync(path.join(parentPath, name)).blocks * 512,
      0,
    );
    expect(bytes / 1e6).toBeLessThanOrEqual(MOST_MEGABYTES);
  });

  it('carries the licence of every library, and each library once', () => {
    const notices = readFileSync(path.join(installed, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const heads = [...notices.matchAll(/^-{80}\n\n(\S+) (\d\S*), (\S.*)$/gm)].map(([, name, version]) => [
      name,
      version,
    ]);
    const names = heads.map(([name]) => name);
    for (const built of ['@oclif/core', 'axios', 'ajv', 'chalk', 'listr2', 'pg', 'tedious', 'mysql2', 'yaml']) {
      expect(names).toContain(built);
    }
    expect(names.filter((name) => name?.startsWith('@azure/'))).toEqual([]);
    expect(readdirSync(modules)).toEqual(['sluice']);
    expect(existsSync(path.join(installed, 'node_modules'))).toBe(false);
    const releases = heads.map((head) => head.join(' '));
    expect(releases.filter((one, at) => releases.indexOf(one) !== at)).toEqual([]);
  });

  it('has nothing that only development needs', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.(?:map|ts)$|^(?:test|scripts|src)\//.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith('bin/'))).toEqual(['bin/run.js']);
  });

  it('runs for a user with an empty home', () => {
    const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
    expect(sluice('version')).toMatchObject({ status: 0, stdout: expect.stringContaining(version), stderr: '' });
    const rendered = sluice(
      ...[
        'template',
        'render',
        'debezium-postgres-source',
        '--to',
        'source.yaml',
        '--set',
        'name=a',
        '--set',
        'prefix=a',
      ],
      ...['--set', 'host=h', '--set', 'database=d', '--set', 'user=u', '--set', 'tables=public.t'],
    );
    expect(rendered).toMatchObject({ status: 0 });
    expect(sluice('validate', 'source.yaml')).toMatchObject({ status: 0 });
    writeFileSync(
      path.join(folder, 'bad.json'),
      '{"name": "a", "config": {"connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "tasks.max": "x"}}',
    );
    expect(sluice('validate', 'bad.json').status).toBe(11);
  });

  it('has the commands of oclif’s plugins', () => {
    expect(sluice('help')).toMatchObject({ status: 0, stdout: expect.stringContaining('completion') });
    expect(sluice('help', 'reconcile', 'history')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('$ sluice reconcile history'),
    });
    const setup = sluice('completion', 'bash').stdout;
    const complete = `${setup}\nCOMP_LINE='sluice sandbox '; COMP_POINT=15; _sluice_complete; echo "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', complete], { encoding: 'utf8', env });
    expect(stdout.split(/\s+/)).toEqual(expect.arrayContaining(['up', 'down', 'status', 'logs']));
  });

  it('loads every command, and every library that one loads later', () => {
    const chunks = globSync('dist/**/*.js', { cwd: installed }).map((file) =>
      pathToFileURL(path.join(installed, file)),
    );
    expect(chunks.length).toBeGreaterThan(60);
    const script = `for (const url of ${JSON.stringify(chunks)}) await import(url).catch((error) => { console.log(url, error.message); });`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { HOME: home },
    });
    expect(stdout + stderr).toBe('');
  });

  it('speaks to SQL Server over TLS', async () => {
    const server = await tdsServer({ encryption: 'on' });
    try {
      const url = `mssql://sa:geheim@127.0.0.1:${server.port}/shop?trustServerCertificate=true`;
      const child = spawn('sluice', ['reconcile', 't', '--source', url, '--target', url], { env, stdio: 'ignore' });
      await once(child, 'close');
      expect(server.logins[0]).toEqual({ encrypted: true, database: 'shop' });
      expect(server.requests.join()).toContain('ProductVersion');
    } finally {
      await server.close();
    }
  });

  it('says what to install for a login by Entra, and takes it from beside sluice', () => {
    const url = 'sqlserver://db.invalid/shop?authentication=ActiveDirectoryServicePrincipal';
    const compare = () => sluice('reconcile', 't', '--source', url, '--target', url);
    const missing = compare();
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('which is not installed');
    expect(missing.stderr).toContain('npm install --global @azure/identity');
    const identity = path.join(modules, '@azure', 'identity');
    mkdirSync(identity, { recursive: true });
    writeFileSync(path.join(identity, 'package.json'), '{"name": "@azure/identity", "main": "index.js"}');
    writeFileSync(path.join(identity, 'index.js'), 'exports.ClientSecretCredential = class {};');
    try {
      expect(compare().stderr).toContain('needs tenant, client and secret');
    } finally {
      rmSync(path.dirname(identity), { recursive: true });
    }
  });
});

describe('npm ci', () => {
  it('does not warn of every package on an older Node', () => {
    const project = path.join(folder, 'project');
    mkdirSync(project);
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(packagePath(name), path.join(project, name));
    // npm's own entry, run by a Node that says to be old.
    const old = "Object.defineProperty(process, 'version', { value: 'v20.20.2' })";
    const folders = (process.env.PATH ?? '').split(path.delimiter);
    const entry = folders.map((one) => path.join(one, 'npm')).find((file) => existsSync(file)) ?? '';
    const run = (...args: string[]) =>
      spawnSync(
        process.execPath,
        [
          '--import',
          `data:text/javascript,${encodeURIComponent(old)}`,
          realpathSync(entry),
          'ci',
          '--dry-run',
          '--offline',
          ...args,
        ],
        { cwd: project, encoding: 'utf8', env: { ...process.env, npm_config_cache: path.join(folder, 'npm') } },
      );
    expect(run('--loglevel=warn').stderr).toContain('EBADENGINE');
    expect(run().stderr).toBe('');
  });
});
