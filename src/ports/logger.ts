/** Diagnostics of one run; they go to stderr and are shown with --verbose (debug) or always (warn). */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

export const silentLogger: Logger = { debug: () => {}, warn: () => {} };
