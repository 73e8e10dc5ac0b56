import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { WatchEvent } from '../../src/deploy/watch.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('watch');
const name = 'watch-source';
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(async () => {
  for (const one of [name, 'watch-sink']) await client.delete(one);
  folder.remove();
});

/** As editors do: another file takes the place of the one before. */
function save(file: string, config: object): void {
  const target = folder.path(file);
  writeFileSync(`${target}.tmp`, JSON.stringify({ name: file.replace('.json', ''), config }));
  renameSync(`${target}.tmp`, target);
}

function watch(...args: string[]) {
  const child = spawn(process.execPath, [packagePath('bin', 'run.js'), 'watch', ...args, '--json'], {
    env: { ...process.env, SLUICE_CONNECT_URL: undefined, SLUICE_CONTEXT: sandbox.context },
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const events = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => parseDocument<WatchEvent & Record<string, unknown>>(line, 'watch'));
  return {
    /** The event of that number, from 1. */
    event: async (number: number) =>
      (await eventually(
        async () => events()[number - 1],
        (event) => event !== undefined,
      )) as WatchEvent,
    async interrupt() {
      child.kill('SIGINT');
      const code = await ended;
      running.delete(child);
      return { code, events: events(), stderr };
    },
  };
}

describe('watch', () => {
  it('deploys each change once, and keeps the last good one', async () => {
    folder.write('in.txt', 'one\n');
    const good = fileSource(folder.path('in.txt'), 'watch-lines');
    save(`${name}.json`, good);
    const watching = watch(folder.path(`*.json`), '--stable', '300ms', '--debounce', '200ms');
    expect(await watching.event(1)).toMatchObject({
      outcome: 'deployed',
      changed: [],
      connectors: [{ name, outcome: 'created' }],
    });

    save(`${name}.json`, { ...good, 'batch.size': '500' });
    expect(await watching.event(2)).toMatchObject({
      outcome: 'deployed',
      changed: [expect.stringContaining(`${name}.json`)],
      connectors: [{ name, outcome: 'updated' }],
    });
    expect(await client.config(name)).toMatchObject({ 'batch.size': '500' });

    // Not accepted: nothing is sent.
    save(`${name}.json`, { ...good, 'tasks.max': 'many' });
    expect(await watching.event(3)).toMatchObject({ outcome: 'failed', error: { code: 'VALIDATION_FAILED' } });
    expect(await client.config(name)).toMatchObject({ 'batch.size': '500', 'tasks.max': '1' });

    // Half a file, as it is being written, is one change with what follows it.
    writeFileSync(folder.path(`${name}.json`), '{"name": ');
    save(`${name}.json`, { ...good, 'batch.size': '600' });
    expect(await watching.event(4)).toMatchObject({ outcome: 'deployed' });

    // A new file beside it, whose task fails: what failed there stays to be looked at.
    save('watch-sink.json', fileSink('/nowhere/at/all', 'watch-lines'));
    expect(await watching.event(5)).toMatchObject({
      outcome: 'failed',
      connectors: [{ name: 'watch-sink', outcome: 'failed' }],
    });
    save('watch-sink.json', fileSink(folder.path('out.txt'), 'watch-lines'));
    expect(await watching.event(6)).toMatchObject({ connectors: [{ name: 'watch-sink', outcome: 'updated' }] });

    // Its task fails after the change: what ran before is put back.
    save('watch-sink.json', fileSink('/nowhere/at/all', 'watch-lines'));
    expect(await watching.event(7)).toMatchObject({
      outcome: 'failed',
      connectors: [{ name: 'watch-sink', outcome: 'rolled back' }],
    });
    expect((await client.config('watch-sink'))['file']).toBe(folder.path('out.txt'));

    const { code, events } = await watching.interrupt();
    expect(code).toBe(130);
    expect(events).toHaveLength(7);
  });

  it('refuses a protected context, confirmed or not', async () => {
    const project = folder.write(
      'sluice.yaml',
      JSON.stringify({ version: 1, contexts: { production: { connect: sandbox.connectUrl, protected: true } } }),
    );
    const { code, stderr } = await sluice(
      ['watch', folder.path(`${name}.json`), '--context', 'production', '--project', project],
      { timeout: 60_000 },
    );
    expect(code).toBe(2);
    expect(stderr).toContain('CONTEXT_PROTECTED');
  });
});
