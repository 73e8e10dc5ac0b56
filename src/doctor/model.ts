import { NO_KAFKA as WITHOUT_KAFKA } from '../config/without-kafka.ts';
import type { ErrorDocument } from '../errors/error.ts';
import type { Count } from '../text/numbers.ts';

/** What the page of a cluster may find; docs/doctor.md has a row for each, in this order. */
export const CHECKS = [
  'failed',
  'refused-record',
  'stalled',
  'log-lost',
  'unpublished',
  'log-retained',
  'unfinished',
  'dead-letters',
  'records-dropped',
  'tables-differ',
  'ignored-keys',
  'secret-in-clear',
  'file-permissions',
  'project',
  'clock',
  'unclear',
  'no-dead-letter-queue',
  'dead-letters-kept',
  'tables-not-compared',
  'old-worker',
] as const;
export type CheckId = (typeof CHECKS)[number];

/** `error`: something does not work; `warning`: something will not work, or is not safe; `note`: advice. */
export type Severity = 'error' | 'warning' | 'note';
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

export interface DoctorFinding {
  /**
   * Stable id; see docs/doctor.md.
   * @asType string
   */
  check: CheckId;
  severity: Severity;
  /** Whom it concerns; none if it is not about connectors. */
  connectors: string[];
  message: string;
  /** What a task, a database or a rule says about it. */
  details: string[];
  /** ISO 8601, UTC; null if not known. */
  since: string | null;
  /** What to do. */
  hint: string | null;
  /** The next command; null if there is none. */
  command: string | null;
  /** SQL to run; null if there is none. */
  statement: string | null;
}

/** The stages of a pipeline. */
export type StageName =
  | 'source database'
  | 'log'
  | 'source connector'
  | 'topics'
  | 'sink connector'
  | 'consumer group'
  | 'records'
  | 'target database';

/**
 * `ok`: something moves, or nothing can be wrong there. `idle`: there is nothing to do. `inactive`: paused or stopped on
 * purpose. `warning`: works, but something is wrong. `unknown`: could not be read, or not be judged.
 */
export type StageState = 'ok' | 'idle' | 'stuck' | 'warning' | 'unknown' | 'inactive';

export interface StageVerdict {
  state: StageState;
  message: string;
  details: string[];
  /** ISO 8601, UTC; null if not known. */
  since: string | null;
  /** The reason, in the words of what failed. */
  cause: string | null;
  /** What to do. */
  hint: string | null;
  /** The next command; null if there is none. */
  command: string | null;
  /** SQL to run; null if there is none. */
  statement: string | null;
}

export interface Stage extends StageVerdict {
  stage: StageName;
  /** Whose stage it is; null for the topics, which belong to both ends. */
  connector: string | null;
}

/** What could not be read, and why. */
export interface NotRead {
  what: string;
  reason: string;
  /** Null if it is not a failure: nothing says where Kafka or a database is, or how to log in. */
  error: ErrorDocument | null;
}

/** Where the records of a pipeline are. */
export interface Walk {
  connector: string;
  sources: string[];
  sinks: string[];
  /** `flowing`: records move; `idle`: there is nothing to do; the others as of a stage. */
  outcome: 'flowing' | 'idle' | 'stuck' | 'warning' | 'unknown' | 'inactive';
  /** The stage that explains the outcome, by its place in `stages`; null if nothing needs to be explained. */
  at: Count | null;
  stages: Stage[];
}

/** This machine, and what it works with. */
export interface LocalSide {
  sluice: string;
  node: string;
  /** Release of the worker. */
  worker: string;
  /** Seconds that the worker's clock is ahead of this machine's; null if it does not tell. @asType integer */
  workerClock: number | null;
  /** Path of sluice.yaml; null without one. */
  project: string | null;
}

export interface DoctorReport {
  context: string;
  /** ISO 8601, UTC. */
  at: string;
  /** Of the whole cluster; empty if a connector was named. */
  findings: DoctorFinding[];
  /** Null unless a connector was named. */
  walk: Walk | null;
  /** Null if a connector was named. */
  local: LocalSide | null;
  notRead: NotRead[];
  summary: {
    connectors: Count;
    errors: Count;
    warnings: Count;
    notes: Count;
  };
}

/** A verdict with what is given; everything else is null. */
export function verdict(state: StageState, message: string, more: Partial<StageVerdict> = {}): StageVerdict {
  return {
    state,
    message,
    details: [],
    since: null,
    cause: null,
    hint: null,
    command: null,
    statement: null,
    ...more,
  };
}

export function finding(
  severity: Severity,
  check: CheckId,
  connectors: readonly string[],
  message: string,
  more: Partial<DoctorFinding> = {},
): DoctorFinding {
  return {
    check,
    severity,
    connectors: [...connectors],
    message,
    details: [],
    since: null,
    hint: null,
    command: null,
    statement: null,
    ...more,
  };
}

export const NO_KAFKA: NotRead = {
  what: 'topics, consumer groups and dead letters',
  reason: WITHOUT_KAFKA,
  error: null,
};
