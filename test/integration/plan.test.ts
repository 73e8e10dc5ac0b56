import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import type { RunOptions } from '../helpers/run.ts';
import { sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('plan');
const names = ['plan-source', 'plan-sink', 'plan-secret', 'plan-stray'];
const env = { PLAN_SECRET: 'hunter22', SLUICE_PLAN_KEY: 'shared by two jobs' };

function write(name: string, config: Record<string, unknown>, more: object = {}): string {
  return folder.write(`${name}.json`, JSON.stringify({ name, config, ...more }));
}

async function plan(args: string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await sluiceOnSandbox(['plan', ...args, '--json'], { env, ...options });
  const result = parseDocument<Plan & Record<string, unknown>>(stdout, 'plan');
  return { code, stdout, stderr, plan: result };
}

const source = () => fileSource(folder.path('in.txt'), 'plan-lines');
const sink = () => fileSink(folder.path('out.txt'), 'plan-lines');

beforeAll(async () => {
  folder.write('in.txt', 'one\n');
  await client.putConfig('plan-source', source());
  await client.putConfig('plan-sink', sink());
  await client.putConfig('plan-stray', source());
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

describe('plan', () => {
  it('finds nothing to do if the files match the cluster, exit 0 even with --exit-code', async () => {
    const paths = [write('plan-source', { ...source(), 'tasks.max': 1 }), write('plan-sink', sink())];
    const { code, plan: found } = await plan([...paths, '--exit-code']);
    expect(code).toBe(0);
    expect(found.summary).toMatchObject({ create: 0, update: 0, state: 0, unchanged: 2 });
    expect(found.unmanaged).toContain('plan-stray');
  });

  it('shows every change with what it brings, and exits 10 on request', async () => {
    const paths = [
      write('plan-sink', { ...sink(), topics: 'plan-lines,plan-more' }),
      write('plan-source', source(), { state: 'paused' }),
      write('plan-secret', { ...source(), file: '/other', 'x.password': '${PLAN_SECRET}' }),
    ];
    const { code, plan: found, stdout, stderr } = await plan([...paths, '--exit-code']);
    expect(code).toBe(10);
    expect(found.connectors.map((one) => [one.name, one.action])).toEqual([
      ['plan-secret', 'create'],
      ['plan-sink', 'update'],
      ['plan-source', 'state'],
    ]);
    expect(found.connectors[1]).toMatchObject({
      keys: [{ key: 'topics', before: 'plan-lines', after: 'plan-lines,plan-more' }],
      consequences: [{ key: 'topics' }],
    });
    expect(found.connectors[2]?.state).toEqual({ before: 'running', after: 'paused' });
    expect(stdout + stderr).not.toContain('hunter22');
    expect((await plan(paths)).code).toBe(0);
    expect((await client.config('plan-sink'))['topics']).toBe('plan-lines');
  });

  it('recognises a rename, which starts without offsets', async () => {
    const { plan: found } = await plan([write('plan-renamed', source())]);
    expect(found.connectors[0]?.consequences[0]?.message).toMatch(/looks like plan-(source|stray), renamed/);
  });

  it('takes only what is named, and knows a typo', async () => {
    const paths = [write('plan-source', source()), write('plan-sink', { ...sink(), topics: 'x' })];
    expect((await plan([...paths, '--only', 'plan-source'])).plan.connectors.map((one) => one.name)).toEqual([
      'plan-source',
    ]);
    expect((await plan([...paths, '--exclude', 'plan-source'])).plan.connectors.map((one) => one.name)).toEqual([
      'plan-sink',
    ]);
    const typo = await sluiceOnSandbox(['plan', ...paths, '--only', 'plan-suorce']);
    expect(typo.code).toBe(2);
    expect(typo.stderr).toContain('plan-source');
  });

  it('is deployed as saved, and refused once anything has moved on', async () => {
    const path = write('plan-secret', { ...source(), 'x.password': '${PLAN_SECRET}' });
    const saved = folder.path('plan.json');
    await plan([path, '--save', saved]);
    expect(readFileSync(saved, 'utf8')).not.toContain('hunter22');
    const deploy = (extra: RunOptions['env'] = {}) =>
      sluiceOnSandbox(['deploy', '--plan', saved, '--stable', '300ms', '--json'], { env: { ...env, ...extra } });

    const otherSecret = await deploy({ PLAN_SECRET: 'correcthorse' });
    expect(otherSecret.code).toBe(13);
    expect(otherSecret.stdout).toContain('PLAN_STALE');
    expect((await deploy({ SLUICE_PLAN_KEY: 'another of some length' })).stdout).toContain('PLAN_INVALID');
    expect(await client.find('plan-secret')).toBeUndefined();

    expect((await deploy()).code).toBe(0);
    expect((await client.config('plan-secret'))['x.password']).toBe('hunter22');

    // It was for a cluster without the connector.
    const again = await deploy();
    expect(again.code).toBe(13);
    expect(again.stdout).toContain('plan-secret has changed on the cluster');
  });
});
