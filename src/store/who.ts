import os from 'node:os';

/** User and machine: `ann@build-7`. */
export function whoRuns(): string {
  return `${userName()}@${os.hostname()}`;
}

/**
 * Whether a process that was begun by someone may still run: of this machine by its number, of another it is not known.
 * A number may be in use again, so ask only about what cannot be older than some time.
 */
export function mayRun({ who, pid }: { who: string; pid: number }): boolean {
  if (!who.endsWith(`@${os.hostname()}`)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The daemon of this machine: `serve@build-7`. */
export function whoServes(): string {
  return `serve@${os.hostname()}`;
}

/** `sluice monitor --heal` on this machine: `monitor@build-7`. */
export function whoMonitors(): string {
  return `monitor@${os.hostname()}`;
}

/** Whether its restarts are those of healing, which count against the limits of `serve.heal`. */
export function isHealer(who: string): boolean {
  return who === whoServes() || who === whoMonitors();
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return 'unknown';
  }
}
