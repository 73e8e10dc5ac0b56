import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Targets } from '../../../src/config/targets.ts';
import type { DeployReport } from '../../../src/deploy/deploy.ts';
import { type WatchEvent, watchAndDeploy } from '../../../src/deploy/watch.ts';
import { contentsOf, differences, FolderHints, watchedFiles } from '../../../src/deploy/watched-files.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { systemClock } from '../../../src/ports/clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text = ''): string {
  const absolute = path.join(folder, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
  return absolute;
}

describe('what is watched', () => {
  const targets = (context?: string) =>
    new Targets({ folder, context, environment: { HOME: folder, XDG_CONFIG_HOME: folder } });
  const short = (files: string[]) => files.map((file) => path.relative(folder, path.resolve(file))).sort();

  it('are connectors, the overlays of the context, sluice.yaml and env files, and the folders of all', async () => {
    write(
      'sluice.yaml',
      'version: 1\nconnectors: ["connectors/*.json"]\ncontexts: { dev: { connect: "http://h:1" } }\n',
    );
    write('connectors/a.json');
    write('connectors/note.txt');
    write('overlays/dev/a.yaml');
    write('overlays/production/a.yaml');
    const env = write('secrets/dev.env');
    const { files, folders } = await watchedFiles(targets('dev'), [], [env]);
    expect(short(files)).toEqual(['connectors/a.json', 'overlays/dev/a.yaml', 'secrets/dev.env', 'sluice.yaml']);
    expect(short(folders)).toEqual(['', 'connectors', 'overlays/dev', 'secrets']);
  });

  it('are the files that are given, with the folder in which a pattern may find more', async () => {
    write('a/b/one.json');
    const { files, folders } = await watchedFiles(targets(), [path.join(folder, 'a/*/*.json')], []);
    expect(short(files)).toEqual(['a/b/one.json']);
    expect(short(folders)).toEqual(['a', 'a/b']);
    await expect(watchedFiles(targets(), ['-'], [])).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('differ by content, not by time', () => {
    const [a, b] = [write('a', '1'), write('b', '2')];
    const before = contentsOf([a, b]);
    write('a', '1');
    expect(differences(before, contentsOf([a, b]))).toEqual([]);
    write('a', '3');
    rmSync(b);
    expect(differences(before, contentsOf([a, b]))).toEqual([a, b]);
    expect(differences(before, contentsOf([a]))).toEqual([a, b]);
  });
});

describe('hints', () => {
  it('come for a file that takes the place of another, again and again', async () => {
    const file = write('a.json', '1');
    const hints = new FolderHints();
    hints.arm([folder, path.join(folder, 'not there')]);
    const never = new AbortController().signal;
    for (const text of ['2', '3']) {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
      // Without a hint this takes longer than the test may.
      await hints.wait(60_000, never);
    }
    hints.close();
    await hints.wait(20, never);
  });
});

describe('a watch', () => {
  const report = (results: [name: string, outcome: string, failed?: boolean][]): DeployReport =>
    ({
      results: results.map(([name, outcome, failed]) => ({
        name,
        outcome,
        error: failed ? { code: 'CONNECTOR_FAILED', message: 'no' } : null,
      })),
    }) as unknown as DeployReport;

  /** Runs a watch whose deploys are these; before each but the first the file is changed. */
  async function run(deploys: (() => Promise<DeployReport>)[]): Promise<{ events: WatchEvent[]; error?: unknown }> {
    const file = write('a.json', '0');
    const controller = new AbortController();
    const events: WatchEvent[] = [];
    let count = 0;
    try {
      for await (const event of watchAndDeploy({
        files: async () => ({ files: [file], folders: [folder] }),
        deploy: () => deploys[count++]?.() ?? Promise.reject(new Error('one too many')),
        clock: systemClock,
        signal: controller.signal,
        debounceMs: 20,
      })) {
        events.push(event);
        if (count === deploys.length) controller.abort();
        else writeFileSync(file, String(count));
      }
    } catch (error) {
      return { events, error };
    }
    return { events };
  }

  it('continues after a change that is rejected, and after one that was rolled back', async () => {
    const { events } = await run([
      async () =>
        report([
          ['a', 'created'],
          ['b', 'unchanged'],
        ]),
      () => Promise.reject(new SluiceError('VALIDATION_FAILED', 'no such key')),
      async () => report([['a', 'rolled back', true]]),
      async () => report([['a', 'unchanged']]),
    ]);
    expect(events.map(({ outcome }) => outcome)).toEqual(['deployed', 'failed', 'failed', 'unchanged']);
    expect(events.map(({ changed }) => changed.length)).toEqual([0, 1, 1, 1]);
    expect(events[0]?.connectors).toEqual([{ name: 'a', outcome: 'created' }]);
    expect(events[1]?.error).toMatchObject({ code: 'VALIDATION_FAILED' });
    // The reading failed: that says nothing of what stands in files.
    expect(events[1]?.abandoned).toEqual([]);
    expect(events[2]?.abandoned).toEqual(['b']);
    expect(events[3]?.abandoned).toEqual([]);
  });

  it('ends if it may not continue', async () => {
    const protectedContext = new SluiceError('CONTEXT_PROTECTED', 'no');
    expect((await run([() => Promise.reject(protectedContext)])).error).toBe(protectedContext);
    const unset = () => Promise.reject(new SluiceError('REFERENCE_UNRESOLVED', 'the variable X is not set'));
    expect((await run([unset])).error).toMatchObject({ code: 'REFERENCE_UNRESOLVED' });
    // Later it is what somebody just wrote, and will mend.
    const later = await run([async () => report([]), unset]);
    expect(later.error).toBeUndefined();
    expect(later.events.map(({ outcome }) => outcome)).toEqual(['unchanged', 'failed']);
    const defect = new TypeError('a defect');
    expect((await run([() => Promise.reject(defect)])).error).toBe(defect);
  });

  it('sees a change that comes during a deploy', async () => {
    const file = write('a.json', '0');
    const controller = new AbortController();
    const seen: string[][] = [];
    for await (const event of watchAndDeploy({
      files: async () => ({ files: [file], folders: [folder] }),
      deploy: async () => {
        if (seen.length === 0) writeFileSync(file, 'during');
        return report([]);
      },
      clock: systemClock,
      signal: controller.signal,
      debounceMs: 10,
    })) {
      seen.push(event.changed);
      if (seen.length === 2) controller.abort();
    }
    expect(seen).toEqual([[], [file]]);
  });
});
