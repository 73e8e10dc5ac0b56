import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { FakeWorker } from './fake-worker.ts';
import { sluice } from './run.ts';

/** Of every connector of the project, in files and live. */
export const config = { 'connector.class': 'FileStreamSink', topics: 'a', file: 'x', 'tasks.max': '1' };

/** A project whose connectors are named `team-…`, on a worker in memory. Before each test only team-a is in a file. */
export class TeamProject {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sluice-team-'));
  readonly #connectors = path.join(this.folder, 'connectors');
  #worker: FakeWorker | undefined;

  /** @param live connectors of the worker before each test */
  constructor(live: readonly string[]) {
    beforeAll(async () => {
      this.#worker = await FakeWorker.start();
      const settings = [
        'version: 1',
        `contexts: {c: {connect: "${this.worker.server.url}"}}`,
        'defaultContext: c',
        'connectors: [connectors]',
        'prune: {match: ["team-*"]}',
      ];
      writeFileSync(path.join(this.folder, 'sluice.yaml'), `${settings.join('\n')}\n`);
    });
    beforeEach(() => {
      mkdirSync(this.#connectors);
      this.worker.server.calls.length = 0;
      this.worker.connectors.clear();
      for (const name of live)
        this.worker.connectors.set(name, { config: { ...config }, state: 'RUNNING', failed: false });
      this.write('team-a.json', this.file('team-a'));
    });
    afterEach(() => rmSync(this.#connectors, { recursive: true }));
    afterAll(async () => {
      await this.#worker?.stop();
      rmSync(this.folder, { recursive: true });
    });
  }

  get worker(): FakeWorker {
    if (this.#worker === undefined) throw new Error('the worker is started before the first test');
    return this.#worker;
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.#connectors, name), text);
  }

  /** The text of a connector file. */
  file(name: string, more: object = {}): string {
    return JSON.stringify({ name, config: { ...config, ...more } });
  }

  run(...args: string[]) {
    return sluice(args, { cwd: this.folder, env: { SLUICE_STATE_DIR: this.folder } });
  }

  /** Requests that change something, such as `DELETE /connectors/team-b`. */
  written(): string[] {
    return this.worker.server.lines.filter((line) => !line.startsWith('GET'));
  }
}
