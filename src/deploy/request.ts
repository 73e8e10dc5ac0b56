/** How connector files are deployed. Missing settings come from `DEFAULTS`. */
export interface DeployRequest extends Partial<DeployDefaults> {
  /** Files, folders, globs or `-`; the project's connectors if empty. */
  paths?: readonly string[] | undefined;
  /** File of a saved plan, which must still be valid. */
  plan?: string | undefined;
  only?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** Connectors whose values are sent even if the worker masks them. */
  sendMasked?: readonly string[] | undefined;
}

export interface DeployDefaults {
  wait: boolean;
  /** Give up after this long, ms. */
  timeout: number;
  /** How long every task must run without interruption, ms. */
  stable: number;
  /** Connectors written in parallel. */
  parallel: number;
  dryRun: boolean;
  /** Roll back a connector whose update fails. */
  rollback: boolean;
  /** Check the databases first. */
  preflight: boolean;
  /** Treat preflight warnings and unreachable databases as errors. */
  strict: boolean;
  /** Delete connectors that match prune.match but are not in any file. */
  prune: boolean;
  /** With `prune`: reset the offsets of deleted connectors. */
  resetOffsets: boolean;
  /** With `prune`: give up on one connector after this long, ms. */
  pruneTimeout: number;
}

export const DEFAULTS: Readonly<DeployDefaults> = {
  wait: true,
  timeout: 120_000,
  stable: 5000,
  parallel: 8,
  dryRun: false,
  rollback: true,
  preflight: true,
  strict: false,
  prune: false,
  resetOffsets: false,
  pruneTimeout: 60_000,
};

/** A watch deploys for someone who waits at the terminal. */
export const WATCH_DEFAULTS = {
  /** How long files must stay unchanged before they are read, ms. */
  debounce: 500,
  timeout: 60_000,
  stable: 2000,
  preflight: true,
} as const satisfies Partial<DeployDefaults> & { debounce: number };
