import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RenderReport } from '../../src/project/render.ts';
import { fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('contexts');
const cwd = folder.path();
const name = 'contexts-source';
const quick = ['--stable', '300ms', '--json'];

beforeAll(() => {
  mkdirSync(path.join(cwd, 'connectors'));
  mkdirSync(path.join(cwd, 'overlays', 'production'), { recursive: true });
  folder.write('in.txt', 'one\n');
  folder.write(
    'sluice.yaml',
    JSON.stringify({
      version: 1,
      connectors: ['connectors/*.json'],
      contexts: {
        dev: { connect: sandbox.connectUrl, variables: { STAGE: 'dev' } },
        // Two contexts with one URL could not be told apart by it.
        production: {
          connect: sandbox.connectUrl.replace('127.0.0.1', 'localhost'),
          protected: true,
          variables: { STAGE: 'production', UNUSED: '${NOT_SET}' },
        },
      },
    }),
  );
  folder.write(
    'connectors/source.json',
    JSON.stringify({
      name,
      config: fileSource(folder.path('in.txt'), 'contexts-${STAGE}', { 'x.password': '${CONTEXTS_SECRET}' }),
    }),
  );
  folder.write(`overlays/production/${name}.yaml`, 'batch.size: 500\n');
});

afterAll(async () => {
  await client.delete(name);
  folder.remove();
});

const env = { CONTEXTS_SECRET: 'hunter22' };
const run = (...args: string[]) => sluice(args, { cwd, env });

describe('contexts as environments', () => {
  it('deploys the same file with the variables and the overlay of its context', async () => {
    const dev = await run('deploy', '--context', 'dev', ...quick);
    expect(dev.code).toBe(0);
    expect(await client.config(name)).toMatchObject({ topic: 'contexts-dev', 'x.password': 'hunter22' });
    expect(await client.config(name)).not.toHaveProperty('batch.size');

    const plan = await run('plan', '--context', 'production', '--exit-code');
    expect(plan.code).toBe(10);
    // What came out of a variable is shown as the variable: it may be a secret under any name.
    expect(plan.stdout).toContain('contexts-${STAGE}');
    expect(plan.stdout).not.toContain('contexts-production');
    expect(plan.stdout).toContain('batch.size');

    const production = await run('deploy', '--context', 'production', '--confirm', 'production', ...quick);
    expect(production.code).toBe(0);
    expect(await client.config(name)).toMatchObject({ topic: 'contexts-production', 'batch.size': '500' });
    expect((await run('plan', '--context', 'production', '--exit-code')).code).toBe(0);
    expect((await run('plan', '--context', 'dev', '--exit-code')).code).toBe(10);
  });

  it('lets the environment and an env file go before the variables of the context', async () => {
    const file = folder.write('more.env', 'STAGE=from-file\n');
    expect((await run('deploy', '--context', 'dev', '--env-file', file, ...quick)).code).toBe(0);
    expect(await client.config(name)).toMatchObject({ topic: 'contexts-from-file' });
    const both = await sluice(['deploy', '--context', 'dev', '--env-file', file, ...quick], {
      cwd,
      env: { ...env, STAGE: 'shell' },
    });
    expect(both.code).toBe(0);
    expect(await client.config(name)).toMatchObject({ topic: 'contexts-shell' });
  });

  it('renders what can be read back, and needs no secret for it', async () => {
    const { code, stdout } = await sluice(['render', '--context', 'production', '--json'], { cwd });
    expect(code).toBe(0);
    const report = parseDocument<RenderReport & Record<string, unknown>>(stdout, 'render');
    expect(report.connectors[0]?.config).toMatchObject({
      topic: 'contexts-${STAGE}',
      'batch.size': '500',
      'x.password': '${CONTEXTS_SECRET}',
    });
    expect(report.origins[0]?.changed).toEqual({ 'batch.size': `overlays/production/${name}.yaml:1:1` });
    for (const form of [stdout, (await run('render', name, '--context', 'production')).stdout]) {
      const planned = await sluice(['plan', '-', '--context', 'dev', '--json'], { cwd, env, stdin: form });
      expect(planned.code).toBe(0);
      const read = parseDocument<{ connectors: { name: string }[] }>(planned.stdout, 'plan');
      expect(read.connectors).toMatchObject([{ name }]);
      expect(planned.stdout).not.toContain('hunter22');
    }
    const typo = await run('render', 'contexts-suorce');
    expect(typo).toMatchObject({ code: 13, stderr: expect.stringContaining(`Did you mean ${name}?`) });
  });

  it('finds an overlay of no connector before anything is sent, in every command that reads files', async () => {
    folder.write('overlays/production/contexts-sauce.yaml', 'topic: x\n');
    for (const args of [['plan'], ['deploy', '--confirm', 'production', '--dry-run'], ['validate'], ['render']]) {
      const { code, stdout, stderr } = await run(...args, '--context', 'production');
      expect([args[0], code]).toEqual([args[0], 11]);
      expect(stdout + stderr).toContain(`Did you mean ${name}?`);
    }
    folder.write('overlays/production/contexts-sauce.yaml', '');
  });

  it.each([
    ['deploy'],
    ['pause', name],
    ['resume', name],
    ['stop', name],
    ['restart', name],
    ['scale', name, '--tasks', '2'],
    ['delete', name, '--yes'],
    ['reconcile', '--connector', name, '--repair', 'apply', '--yes'],
  ])('asks for the name of a protected context: %s', async (...args) => {
    const before = await client.config(name);
    const refused = await run(...args, '--context', 'production', '--json');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('CONTEXT_PROTECTED');
    const wrong = await run(...args, '--context', 'production', '--confirm', 'dev', '--json');
    expect(wrong.stdout).toContain('CONTEXT_PROTECTED');
    // Nor does the URL lead around it.
    const url = sandbox.connectUrl.replace('127.0.0.1', 'localhost');
    expect((await run(...args, '--connect-url', url, '--json')).stdout).toContain('CONTEXT_PROTECTED');
    expect(await client.config(name)).toEqual(before);
  });
});
