import { existsSync, rmSync } from 'node:fs';
import {
  readSandboxRecord,
  SANDBOX_COMPONENTS,
  type SandboxComponent,
  type SandboxRecord,
  sandboxFolder,
  writeSandboxRecord,
} from '../config/sandbox-record.ts';
import { withLock } from '../files/lock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { STOP_SIGNAL } from './components/all.ts';
import { checkSandboxName, sandboxLock } from './layout.ts';
import { stopProcess } from './processes.ts';

export interface DownOptions {
  name: string;
  /** Also remove its data and logs; downloads are kept, since all sandboxes share them. */
  purge: boolean;
  stateFolder: string;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  logger: Logger;
}

export interface DownResult {
  name: string;
  stopped: SandboxComponent[];
  /** Recorded, but already ended; a new process with the same pid was not touched. */
  gone: SandboxComponent[];
  purged: boolean;
}

const GRACE_MS = 15_000;

/** Stops what `up` has started, and nothing else. */
export async function sandboxDown(options: DownOptions): Promise<DownResult> {
  checkSandboxName(options.name);
  const { name, stateFolder } = options;
  if (!existsSync(sandboxFolder(stateFolder, name))) return { name, stopped: [], gone: [], purged: false };
  return withLock(sandboxLock(stateFolder, name), options, async () => {
    const record = readRecord(options);
    const result: DownResult = { name, stopped: [], gone: [], purged: false };
    if (record === undefined) {
      if (options.purge) removeData(options, undefined, result);
      return result;
    }
    const stop = async (component: SandboxComponent): Promise<void> => {
      const running = record.parts[component];
      if (running === undefined) return;
      const stopped = await stopProcess(running, STOP_SIGNAL[component], GRACE_MS, options.clock);
      result[stopped ? 'stopped' : 'gone'].push(component);
      delete record.parts[component];
      writeSandboxRecord(stateFolder, record);
    };
    if (Object.keys(record.parts).length > 0) {
      // The worker first: it is connected to all others, and writes its offsets as it ends.
      await options.progress.step('Stop the Connect worker', () => stop('worker'));
      await options.progress.step('Stop the broker and the databases', () =>
        Promise.all(SANDBOX_COMPONENTS.map((component) => stop(component))).then(() => undefined),
      );
    }
    // They ended in any order.
    for (const list of [result.stopped, result.gone]) {
      list.sort((one, other) => SANDBOX_COMPONENTS.indexOf(one) - SANDBOX_COMPONENTS.indexOf(other));
    }
    if (options.purge) removeData(options, record.databaseFolder, result);
    return result;
  });
}

/** An unreadable record is an error, except for a purge, which removes it. */
function readRecord({ stateFolder, name, purge, logger }: DownOptions): SandboxRecord | undefined {
  try {
    return readSandboxRecord(stateFolder, name);
  } catch (error) {
    if (!purge) throw error;
    const folder = sandboxFolder(stateFolder, name);
    logger.warn(`the sandbox's record cannot be read; end its processes by hand: pgrep -af ${folder}`);
    return undefined;
  }
}

function removeData(options: DownOptions, databaseFolder: string | undefined, result: DownResult): void {
  const folder = sandboxFolder(options.stateFolder, options.name);
  result.purged = existsSync(folder);
  for (const one of [databaseFolder, folder]) {
    if (one !== undefined) rmSync(one, { recursive: true, force: true });
  }
}
