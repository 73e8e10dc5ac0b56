import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployDocument } from '../../src/cli/views/deploy.ts';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import type { ConnectorFile } from '../../src/connectors/connector-file.ts';
import { type DeployReport, deploy } from '../../src/deploy/deploy.ts';
import { GroupReader } from '../../src/monitor/group-reader.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type Progress, silentProgress } from '../../src/ports/progress.ts';
import { configSecrets } from '../../src/schemas/secrets.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { FakeConnect } from '../helpers/fake-connect.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('safety');
const [there, absent] = ['safety-there', 'safety-absent'];

beforeEach(async () => {
  folder.write('in.txt', 'one\n');
  await client.delete(absent);
  await client.putConfig(there, config());
  await eventually(
    () => client.status(there),
    (status) => status?.tasks[0]?.state === 'RUNNING',
  );
});

afterAll(async () => {
  for (const name of [there, absent]) await client.delete(name);
  folder.remove();
});

function config(more: ConnectorConfig = {}): ConnectorConfig {
  return fileSource(folder.path('in.txt'), 'safety-lines', more);
}

function file(name: string, wanted: ConnectorConfig): ConnectorFile {
  return {
    name,
    config: wanted,
    written: wanted,
    unset: new Set(),
    file: `${name}.json`,
    form: 'wrapped',
    positions: () => Promise.reject(new Error('nothing is found in these files')),
  };
}

/** Deploys, and has somebody else come between the look at the cluster and the writes, or while it waits. */
function deployWhile(
  files: ConnectorFile[],
  meanwhile: () => Promise<unknown>,
  step: 'Write' | 'Wait' = 'Write',
): Promise<DeployReport> {
  const signal = new AbortController().signal;
  const progress: Progress = {
    ...silentProgress,
    async step(title, run) {
      if (title.startsWith(step)) await meanwhile();
      return run(() => {});
    },
  };
  return deploy(files, {
    client,
    groups: new GroupReader(undefined),
    clock: systemClock,
    signal,
    progress,
    context: 'safety',
    parallel: 2,
    wait: true,
    timeoutMs: 20_000,
    stableMs: 0,
    dryRun: false,
    rollback: true,
    secrets: configSecrets,
  });
}

describe('two deploys at once', () => {
  it('the second sees what the first has changed, keeps it and says so; the rest is done', async () => {
    const report = await deployWhile([file(there, config({ 'batch.size': '7' })), file(absent, config())], () =>
      client.putConfig(there, config({ 'batch.size': '5' })),
    );
    expect(report.exitCode).toBe(14);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
    expect(report.results[0]?.error?.message).toContain('changed since it was read');
    expect(report.results[1]).toMatchObject({ outcome: 'created', error: null });
    expect((await client.config(there))['batch.size']).toBe('5');
  });

  it('nor does it write over what the first has created, or make again what it has deleted', async () => {
    const report = await deployWhile(
      [file(there, config({ 'batch.size': '7' })), file(absent, config({ 'batch.size': '7' }))],
      async () => {
        await client.delete(there);
        await client.create({ name: absent, config: config({ 'batch.size': '5' }) });
      },
    );
    expect(report.exitCode).toBe(13);
    expect(report.results.map((one) => one.error?.code)).toEqual(['CONNECTOR_CHANGED', 'CONNECTOR_CHANGED']);
    expect(await client.find(there)).toBeUndefined();
    expect((await client.config(absent))['batch.size']).toBe('5');
  });
});

describe('what someone else does while a deploy waits', () => {
  const wanted = () => [file(there, config({ 'batch.size': '7' }))];

  it('to the configuration is found, named and not overwritten, exit 13', async () => {
    const report = await deployWhile(wanted(), () => client.putConfig(there, config({ 'batch.size': '5' })), 'Wait');
    expect(report.exitCode).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
    expect(report.results[0]?.error?.message).toContain('was changed by someone else during the deploy: batch.size');
    expect((await client.config(there))['batch.size']).toBe('5');
  });

  it.each(['pause', 'stop'] as const)('to the state (%s) is not called rolled back', async (verb) => {
    const report = await deployWhile(wanted(), () => client[verb](there), 'Wait');
    expect(report.exitCode).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
    const state = { pause: 'PAUSED', stop: 'STOPPED' }[verb];
    expect((await client.status(there))?.connector.state).toBe(state);
    expect((await client.config(there))['batch.size']).toBe('7');
    await client.resume(there);
  });

  it('by deleting it is found', async () => {
    const report = await deployWhile(wanted(), () => client.delete(there), 'Wait');
    expect(report.exitCode).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
    expect(await client.find(there)).toBeUndefined();
  });

  it('by putting its former configuration back is found', async () => {
    const report = await deployWhile(wanted(), () => client.putConfig(there, config()), 'Wait');
    expect(report.exitCode).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
  });
});

describe('a sink whose consumer group cannot be checked', () => {
  it.each([
    ['Kafka that cannot be reached', 12, { bootstrapServers: '127.0.0.1:1' }],
    [
      'credentials that Kafka does not accept',
      12,
      {
        bootstrapServers: sandbox.bootstrapServers,
        sasl: { mechanism: 'PLAIN', username: 'u', password: 'no-such-password' },
      },
    ],
    ['a context without Kafka', 0, undefined],
  ])('for %s: is deployed and kept, exit %i', async (_why, code, kafka) => {
    const connect = sandbox.connectUrl;
    folder.write('sluice.yaml', JSON.stringify({ version: 1, contexts: { safety: { connect, kafka } } }));
    const sink = fileSink(folder.path('out.txt'), 'safety-lines');
    const path = folder.write('absent.json', JSON.stringify({ name: absent, config: sink }));
    const run = await sluice(['deploy', path, '--context', 'safety', '--stable', '0s', '--json'], {
      cwd: folder.path(),
    });
    expect(run.code, run.stdout).toBe(code);
    const { results, warnings = [] } = parseDocument<DeployDocument>(run.stdout, 'deploy');
    expect(results).toMatchObject([{ outcome: 'created', error: null }]);
    expect(warnings.some((warning) => warning.includes('nothing proves that they read'))).toBe(code !== 0);
    expect(run.stdout + run.stderr).not.toContain('no-such-password');
    expect(await client.find(absent)).toBeDefined();
  });
});

describe('several URLs of a context', () => {
  it('are tried in turn, for writes as well, if a worker does not answer', async () => {
    const gone = await FakeConnect.start(() => ({}));
    const { url } = gone;
    await gone.stop();
    folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  two:\n    connect: { url: ["${url}", "${sandbox.connectUrl}"] }\n`,
    );
    const path = folder.write('absent.json', JSON.stringify({ name: absent, config: config() }));
    const run = (...args: string[]) => sluice([...args, '--context', 'two', '--json'], { cwd: folder.path() });
    expect((await run('plan', path, '--exit-code')).code).toBe(10);
    const deployed = await run('deploy', path, '--stable', '0s');
    expect(deployed.code, deployed.stdout).toBe(0);
    expect(await client.find(absent)).toBeDefined();
  });
});
