import { describe, expect, it } from 'vitest';
import type { ConfigValidation } from '../../../src/connect/types.ts';
import { readText } from '../../../src/connectors/files.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { askWorker, type RemoteValidator } from '../../../src/validate/remote.ts';
import { BASES, store } from './check.ts';

async function connectorOf(changes: Record<string, string> = {}) {
  const text = JSON.stringify({ name: 'one', config: { ...BASES.postgres, ...changes } });
  const { connectors } = await readText(text, { file: 'one.json', origin: 'named' }, { environment: {} });
  const [connector] = connectors;
  if (!connector) throw new Error('no connector');
  return connector;
}

function worker(errors: Record<string, string[]>): RemoteValidator {
  const configs = Object.entries(errors).map(([name, list]) => ({
    definition: { name, type: 'STRING', required: false, default_value: null, importance: 'HIGH', documentation: '' },
    value: { name, value: null, recommended_values: [], errors: list, visible: true },
  }));
  return { validate: async (): Promise<ConfigValidation> => ({ name: '', error_count: 1, groups: [], configs }) };
}

function failing(error: SluiceError): RemoteValidator {
  return { validate: () => Promise.reject(error) };
}

describe('what the worker adds', () => {
  it('is an error if nothing was found offline, and not repeated otherwise', async () => {
    const remote = worker({ 'slot.name': ['no good', 'no good'], 'topic.prefix': ['missing'], 'database.port': [] });
    const offline = [
      { rule: 'missing-key' as const, severity: 'error' as const, message: '', file: 'one.json', key: 'topic.prefix' },
    ];
    expect(await askWorker(await connectorOf(), remote, store, offline)).toEqual([
      { rule: 'worker-error', severity: 'error', message: 'the worker refuses slot.name: no good', key: 'slot.name' },
    ]);
  });

  it('tells a failed connection from a wrong config', async () => {
    const remote = worker({ 'database.hostname': ['Unable to connect: Connection to db:5432 refused.'] });
    expect(await askWorker(await connectorOf(), remote, store, [])).toMatchObject([
      { rule: 'worker-connection', severity: 'warning', key: 'database.hostname' },
    ]);
  });

  it('never repeats a secret', async () => {
    const connector = await connectorOf({ 'database.password': 'hunter2', 'driver.sslpassword': 'hunter3' });
    const remote = worker({ 'database.user': ['hunter2 and hunter3 are wrong'] });
    expect(JSON.stringify(await askWorker(connector, remote, store, []))).not.toMatch(/hunter[23]/);
    const [before, plain] = [connector, await connectorOf()];
    expect(JSON.stringify(await askWorker(plain, remote, store, [], [before]))).not.toMatch(/hunter[23]/);
    const rejected = new SluiceError('CONNECT_REJECTED', 'config {database.password=hunter2} cannot be read');
    expect(JSON.stringify(await askWorker(connector, failing(rejected), store, []))).not.toContain('hunter2');
  });

  it('is a missing plugin if the worker has none', async () => {
    const remote = failing(new SluiceError('PLUGIN_NOT_FOUND', 'the worker has no plugin x'));
    expect(await askWorker(await connectorOf(), remote, store, [])).toMatchObject([{ rule: 'plugin-missing' }]);
  });

  it('is not asked for with unset variables', async () => {
    const connector = await connectorOf({ 'database.password': '${NOT_SET}' });
    const remote = failing(new SluiceError('INTERNAL', 'must not be asked'));
    expect(await askWorker(connector, remote, store, [])).toMatchObject([{ rule: 'worker-not-asked' }]);
  });

  it('ends the run if no worker answers', async () => {
    const remote = failing(new SluiceError('CONNECT_UNREACHABLE', 'nobody there'));
    await expect(askWorker(await connectorOf(), remote, store, [])).rejects.toMatchObject({
      code: 'CONNECT_UNREACHABLE',
    });
  });
});
