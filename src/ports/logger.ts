/** Diagnostics of one run on stderr: debug with --verbose, warn always. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

export const silentLogger: Logger = { debug: () => {}, warn: () => {} };
