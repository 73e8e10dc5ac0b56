import type { Account } from '../account.ts';
import type { Ports } from '../ports.ts';
import type { LaunchSpec } from '../processes.ts';
import type { ProgramSpec } from '../programs.ts';
import type { SandboxPart } from '../record.ts';

/** Everything a part needs to know of its sandbox. */
export interface Site {
  name: string;
  /** The sandbox's own folder: broker and worker data, logs. */
  folder: string;
  /** Where the databases' data lies. */
  databaseFolder: string;
  bundles: { kafka: string; postgres: string; mariadb: string | undefined };
  ports: Ports;
  clusterId: string;
  java: string;
  /** The account of the databases, where it is not the caller's. */
  account: Account | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end; rejects with the end of its output where it fails. */
export type RunTool = (spec: ProgramSpec) => Promise<void>;

/** How one kind of process is prepared, started, asked and stopped. */
export interface Part {
  part: SandboxPart;
  /** The folder of its data. `prepare` fills it under a temporary name; from then on it is kept. */
  data?: { folder: string; account: Account | undefined; prepare(folder: string, run: RunTool): Promise<void> };
  launch(): LaunchSpec;
  address: string;
}

/**
 * Asks a part whether it is well, and whether it is this sandbox's own.
 * Resolves with a short text on it; rejects with an error that says what is wrong.
 */
export type Probe = (signal: AbortSignal) => Promise<string>;
