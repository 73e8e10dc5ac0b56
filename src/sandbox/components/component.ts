import type { SandboxComponent } from '../../config/sandbox-record.ts';
import type { Account } from '../account.ts';
import type { Ports } from '../ports.ts';
import type { LaunchSpec } from '../processes.ts';
import type { ProgramSpec } from '../programs.ts';

/** What a component needs to know about its sandbox. */
export interface Layout {
  name: string;
  /** The sandbox's own folder: broker and worker data, logs. */
  folder: string;
  /** Folder of the databases' data. */
  databaseFolder: string;
  bundles: { kafka: string; postgres: string; mariadb: string | undefined };
  ports: Ports;
  clusterId: string;
  java: string;
  /** The account of the databases, unless it is the caller's. */
  account: Account | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end; rejects with the end of its output if it fails. */
export type RunTool = (spec: ProgramSpec) => Promise<void>;

/** How one kind of process is prepared, started, probed and stopped. */
export interface Component {
  name: SandboxComponent;
  /** Its data folder. `prepare` fills it once, under a temporary name. */
  data?: { folder: string; account: Account | undefined; prepare(folder: string, run: RunTool): Promise<void> };
  launch(): LaunchSpec;
  address: string;
}

/**
 * Checks that a component is healthy and belongs to this sandbox.
 * Resolves with a short description; rejects with an error that says what is wrong.
 */
export type Probe = (signal: AbortSignal) => Promise<string>;

/** How long a response may take, even on a machine that is busy starting the sandbox. */
export const PROBE_MS = 10_000;
