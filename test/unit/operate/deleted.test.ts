import { describe, expect, it } from 'vitest';
import type { ConnectorStatus, ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { restartConnectors } from '../../../src/operate/restart.ts';
import { scaleConnector } from '../../../src/operate/scale.ts';
import { changeOne } from '../../../src/operate/state.ts';
import type { OperateReport } from '../../../src/operate/targets.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const NAME = 'a';

/** A worker on which the connector has no status, or does not exist, after a number of readings. */
function worker(after: number, then: 'no status' | 'deleted') {
  let readings = 0;
  const changed = () => readings > after;
  const status: ConnectorStatus = {
    ...{ name: NAME, type: 'sink', connector: { state: 'RUNNING', worker_id: 'w' } },
    tasks: [{ id: 0, state: 'UNASSIGNED', worker_id: 'w' }],
  };
  const config: Record<string, string> = { 'connector.class': 'X', topics: 't', 'tasks.max': '1' };
  const get = async (): Promise<ListedConnector> => {
    readings += 1;
    if (changed() && then === 'deleted') throw new SluiceError('CONNECTOR_NOT_FOUND', 'there is no connector "a"');
    return { name: NAME, info: { name: NAME, config, tasks: [], type: 'sink' }, status: changed() ? null : status };
  };
  return {
    get,
    find: get,
    status: async () => (++readings > after ? undefined : status),
    pause: async () => {},
    resume: async () => {},
    stop: async () => {},
    supports: async () => true,
    restart: async () => {},
    restartTask: async () => {},
    server: async () => ({ version: '4.3.1', commit: '', kafka_cluster_id: 'c' }),
    putConfig: async () => {},
    patchConfig: async (_name: string, patch: object) => void Object.assign(config, patch),
  };
}

const clock = fastClock(Date.parse('2026-11-30T12:00:00Z'));
const options = { clock, signal: new AbortController().signal, wait: true, timeoutMs: 60_000, dryRun: false };

/** The error that it ends with, and whether it came only after the timeout, by the clock of the test. */
async function ending(run: () => Promise<unknown>) {
  const began = clock.now().getTime();
  const code = await run().then(
    (report) => (report as Partial<OperateReport>).results?.[0]?.error?.code,
    (error: SluiceError) => error.code,
  );
  return { code, late: clock.now().getTime() - began >= options.timeoutMs };
}

const VERBS = {
  pause: (client: ReturnType<typeof worker>) => changeOne('pause', NAME, client as never, options),
  restart: (client: ReturnType<typeof worker>) =>
    restartConnectors([NAME], 'dev', client as never, { ...options, onlyFailed: false, onlyTasks: false }),
  scale: (client: ReturnType<typeof worker>) =>
    scaleConnector(NAME, 3, 'dev', client as never, new GroupReader(undefined), options),
};

describe.each(Object.entries(VERBS))('a connector that is waited for by %s', (_verb, run) => {
  it('and is deleted meanwhile, is an error at once', async () => {
    expect(await ending(() => run(worker(5, 'deleted')))).toEqual({ code: 'CONNECTOR_CHANGED', late: false });
  });

  it('and has no status for a while, is waited for', async () => {
    expect(await ending(() => run(worker(5, 'no status')))).toEqual({ code: 'TIMED_OUT', late: true });
  });
});
