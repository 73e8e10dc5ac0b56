import { afterEach, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { listView } from '../../../src/cli/views/list.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { listConnectors } from '../../../src/monitor/list.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { type FakeConnector, FakeWorker } from '../../helpers/fake-worker.ts';
import { clientOf } from '../../helpers/fault-seeds.ts';

let worker: FakeWorker | undefined;
afterEach(() => worker?.stop());

async function list(connectors: Record<string, Partial<FakeConnector>>, names: string[] = []) {
  worker = await FakeWorker.start(connectors);
  const options = { client: clientOf(worker.server.url, systemClock), context: 'dev', selection: { names } };
  const report = await listConnectors(options);
  return { report, calls: worker.server.calls };
}

it('lists 500 connectors with two requests', async () => {
  const { report, calls } = await list(Object.fromEntries(Array.from({ length: 500 }, (_, id) => [`c${id}`, {}])));
  expect(report.connectors).toHaveLength(500);
  expect(calls.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'GET /connectors',
    'GET /connectors?expand=info&expand=status',
  ]);
});

it('shows failed connectors first, and those that are paused or stopped last', async () => {
  const { report } = await list({
    a: { state: 'PAUSED' },
    b: {},
    'c-failed': { failed: true, config: { 'connector.class': 'org.example.Some$Source' } },
    d: { state: 'STOPPED' },
    e: { state: 'PAUSED', failed: true },
  });
  expect(report.connectors.map(({ name }) => name)).toEqual(['c-failed', 'e', 'b', 'a', 'd']);
  expect(listView.table(report, plainStyle)).toBe(
    [
      'CONNECTOR  TYPE    CLASS        STATE              TASKS  WORKER',
      'c-failed   source  Some$Source  RUNNING, 1 FAILED    0/1  w',
      'e          source  -            PAUSED, 1 FAILED     0/1  w',
      'b          source  -            RUNNING              1/1  w',
      'a          source  -            PAUSED               0/1  w',
      'd          source  -            STOPPED              0/0  w',
      '',
      '5 connectors on dev: 2 failed',
    ].join('\n'),
  );
  expect(listView.forms?.name?.(report)).toBe('c-failed\ne\nb\na\nd');
});

it('exits 14 if one of several names does not exist, and fails if it is the only one', async () => {
  const { report } = await list({ a: {} }, ['a', 'nosuch']);
  expect(listView.exitCode?.(report)).toBe(14);
  expect(listView.table(report, plainStyle)).toContain('1 connector on dev: 1 cannot be read');
  await worker?.stop();
  await expect(list({ a: {} }, ['nosuch'])).rejects.toMatchObject({ code: 'CONNECTOR_NOT_FOUND' });
});

it('does not take a name beside all for either', async () => {
  const client = clientOf('http://127.0.0.1:1', systemClock);
  const names = listConnectors({ client, context: 'dev', selection: { names: ['a'], all: true } });
  await expect(names).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});

it('does not read a lag without Kafka', async () => {
  const options = { client: clientOf('http://127.0.0.1:1', systemClock), context: 'dev', selection: { names: [] } };
  const groups = new GroupReader(undefined);
  await expect(listConnectors({ ...options, groups })).rejects.toMatchObject({ code: 'PROJECT_INVALID' });
});
