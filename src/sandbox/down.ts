import { existsSync, rmSync } from 'node:fs';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { withLock } from './lock.ts';
import { STOP_SIGNAL } from './parts/all.ts';
import { stopProcess } from './processes.ts';
import {
  readSandboxRecord,
  SANDBOX_PARTS,
  type SandboxPart,
  type SandboxRecord,
  sandboxFolder,
  writeSandboxRecord,
} from './record.ts';
import { checkSandboxName, sandboxLock } from './site.ts';

export interface DownOptions {
  name: string;
  /** Also remove its data and logs; the parts that were fetched stay, for they are every sandbox's. */
  purge: boolean;
  stateFolder: string;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  logger: Logger;
}

export interface DownResult {
  name: string;
  stopped: SandboxPart[];
  /** Recorded, but ended before; a process that has their pid by now was not touched. */
  gone: SandboxPart[];
  purged: boolean;
}

const GRACE_MS = 15_000;

/** Stops what `up` has started and nothing else. Nothing started: nothing done. */
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
    const stop = async (part: SandboxPart): Promise<void> => {
      const running = record.parts[part];
      if (running === undefined) return;
      const stopped = await stopProcess(running, STOP_SIGNAL[part], GRACE_MS, options.clock);
      result[stopped ? 'stopped' : 'gone'].push(part);
      delete record.parts[part];
      writeSandboxRecord(stateFolder, record);
    };
    if (Object.keys(record.parts).length > 0) {
      // The worker first: it holds sessions on all others, and writes its offsets as it ends.
      await options.progress.step('Stop the Connect worker', () => stop('worker'));
      await options.progress.step('Stop the broker and the databases', () =>
        Promise.all(SANDBOX_PARTS.map((part) => stop(part))).then(() => undefined),
      );
    }
    // They ended as they came.
    for (const list of [result.stopped, result.gone]) {
      list.sort((one, other) => SANDBOX_PARTS.indexOf(one) - SANDBOX_PARTS.indexOf(other));
    }
    if (options.purge) removeData(options, record.databaseFolder, result);
    return result;
  });
}

/** A record that cannot be read stops nothing but a purge, which is the way to get rid of it. */
function readRecord({ stateFolder, name, purge, logger }: DownOptions): SandboxRecord | undefined {
  try {
    return readSandboxRecord(stateFolder, name);
  } catch (error) {
    if (!purge) throw error;
    const folder = sandboxFolder(stateFolder, name);
    logger.warn(`the record of the sandbox cannot be read: what still runs must be ended by hand: pgrep -af ${folder}`);
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
