import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { Daemon } from '../helpers/daemon.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';

/** Lets writes to a table fail as on a disk that is full, in every process, until it is disposed of. */
function fill(file: string, table: string): Disposable {
  const run = (sql: string) => {
    using database = new DatabaseSync(file, { timeout: 5_000 });
    database.exec(sql);
  };
  run(`CREATE TRIGGER full BEFORE INSERT ON ${table} BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`);
  return { [Symbol.dispose]: () => run('DROP TRIGGER full') };
}

it.each([
  ['readings', 'readings.sqlite', 'frame'],
  ['history', 'history.sqlite', 'alert'],
])(
  'sluice serve goes on while its %s cannot be written, says so once, and in its health and metrics',
  async (store, file, table) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-full-'));
    const worker = await FakeWorker.start({
      orders: { config: { 'connector.class': 'FileStreamSource' }, failed: true },
    });
    writeFileSync(
      path.join(folder, 'sluice.yaml'),
      `version: 1\ncontexts: { dev: { connect: '${worker.server.url}' } }\nserve: { contexts: [dev], alerts: true, every: 1s }\n`,
    );
    const state = path.join(folder, 'state');
    const daemon = new Daemon(folder, state);
    try {
      const { url } = await daemon.until('listening');
      await daemon.polls(1);
      const health = async (probe: string) => {
        const answer = await fetch(`${url}/health/${probe}`);
        return [answer.status, ((await answer.json()) as { notKept: string[] }).notKept];
      };
      const kept = async () =>
        new RegExp(`sluice_store_kept\\{context="dev",store="${store}"\\} (\\d)`).exec(await daemon.metrics())?.[1];
      expect(await health('ready')).toEqual([200, []]);
      expect(daemon.stderr).toContain('alerts.receivers names nobody');
      expect(await kept()).toBe('1');
      {
        using _full = fill(path.join(state, file), table);
        const { error } = await daemon.until('failed');
        expect(error).toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringContaining('disk is full') });
        await daemon.polls(3);
        expect(daemon.events.filter(({ event }) => event === 'failed')).toHaveLength(1);
        for (const probe of ['live', 'ready']) expect(await health(probe)).toEqual([200, [store]]);
        expect(await kept()).toBe('0');
        expect(await daemon.metrics()).toMatch(/sluice_failures_total\{code="FILE_UNWRITABLE"\} [3-9]/);
      }
      await daemon.polls(2);
      expect(await health('ready')).toEqual([200, []]);
      expect(await kept()).toBe('1');
    } finally {
      await daemon.stop();
      await worker.stop();
      rmSync(folder, { recursive: true });
    }
  },
);
