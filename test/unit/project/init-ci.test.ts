import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ciFile, hookText } from '../../../src/project/init-ci.ts';
import { githubJobs, gitlabJobs } from '../../helpers/ci-jobs.ts';

const SETUPS = [
  { context: 'production', variables: ['SOURCE_PASSWORD', 'TARGET_PASSWORD'] },
  { context: 'true', variables: [] },
  { context: '1e5', variables: ['A'] },
];

describe.each(SETUPS)('in CI for $context', (setup) => {
  const github = ciFile('github', setup);
  const gitlab = ciFile('gitlab', setup);

  it('jobs validate, plan, deploy and look for drift', () => {
    expect([...githubJobs(github.text).keys()]).toEqual(['validate', 'plan', 'comment', 'prepare', 'deploy', 'drift']);
    expect([...gitlabJobs(gitlab.text).keys()]).toEqual(['validate', 'plan-merge-request', 'plan', 'deploy', 'drift']);
    expect(parse(github.text).env.SLUICE_CONTEXT).toBe(setup.context);
    expect(parse(gitlab.text).variables.SLUICE_CONTEXT).toBe(setup.context);
    expect(parse(github.text).jobs.deploy.environment).toBe(setup.context);
    expect(parse(gitlab.text).deploy.environment).toBe(setup.context);
  });

  it('no script contains an expression, a secret, or the name of the context', () => {
    for (const [name, { scripts, env }] of githubJobs(github.text)) {
      for (const script of scripts) expect(script, name).not.toMatch(/\$\{\{|secrets\./);
      const secrets = Object.entries(env).filter(([, value]) => String(value).includes('secrets.'));
      const needed = name === 'drift' ? setup.variables : ['SLUICE_PLAN_KEY', ...setup.variables];
      expect(secrets.map(([key]) => key)).toEqual(/^(?:prepare|deploy|drift)$/.test(name) ? needed : []);
    }
    const other = { ...setup, context: 'other' };
    const scriptsOf = (jobs: Map<string, { scripts: string[] }>) =>
      [...jobs.values()].flatMap(({ scripts }) => scripts);
    expect(scriptsOf(githubJobs(github.text))).toEqual(scriptsOf(githubJobs(ciFile('github', other).text)));
    expect(scriptsOf(gitlabJobs(gitlab.text))).toEqual(scriptsOf(gitlabJobs(ciFile('gitlab', other).text)));
    for (const { scripts } of [...githubJobs(github.text).values(), ...gitlabJobs(gitlab.text).values()]) {
      for (const script of scripts) {
        // Variables are never arguments, but for the name of the context.
        for (const line of script.split('\n').filter((one) => one.includes('sluice '))) {
          expect(line.replaceAll(/"\$(?:SLUICE_CONTEXT|RUNNER_TEMP\/plan\.json|plan)"|code=\$\?/g, '')).not.toContain(
            '$',
          );
        }
      }
    }
  });

  it('a job may do only what it must', () => {
    const { permissions, jobs } = parse(github.text);
    expect(permissions).toEqual({});
    for (const [name, job] of Object.entries<{ permissions: object; steps: { uses?: string; with?: object }[] }>(
      jobs,
    )) {
      expect(job.permissions, name).toEqual(name === 'comment' ? { 'pull-requests': 'write' } : { contents: 'read' });
      const uses = job.steps.flatMap((step) => (step.uses === undefined ? [] : [step]));
      for (const step of uses) {
        expect(step.uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
        if (step.uses?.includes('checkout')) expect(step.with).toEqual({ 'persist-credentials': false });
      }
      // Code of the pull request runs with `npm ci`.
      if (name === 'comment') expect(JSON.stringify(job)).not.toMatch(/checkout|npm|secrets/);
    }
    for (const name of ['prepare', 'deploy']) {
      expect(jobs[name].if).toMatch(/push|needs\.prepare/);
      expect(jobs[name].environment).toBeDefined();
    }
  });

  it('a deploy is approved by somebody, and comes from the saved plan', () => {
    const { deploy, plan } = parse(gitlab.text);
    expect(deploy.rules.at(-1)).toMatchObject({ when: 'manual' });
    expect(plan.artifacts.paths).toEqual(['plan.json']);
    for (const jobs of [githubJobs(github.text), gitlabJobs(gitlab.text)]) {
      expect(jobs.get('deploy')?.scripts.at(-1)).toMatch(
        /sluice deploy --plan \S*plan\.json"? --confirm "\$SLUICE_CONTEXT"/,
      );
    }
  });
});

describe('below the top of a repository', () => {
  const setup = { context: 'dev', variables: [], project: 'services/pay me/sluice.yaml' };

  it('every job names the project, and nothing else changes', () => {
    for (const service of ['github', 'gitlab'] as const) {
      const { text } = ciFile(service, setup);
      const calls = text.split('\n').filter((line) => line.includes('npx --no sluice'));
      expect(calls.length).toBeGreaterThan(4);
      for (const line of calls) expect(line).toMatch(/sluice (?:validate|plan|deploy) --project "\$PROJECT_FILE"/);
      const { env, variables } = parse(text);
      expect(service === 'github' ? env : variables).toMatchObject({ PROJECT_FILE: setup.project });
      const there = text.replaceAll(' --project "$PROJECT_FILE"', '').replace(/\n {2}PROJECT_FILE: .*/, '');
      expect(there).toBe(ciFile(service, { ...setup, project: undefined }).text);
    }
  });

  it('the hook names it, quoted', () => {
    expect(hookText(setup.project)).toMatch(/validate --quiet --project 'services\/pay me\/sluice\.yaml'\n$/);
  });
});

it('the hook is a shell script that validates', () => {
  expect(hookText()).toMatch(/^#!\/bin\/sh\n/);
  expect(hookText()).toContain('validate --quiet');
});
