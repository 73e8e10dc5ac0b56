import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { PreflightReport } from '../../src/preflight/model.ts';
import { parseDocument } from '../helpers/schema.ts';
import { config, TeamProject } from '../helpers/team-project.ts';

const project = new TeamProject(['team-a', 'team-b']);
const { folder } = project;
const write = project.write.bind(project);
const file = project.file.bind(project);
const run = project.run.bind(project);
const written = project.written.bind(project);

async function plan(...args: string[]) {
  const { code, stdout, stderr } = await run('plan', '--json', ...args);
  return { code, text: stdout + stderr, plan: parseDocument<Plan & Record<string, unknown>>(stdout, 'plan') };
}

describe('a broken file', () => {
  beforeEach(() => {
    write('team-b.json', '{"name": "team-b", ');
    write('twice.json', file('team-c'));
    write('twice-again.json', file('team-c'));
    write('new.json', file('new', { password: 'geheim-1' }));
  });

  it('does not hide the plan of the others, which exits 14 and not 10', async () => {
    const { code, plan: found } = await plan('--exit-code');
    expect(code).toBe(14);
    expect(found.connectors.map(({ name, action }) => `${name} ${action}`)).toEqual(['new create', 'team-a unchanged']);
    expect(found.broken).toMatchObject([
      { file: 'connectors/team-b.json', connectors: [], error: { code: 'CONNECTOR_FILE_INVALID' } },
      { file: 'connectors/twice.json', connectors: ['team-c'] },
    ]);
    expect(found.unmanaged).toEqual(['team-b']);
    const { stdout } = await run('plan');
    expect(stdout).toContain('Not in any file that could be read, left untouched: team-b');
    expect(stdout).toContain('connectors/team-b.json:1:');
    expect(stdout).toMatch(/On c: 1 to create, 1 unchanged; 2 files have errors\.$/m);
  });

  it('is named with all others by a deploy, which sends and deletes nothing', async () => {
    const { code, stderr } = await run('deploy', '--no-preflight', '--prune', '--yes');
    expect(code).toBe(11);
    expect(stderr).toContain('connectors/team-b.json:1:');
    expect(written()).toEqual([]);
    write('other.yaml', 'name: [');
    const two = await run('deploy', '--no-preflight', '--prune', '--yes', '--only', 'new');
    expect(two.stderr).toMatch(
      /3 files have errors\n.*other\.yaml.*\n.*team-b\.json.*\n.*twice\.json: "team-c" is also described in /,
    );
    expect(two.stderr).toContain('See all findings with: sluice validate');
    expect(written()).toEqual([]);
    expect([...project.worker.connectors.keys()]).toEqual(['team-a', 'team-b']);
  });

  it('cannot be in a saved plan', async () => {
    const { code } = await run('plan', '--save', 'plan.json');
    expect(code).toBe(11);
    expect(existsSync(path.join(folder, 'plan.json'))).toBe(false);
  });

  it('does not hide the databases of the others from preflight', async () => {
    const { code, stdout } = await run('preflight', '--json');
    expect(code).toBe(14);
    const report = parseDocument<PreflightReport & Record<string, unknown>>(stdout, 'preflight');
    expect(report.connectors.map(({ name }) => name)).toEqual(['new', 'team-a']);
    expect(report.broken).toHaveLength(2);
    expect((await run('preflight')).stdout).toContain('2 files have errors');
  });

  it('alone is the error, with its own exit code', async () => {
    for (const name of ['team-a.json', 'new.json', 'twice.json']) rmSync(path.join(folder, 'connectors', name));
    write('twice-again.json', '');
    for (const command of ['plan', 'preflight', 'render']) {
      const { code, stderr } = await run(command);
      expect([command, code]).toEqual([command, 11]);
      expect(stderr).toMatch(/2 files have errors\n.*team-b\.json.*\n.*twice-again\.json: the file is empty/);
    }
  });
});

describe('the chosen connectors', () => {
  beforeEach(() => {
    write('team-b.json', file('team-b', { 'x.password': '${NOT_SET}', file: 'y' }));
    project.worker.get('team-a').config = { ...config, file: 'before' };
  });

  it('alone need their variables', async () => {
    const { code, plan: found } = await plan('--only', 'team-a');
    expect(code).toBe(0);
    expect(found).toMatchObject({ connectors: [{ name: 'team-a', action: 'update' }], broken: [], unmanaged: [] });
    expect((await plan('--exclude', 'team-b')).code).toBe(0);
    expect((await run('preflight', '--only', 'team-a', '--json')).code).toBe(0);
    const deployed = await run('deploy', '--no-preflight', '--only', 'team-a', '--stable', '0s', '--prune', '--yes');
    expect(deployed.code).toBe(0);
    expect(written().at(-1)).toBe('PUT /connectors/team-a/config');
    expect([...project.worker.connectors.keys()]).toEqual(['team-a', 'team-b']);
  });

  it('still need them', async () => {
    for (const command of ['plan', 'deploy', 'preflight']) {
      const { code, stderr } = await run(command, '--only', 'team-b');
      expect([command, code]).toEqual([command, 2]);
      if (command === 'deploy') expect(stderr).toContain('the variable NOT_SET is not set');
    }
    expect(written()).toEqual([]);
  });

  it('cannot be told if a name is a variable', async () => {
    write('team-c.json', file('team-${NOT_SET}'));
    const { code, stderr } = await run('deploy', '--no-preflight', '--only', 'team-a');
    expect(code).toBe(2);
    expect(stderr).toContain('the variable NOT_SET is not set');
  });
});

