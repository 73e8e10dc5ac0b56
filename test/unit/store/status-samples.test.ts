import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withTrends } from '../../../src/monitor/trends.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { Store } from '../../../src/store/store.ts';
import { connectorReport, statusReport } from '../../helpers/status-report.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-samples-'));
  store = new Store(folder);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const report = statusReport([
  connectorReport('a-sink', { cause: 'password=hunter2' }),
  connectorReport('a-source', { type: 'source', group: null }),
]);
const see = (cluster: string[], minute: number, logger = silentLogger) =>
  withTrends(report, {
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)),
    cluster,
    store: async () => store,
    logger,
  });

it('gives the earlier reports of the same cluster, in whichever order its workers are named', async () => {
  expect(await see(['http://b', 'http://a'], 1)).toMatchObject({ earlier: [], at: '2026-01-01T00:01:00.000Z' });
  expect((await see(['http://c'], 2)).earlier).toEqual([]);
  expect((await see(['http://a', 'http://b'], 3)).earlier).toEqual([
    {
      at: '2026-01-01T00:01:00.000Z',
      connectors: [
        { name: 'a-sink', health: 'healthy', lag: 1234567 },
        { name: 'a-source', health: 'healthy', lag: null },
      ],
    },
  ]);
});

it('keeps so many of a cluster and no more, and those of others', () => {
  const { samples } = store;
  const one = (minute: number) => ({ at: `2026-01-01T00:0${minute}:00.000Z`, connectors: [] });
  samples.append('other', one(0), 2);
  for (const minute of [1, 2, 3, 4]) samples.append('own', one(minute), 2);
  expect(samples.list('own')).toEqual([one(3), one(4)]);
  expect(samples.list('other')).toEqual([one(0)]);
});

it('warns if they cannot be kept, and shows the report', async () => {
  writeFileSync(store.file, 'no database');
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  expect(await see(['http://a'], 1, logger)).toMatchObject({ earlier: null, summary: { total: 2 } });
  expect(warnings).toEqual([expect.stringContaining('no trends: earlier reports cannot be read or kept')]);
});
