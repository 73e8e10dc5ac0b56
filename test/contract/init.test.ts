import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packagePath } from '../../src/config/package-root.ts';
import { listTemplates } from '../../src/connectors/templates/load.ts';
import type { InitReport } from '../../src/project/init.ts';
import { type CiJob, CiRunner, githubJobs } from '../helpers/ci-jobs.ts';
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
  it('writes a project that validates and has its contexts', async () => {
    const connect = ['--connect', 'dev=http://localhost:1', '--connect', 'production=http://localhost:2'];
    const { code, stdout } = await sluice(
      [
        'init',
        'shop',
        ...connect,
        '--protect',
        'production',
        ...TEMPLATES,
        ...SETS,
        '--ci',
        'github',
        '--hook',
        '--json',
      ],
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
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/sluice\.yaml already exists.*sluice init shop --ci github --hook/s),
    });
  });

  it('adds CI and a hook to a project that exists, and nothing else', async () => {
    const project = path.join(cwd, 'shop');
    const before = readFileSync(path.join(project, 'sluice.yaml'), 'utf8');
    const added = await sluice(['init', '--ci', 'gitlab'], { cwd: project });
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('+ .gitlab-ci.yml\n\nNext steps:') });
    expect(added.stdout).not.toContain('sluice export');
    expect(readFileSync(path.join(project, 'sluice.yaml'), 'utf8')).toBe(before);
    const again = await sluice(['init', '--ci', 'gitlab', '--hook'], { cwd: project });
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('= .gitlab-ci.yml (unchanged)\n= .githooks/pre-commit (unchanged)\n'),
    });
    writeFileSync(path.join(project, '.githooks/pre-commit'), 'npm test\n');
    rmSync(path.join(project, '.gitlab-ci.yml'));
    expect(await sluice(['init', '--ci', 'gitlab', '--hook'], { cwd: project })).toMatchObject({
      code: 2,
      stderr: [
        'Error: .githooks/pre-commit already exists and is another hook; nothing was written [FILE_UNWRITABLE]',
        '  To check connectors in the hook, add this line to it: sluice validate --quiet',
        '  To add only CI: sluice init --ci gitlab',
        '',
      ].join('\n'),
    });
    rmSync(path.join(project, '.githooks'), { recursive: true });
    expect((await sluice(['init', '--ci', 'gitlab'], { cwd: project })).code).toBe(0);
    expect((await sluice(['init', '--hook'], { cwd: project })).code).toBe(0);
    expect((await sluice(['init', '--ci', 'jenkins'], { cwd: project })).code).toBe(2);
  });

  it('writes a hook that stops a commit with errors', async () => {
    const project = path.join(cwd, 'shop');
    // The commit is that of a person; the hook finds this sluice.
    mkdirSync(path.join(project, 'node_modules/.bin'), { recursive: true });
    const start = `#!/bin/sh\nexec "${process.execPath}" -- "${packagePath('bin', 'run.js')}" "$@"\n`;
    writeFileSync(path.join(project, 'node_modules/.bin/sluice'), start, { mode: 0o755 });
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'core.hooksPath=.githooks', ...args], {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      });
    expect(git('init', '-q').status).toBe(0);
    git('add', 'sluice.yaml', 'connectors');
    expect(git('commit', '-qm', 'good').status).toBe(0);
    writeFileSync(path.join(project, 'connectors', 'broken.yaml'), 'name: [');
    git('add', 'connectors');
    const refused = git('commit', '-qm', 'broken');
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('broken.yaml:1');
    // Another change does not concern it.
    git('reset', '-q');
    writeFileSync(path.join(project, 'other.txt'), 'x');
    git('add', 'other.txt');
    expect(git('commit', '-qm', 'other').status).toBe(0);
    rmSync(path.join(project, 'connectors', 'broken.yaml'));
    // Nor does a folder's name matter: sluice.yaml says which files are connectors.
    const settings = readFileSync(path.join(project, 'sluice.yaml'), 'utf8');
    writeFileSync(path.join(project, 'sluice.yaml'), settings.replaceAll('connectors/', 'pipelines/'));
    mkdirSync(path.join(project, 'pipelines'));
    writeFileSync(path.join(project, 'pipelines', 'broken.yaml'), 'name: [');
    git('add', 'pipelines');
    expect(git('commit', '-qm', 'broken elsewhere').status).not.toBe(0);
    git('reset', '-q');
    rmSync(path.join(project, 'pipelines'), { recursive: true });
    writeFileSync(path.join(project, 'sluice.yaml'), settings);
  });

  it('writes a hook and a workflow at the top of a larger repository, for the project below it', async () => {
    const top = path.join(cwd, 'larger');
    const bin = path.join(top, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    const start = `#!/bin/sh\nexec "${process.execPath}" -- "${packagePath('bin', 'run.js')}" "$@"\n`;
    writeFileSync(path.join(bin, 'sluice'), start, { mode: 0o755 });
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'core.hooksPath=.githooks', ...args], {
        cwd: top,
        encoding: 'utf8',
        env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      });
    expect(git('init', '-q').status).toBe(0);
    const project = path.join(top, 'services', 'pay me');
    mkdirSync(project, { recursive: true });
    const { code, stdout } = await sluice(
      ['init', '--connect', 'dev=http://h:1', ...TEMPLATES, ...SETS, '--ci', 'github', '--hook', '--json'],
      { cwd: project },
    );
    expect(code).toBe(0);
    const { files } = parseDocument<InitReport & Record<string, unknown>>(stdout, 'init');
    expect(files.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['sluice.yaml', '../../.github/workflows/connectors.yml', '../../.githooks/pre-commit']),
    );
    git('add', 'services');
    expect(git('commit', '-qm', 'good').status).toBe(0);
    writeFileSync(path.join(project, 'connectors', 'broken.yaml'), 'name: [');
    git('add', 'services');
    const refused = git('commit', '-qm', 'broken');
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('services/pay me/connectors/broken.yaml:1');
    // Findings name files as the service knows them.
    const { scripts, env } = githubJobs(readFileSync(path.join(top, '.github/workflows/connectors.yml'), 'utf8')).get(
      'validate',
    ) as CiJob;
    const found = await new CiRunner(top, path.join(cwd, 'runner')).run({ scripts, env });
    expect(found.output).toContain('::error file=services/pay me/connectors/broken.yaml,line=1');
    // A second time, both are as they should be; another project needs its own line in the hook.
    const again = await sluice(['init', '--ci', 'github', '--hook'], { cwd: project });
    expect(again.stdout).toMatch(/= \.\.\/\.\.\/\.github.*unchanged.*= \.\.\/\.\.\/\.githooks.*unchanged/s);
    mkdirSync(path.join(top, 'services', 'ship'));
    const other = await sluice(['init', '--connect', 'dev=http://h:1', '--ci', 'none', '--hook'], {
      cwd: path.join(top, 'services', 'ship'),
    });
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain('already exists and is another hook; nothing was written');
    expect(other.stderr).toContain('add this line to it: sluice validate --quiet --project services/ship/sluice.yaml');
  });

  it('says how to run the hook beside others, which core.hooksPath would turn off', async () => {
    const folder = path.join(cwd, 'husky');
    mkdirSync(path.join(folder, '.git'), { recursive: true });
    mkdirSync(path.join(folder, '.husky'));
    const { code, stdout } = await sluice(['init', '--connect', 'dev=http://h:1', '--hook'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('  # let .husky/pre-commit run: sh .githooks/pre-commit\n');
    expect(stdout).not.toContain('core.hooksPath');
  });

  it('has a hook for pre-commit that this program understands', async () => {
    const [hook, ...more] = parse(readFileSync(packagePath('.pre-commit-hooks.yaml'), 'utf8'));
    expect(more).toEqual([]);
    expect(hook).toMatchObject({ id: 'sluice-validate', language: 'system', pass_filenames: false });
    for (const file of ['connectors/a.yaml', 'x/connectors/b/c.json', 'overlays/prod/a.yml', 'sluice.yaml'])
      expect(file).toMatch(new RegExp(hook.files));
    for (const file of ['README.md', 'connectors/a.md', 'package.json'])
      expect(file).not.toMatch(new RegExp(hook.files));
    expect(hook.entry).toMatch(/^npx --no sluice validate /);
    const [, , , ...args] = hook.entry.split(' ');
    expect((await sluice(args, { cwd: path.join(cwd, 'shop') })).code).toBe(0);
  });

  it('names the missing flag without a terminal', async () => {
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
