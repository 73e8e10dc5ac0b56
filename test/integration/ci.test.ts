import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CiJob, CiRunner, githubJobs, gitlabJobs } from '../helpers/ci-jobs.ts';
import { fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

const client = sandboxClient();
const folder = workFolder('ci');
const secrets = { SLUICE_PLAN_KEY: 'a long and random text', CI_PASSWORD: 'geheim-1' };
const names = ['ci-one', 'ci-two'];

function write(name: string, more: object = {}): void {
  const config = { ...fileSource(folder.path('in.txt'), 'ci-lines'), 'x.password': '${CI_PASSWORD}', ...more };
  writeFileSync(folder.path('project', 'connectors', `${name}.json`), JSON.stringify({ name, config }));
}

/** The state of a runner is gone with it. */
function runner(service: string): CiRunner {
  const temporary = folder.path(`runner-${service}`);
  return new CiRunner(folder.path('project'), temporary, {
    secrets,
    env: { ...sandbox.env, SLUICE_STATE_DIR: folder.path(`state-${service}`) } as Record<string, string>,
  });
}

let github: Map<string, CiJob>;
let gitlab: Map<string, CiJob>;
beforeAll(async () => {
  folder.write('in.txt', 'one\n');
  const connect = ['--connect', 'dev=http://127.0.0.1:1', '--connect', `production=${sandbox.connectUrl}`];
  const started = await sluice(['init', folder.path('project'), ...connect, '--protect', 'production', '--hook']);
  expect(started).toMatchObject({ code: 0 });
  mkdirSync(folder.path('project', 'connectors'));
  write('ci-one');
  for (const service of ['github', 'gitlab']) {
    expect(await sluice(['init', '--ci', service], { cwd: folder.path('project') })).toMatchObject({ code: 0 });
  }
  github = githubJobs(readFileSync(folder.path('project', '.github/workflows/connectors.yml'), 'utf8'));
  gitlab = gitlabJobs(readFileSync(folder.path('project', '.gitlab-ci.yml'), 'utf8'));
});
afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

function job(jobs: Map<string, CiJob>, name: string): CiJob {
  const found = jobs.get(name);
  if (found === undefined) throw new Error(`no job ${name}`);
  return found;
}

describe('the jobs of a workflow', () => {
  it('on GitHub: from a pull request to drift', async () => {
    const ci = runner('github');
    const run = (name: string, options = {}) => ci.run(job(github, name), options);
    expect(await run('validate')).toMatchObject({ code: 0 });

    const plan = await run('plan');
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.summary).toContain('1 to create');
    expect(plan.summary).toContain('+ x.password = ${CI_PASSWORD}');
    for (const update of [false, true]) {
      expect(await run('comment')).toMatchObject({ code: 0 });
      expect(readFileSync(ci.at('comment.md'), 'utf8')).toBe(`<!-- sluice plan -->\n${plan.summary}`);
      expect(readFileSync(ci.at('gh.log'), 'utf8').trim().split('\n').at(-1)).toContain(
        update ? '--method PATCH repos/owner/project/issues/comments/7' : '--method POST',
      );
    }

    expect(await run('prepare', { without: ['CI_PASSWORD'] })).toMatchObject({
      code: 2,
      output: expect.stringContaining('the secret CI_PASSWORD is missing'),
    });
    expect(await run('prepare')).toMatchObject({ code: 0, outputs: 'changes=true\n' });
    // The next job runs on another machine: only the key is the same.
    rmSync(folder.path('state-github'), { recursive: true, force: true });
    expect(await run('deploy')).toMatchObject({ code: 0, output: expect.stringContaining('created') });
    expect((await client.config('ci-one'))['x.password']).toBe('geheim-1');
    expect(await run('prepare')).toMatchObject({ code: 0, outputs: '' });

    expect(await run('drift')).toMatchObject({ code: 0, summary: expect.stringContaining('nothing differs') });
    await client.putConfig('ci-one', { ...(await client.config('ci-one')), 'tasks.max': '2' });
    const drift = await run('drift');
    expect(drift).toMatchObject({ code: 10, summary: expect.stringContaining('- tasks.max = 2\n+ tasks.max = 1') });
    expect(await run('deploy')).toMatchObject({ code: 13, output: expect.stringContaining('PLAN_STALE') });

    // One broken file: the others are planned, and the comment says so.
    writeFileSync(folder.path('project', 'connectors', 'broken.json'), '{');
    expect(await run('validate')).toMatchObject({
      code: 11,
      output: expect.stringContaining('::error file=connectors'),
    });
    expect(await run('plan')).toMatchObject({ code: 14, summary: expect.stringContaining('1 file has errors') });
    expect(await run('prepare')).toMatchObject({ code: 11, outputs: '' });
    rmSync(folder.path('project', 'connectors', 'broken.json'));
    const log = readFileSync(ci.at('log'), 'utf8') + readFileSync(ci.at('gh.log'), 'utf8');
    for (const secret of Object.values(secrets)) expect(log).not.toContain(secret);
  });

  it('on GitLab: from a merge request to drift', async () => {
    write('ci-two');
    const ci = runner('gitlab');
    const at = (name: string) => folder.path('project', name);
    const run = (name: string, given: Record<string, string> = {}) => {
      const { scripts, env } = job(gitlab, name);
      return ci.run({ scripts, env: { ...env, ...given } });
    };
    expect(await run('validate')).toMatchObject({ code: 0 });
    const severities = () => {
      const report: { severity: string }[] = JSON.parse(readFileSync(at('gl-code-quality-report.json'), 'utf8'));
      return new Set(report.map(({ severity }) => severity));
    };
    // The variable that is not set.
    expect(severities()).toEqual(new Set(['minor']));
    expect(await run('plan-merge-request')).toMatchObject({ code: 0 });
    expect(readFileSync(at('connector-plan.md'), 'utf8')).toContain('<code>ci-two</code>');

    expect(await run('plan')).toMatchObject({
      code: 1,
      output: expect.stringContaining('SLUICE_PLAN_KEY: is missing'),
    });
    expect(await run('plan', secrets)).toMatchObject({ code: 0 });
    expect(existsSync(at('plan.json'))).toBe(true);
    rmSync(folder.path('state-gitlab'), { recursive: true, force: true });
    expect(await run('deploy', secrets)).toMatchObject({ code: 0 });
    expect(await client.find('ci-two')).toBeDefined();
    expect(await run('drift', secrets)).toMatchObject({ code: 0 });
    await client.delete('ci-two');
    expect(await run('drift', secrets)).toMatchObject({ code: 10 });

    writeFileSync(folder.path('project', 'connectors', 'broken.json'), '{');
    const invalid = await run('validate');
    expect(invalid).toMatchObject({ code: 11, output: expect.stringContaining('broken.json:1') });
    expect(severities()).toContain('major');
    rmSync(folder.path('project', 'connectors', 'broken.json'));
  });
});
