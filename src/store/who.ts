import os from 'node:os';

/** User and machine: `ann@build-7`. */
export function whoRuns(): string {
  return `${userName()}@${os.hostname()}`;
}

/** The daemon of this machine: `serve@build-7`. */
export function whoServes(): string {
  return `serve@${os.hostname()}`;
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return 'unknown';
  }
}