describe('a connector that is paused or stopped, and whose file says nothing about it', () => {
  it('is named by plan and deploy, with the command that starts it', async () => {
    project.worker.get('team-a').state = 'STOPPED';
    const { plan: found } = await plan();
    expect(found.connectors).toMatchObject([{ name: 'team-a', action: 'unchanged', keeps: 'stopped' }]);
    const text = /left so because no file sets the state: team-a \(stopped\)\n {2}To start: sluice resume team-a\n/;
    expect((await run('plan')).stdout).toMatch(text);
    expect((await run('plan', '-o', 'markdown')).stdout).toContain('- <code>team-a</code> (stopped)');
    const { code, stdout } = await run('deploy', '--no-preflight', '--stable', '0s');
    expect([code, written()]).toEqual([0, []]);
    expect(stdout).toMatch(text);
    expect(stdout).toMatch(/team-a +unchanged +stays stopped/);
  });

  it('is not if the file says so', async () => {
    project.worker.get('team-a').state = 'STOPPED';
    write('team-a.json', JSON.stringify({ name: 'team-a', config, state: 'stopped' }));
    expect((await plan()).plan.connectors).toMatchObject([{ action: 'unchanged', keeps: null }]);
    expect((await run('plan')).stdout).not.toContain('resume');
  });
});

describe('the exit code of a deploy that is rolled back', () => {
  it('is 13 beside an unchanged connector, which is no success, and 14 beside one that was written', async () => {
    project.worker.get('team-b').config = { ...config, file: 'before' };
    write('team-b.json', file('team-b', { file: 'after' }));
    project.worker.spoil = () => {
      project.worker.get('team-b').failed = project.worker.get('team-b').config['file'] === 'after';
      return undefined;
    };
    const deploy = () => run('deploy', '--no-preflight', '--stable', '0s', '--json');
    const { code, stdout } = await deploy();
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        { name: 'team-a', outcome: 'unchanged' },
        { name: 'team-b', outcome: 'rolled back' },
      ],
    });
    expect(code).toBe(13);
    project.worker.get('team-a').config = { ...config, file: 'before' };
    expect((await deploy()).code).toBe(14);
    project.worker.spoil = () => undefined;
  });
});

describe('plan --allow-unset', () => {
  beforeEach(() => {
    project.worker.get('team-a').config = { ...config, 'x.password': 'geheim-1', y: 'geheim-2' };
    write('team-a.json', file('team-a', { 'x.password': '${NOT_SET}', y: 'a${NOT_SET}' }));
  });

  it('counts what it could not compare, and calls it neither equal nor different', async () => {
    const { code, plan: found, text } = await plan('--allow-unset');
    expect(code).toBe(0);
    expect(found.connectors[0]).toMatchObject({ action: 'unchanged', unset: ['x.password', 'y'] });
    expect(found.summary).toMatchObject({ unchanged: 1, notCompared: 2 });
    expect(text).not.toContain('geheim');
    const { stdout } = await run('plan', '--allow-unset');
    expect(stdout).toContain('With a variable that is not set, not compared: team-a (x.password, y)');
    expect(stdout).toContain('nothing differs in what could be compared (1 unchanged; 2 values not compared)');
  });

  it('answers 16 with --exit-code if nothing else differs, and 10 if something does', async () => {
    expect((await plan('--allow-unset', '--exit-code')).code).toBe(16);
    write('new.json', file('new', { 'x.password': '${NOT_SET}' }));
    const { code, plan: found } = await plan('--allow-unset', '--exit-code');
    expect(code).toBe(10);
    expect(found.connectors[0]?.keys).toContainEqual({
      key: 'x.password',
      change: 'added',
      before: null,
      after: '${NOT_SET}',
    });
    expect(found.summary.notCompared).toBe(2);
  });

  it('is an error without the flag, and cannot be saved with it', async () => {
    const alone = await run('plan');
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/\[REFERENCE_UNRESOLVED\]\n.*To plan without secrets, use --allow-unset\.\n$/);
    write('team-c.json', file('team-c'));
    expect((await run('plan')).stdout).toContain('To plan without secrets, use --allow-unset.');
    // Where it would not help, it is not suggested.
    for (const args of [['deploy'], ['deploy', '--dry-run'], ['preflight'], ['plan', '--save', 'plan.json']])
      expect((await run(...args)).stderr).not.toContain('allow-unset');
    write('team-c.json', file('team-${NOT_SET}'));
    rmSync(path.join(folder, 'connectors', 'team-a.json'));
    expect((await run('plan')).stderr).toMatch(/NOT_SET is not set(?!.*allow-unset)/s);
    const { code, stderr } = await run('plan', '--allow-unset', '--save', 'plan.json');
    expect(code).toBe(2);
    expect(stderr).toContain('a plan with --allow-unset cannot be saved: a deploy needs every value');
    expect(existsSync(path.join(folder, 'plan.json'))).toBe(false);
    expect((await run('deploy', '--no-preflight')).code).toBe(2);
    expect(written()).toEqual([]);
  });
});

describe('plan -o markdown', () => {
  it('writes a page to a file, with the exit code of the plan', async () => {
    write('new.json', file('new', { 'x.password': 'geheim-1' }));
    const { code, stdout } = await run('plan', '-o', 'markdown', '--to', 'plan.md', '--exit-code');
    expect([code, stdout]).toEqual([10, '']);
    const text = readFileSync(path.join(folder, 'plan.md'), 'utf8');
    expect(text).toContain('On <code>c</code>: 1 to create, 1 unchanged.');
    expect(text).toContain('+ x.password = ********');
    expect(text).not.toContain('geheim');
  });
});
