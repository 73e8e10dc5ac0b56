import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Account } from './account.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

export interface LaunchSpec {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Account to run as, instead of the caller's. */
  account?: Account | undefined;
  /** File for its standard output and error; the previous run's log is kept as `LOG.1`. */
  log: string;
}

export interface RunningProcess {
  pid: number;
  identity: string;
}

/**
 * Starts a process in a new session, which outlives this one and does not get its terminal's Ctrl-C.
 * @throws SANDBOX_START if it cannot be executed.
 */
export function launch(spec: LaunchSpec): Promise<RunningProcess> {
  if (existsSync(spec.log)) renameSync(spec.log, `${spec.log}.1`);
  const log = openSync(spec.log, 'a', 0o600);
  return new Promise<RunningProcess>((resolve, reject) => {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env as NodeJS.ProcessEnv,
      detached: true,
      stdio: ['ignore', log, log],
      ...(spec.account ? { uid: spec.account.uid, gid: spec.account.gid } : {}),
    });
    child.once('error', (error) =>
      reject(new SluiceError('SANDBOX_START', `cannot run ${spec.command}: ${error.message}`, { cause: error })),
    );
    child.once('spawn', () => {
      child.unref();
      const pid = child.pid as number;
      // If it has ended already, whoever waits for it finds it dead.
      resolve({ pid, identity: processIdentity(pid) ?? 'gone' });
    });
  }).finally(() => closeSync(log));
}

const POLL_MS = 50;

/**
 * Asks the process to end, and kills it after the grace period. Does nothing if it is gone, or another process has its
 * pid now.
 * @returns true if there was a process to stop
 */
export async function stopProcess(
  running: RunningProcess,
  signal: NodeJS.Signals,
  graceMs: number,
  clock: Clock,
): Promise<boolean> {
  if (!send(running, signal)) return false;
  if (await ended(running, graceMs, clock)) return true;
  send(running, 'SIGKILL');
  if (await ended(running, graceMs, clock)) return true;
  throw new SluiceError('TIMED_OUT', `process ${running.pid} does not end, not even after SIGKILL`, {
    hint: `See what it hangs on: ps -o pid,stat,wchan,args -p ${running.pid}`,
  });
}

/** Sends a signal to the process, but never to another one that got its pid. */
export function send(running: RunningProcess, signal: NodeJS.Signals): boolean {
  if (!isSameProcess(running.pid, running.identity)) return false;
  try {
    process.kill(running.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw new SluiceError('SANDBOX_START', `cannot stop process ${running.pid}: ${(error as Error).message}`, {
      hint: 'It runs under another account: stop the sandbox as the user who started it.',
      cause: error,
    });
  }
}

async function ended(running: RunningProcess, withinMs: number, clock: Clock): Promise<boolean> {
  const deadline = clock.now().getTime() + withinMs;
  while (isSameProcess(running.pid, running.identity)) {
    if (clock.now().getTime() >= deadline) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}
