import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Distinguishes a process from a later one with the same pid: boot and start time on Linux, the start time on macOS.
 * Undefined if no such process runs (a zombie does not).
 */
export function processIdentity(pid: number, platform: NodeJS.Platform = process.platform): string | undefined {
  return platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/** True if `pid` is still the process with this identity. */
export function isSameProcess(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity;
}

let bootId: string | undefined;

function linuxIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const started = parseStat(stat);
  return started === undefined ? undefined : `${bootId}:${started}`;
}

/**
 * The start time (field 22, clock ticks since boot) of a /proc/PID/stat line. Undefined for a zombie, unless its threads
 * (field 20 counts them and itself) are still ending: until then its files and ports are not free.
 * The command name (field 2) may contain spaces and parentheses, so fields count from the last closing one.
 * @see proc_pid_stat(5)
 */
export function parseStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const ended = state === 'X' || (state === 'Z' && Number(fields[17]) <= 1);
  return ended ? undefined : fields[19];
}

function psIdentity(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...started] = line.split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
