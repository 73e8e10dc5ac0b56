import { afterEach, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../../src/connect/client.ts';
import type { ConnectorState } from '../../../src/connect/types.ts';
import { writeChange } from '../../../src/deploy/write.ts';
import { diffConnector } from '../../../src/plan/diff.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { type FakeConnect, fastClock } from '../../helpers/fake-connect.ts';
import { FakeWorker } from '../../helpers/fake-worker.ts';

let fake: FakeWorker | undefined;
afterEach(() => fake?.stop());

/** A worker with at most one connector, `a`. */
async function worker(config: Record<string, string> | undefined, version = '4.3.1') {
  fake = await FakeWorker.start(config === undefined ? {} : { a: { config } });
  fake.version = version;
  const client = new ConnectClient(fake.server.context, {
    clock: fastClock(),
    signal: new AbortController().signal,
    logger: silentLogger,
  });
  return { server: fake.server, client };
}

const status = (state: ConnectorState) => ({
  name: 'a',
  connector: { state, worker_id: 'w' },
  tasks: [],
  type: 'source' as const,
});
const live = (config: Record<string, string>, state: ConnectorState = 'RUNNING') => ({
  name: 'a',
  info: { name: 'a', config, tasks: [] },
  status: status(state),
});
const writes = (fake: FakeConnect) => fake.lines.filter((line) => !line.startsWith('GET'));

describe('writeChange', () => {
  it('skips a connector that someone else changed in the meantime', async () => {
    const { server, client } = await worker({ x: 'theirs' });
    const change = diffConnector({ name: 'a', config: { x: '2' }, file: 'f' }, live({ x: '1' }));
    await expect(writeChange(change, client)).rejects.toMatchObject({ code: 'CONNECTOR_CHANGED' });
    expect(writes(server)).toEqual([]);
  });

  it('skips a connector that someone else deleted', async () => {
    const { server, client } = await worker(undefined);
    const change = diffConnector({ name: 'a', config: { x: '2' }, file: 'f' }, live({ x: '1' }));
    await expect(writeChange(change, client)).rejects.toThrow('was deleted since it was read');
    expect(writes(server)).toEqual([]);
  });

  it('skips a creation if someone else took the name: the worker rejects it, without a check before', async () => {
    const { server, client } = await worker({ x: 'theirs' });
    const change = diffConnector({ name: 'a', config: { x: '2' }, file: 'f' }, undefined);
    await expect(writeChange(change, client)).rejects.toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: expect.stringContaining('was created since it was read'),
    });
    expect(server.lines).toEqual(['POST /connectors']);
  });

  it('pauses before and resumes after the new configuration', async () => {
    const pausing = await worker({ x: '1' });
    await writeChange(
      diffConnector({ name: 'a', config: { x: '2' }, state: 'paused', file: 'f' }, live({ x: '1' })),
      pausing.client,
    );
    expect(writes(pausing.server)).toEqual(['PUT /connectors/a/pause', 'PUT /connectors/a/config']);
    await pausing.server.stop();

    const resuming = await worker({ x: '1' });
    await writeChange(
      diffConnector({ name: 'a', config: { x: '2' }, state: 'running', file: 'f' }, live({ x: '1' }, 'PAUSED')),
      resuming.client,
    );
    expect(writes(resuming.server)).toEqual(['PUT /connectors/a/config', 'PUT /connectors/a/resume']);
  });

  it('creates in its state at once if the worker can, and afterwards if it is too old', async () => {
    const change = diffConnector({ name: 'a', config: {}, state: 'paused', file: 'f' }, undefined);
    const now = await worker(undefined);
    await writeChange(change, now.client);
    expect(now.server.calls.find((call) => call.method === 'POST')?.body).toMatchObject({ initial_state: 'PAUSED' });
    expect(writes(now.server)).toEqual(['POST /connectors']);
    await now.server.stop();

    const old = await worker(undefined, '3.6.2');
    await writeChange(change, old.client);
    expect(writes(old.server)).toEqual(['POST /connectors', 'PUT /connectors/a/pause']);
  });

  it('sends nothing if nothing differs', async () => {
    const { server, client } = await worker({ x: '1' });
    await writeChange(diffConnector({ name: 'a', config: { x: '1' }, file: 'f' }, live({ x: '1' })), client);
    expect(server.calls).toEqual([]);
  });
});
