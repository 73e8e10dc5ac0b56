import type { Severity } from '../connectors/finding.ts';
import type { ShownBroken } from '../connectors/load.ts';
import type { Count } from '../text/numbers.ts';
import type { Role } from '../topology/model.ts';

/** All checks; docs/preflight.md has a row for each. */
export const CHECKS = [
  'login',
  'role-missing',
  'rights-unknown',
  'unfinished',
  'table-missing',
  'nothing-captured',
  'table-right',
  'schema-right',
  'wal-level',
  'standby',
  'replication-right',
  'replication-slots',
  'wal-senders',
  'slot-active',
  'slot-plugin',
  'slot-database',
  'slot-lost',
  'publication-missing',
  'publication-right',
  'publication-tables',
  'publication-operations',
  'replica-identity',
  'binlog',
  'binlog-format',
  'binlog-row-image',
  'binlog-partial-json',
  'server-id',
  'lock-right',
  'cdc-database',
  'cdc-table',
  'cdc-right',
  'cdc-role',
  'agent',
  'agent-unknown',
  'snapshot-isolation',
  'target-table',
  'create-right',
  'target-right',
  'target-key',
  'foreign-key',
] as const;
export type CheckId = (typeof CHECKS)[number];

/** One requirement that a database does not meet. */
export interface DatabaseFinding {
  /**
   * Stable id; see docs/preflight.md.
   * @asType string
   */
  check: CheckId;
  /** `error`: the connector fails; `warning`: it may fail, or harm its source; `note`: something could not be checked. */
  severity: Severity;
  message: string;
  /** SQL that fixes it, for someone with the permission; null if no statement does. */
  statement: string | null;
  /** What to do in addition to or instead of the statement. */
  hint: string | null;
}

export interface PreflightFinding extends DatabaseFinding {
  connector: string;
  file: string;
  /** `host:port/database`, or its name in sluice.yaml. */
  database: string;
}

/** To what extent one connector's database could be checked. */
export interface PreflightConnector {
  name: string;
  file: string;
  /** Null if sluice knows no database for the connector's class. */
  role: Role | null;
  /** host:port/database, or its name in sluice.yaml. */
  database: string | null;
  outcome: 'checked' | 'unreachable' | 'skipped';
  /** Why it was not checked. */
  reason: string | null;
}

export interface PreflightReport {
  connectors: PreflightConnector[];
  findings: PreflightFinding[];
  /** Files with errors; their connectors were not checked. */
  broken: ShownBroken[];
  summary: PreflightSummary;
}

export interface PreflightSummary {
  errors: Count;
  warnings: Count;
  notes: Count;
  /** Connectors whose database could not be reached. */
  unreachable: Count;
}

export function finding(
  severity: Severity,
  check: CheckId,
  message: string,
  fix: { statement?: string | null; hint?: string } = {},
): DatabaseFinding {
  return { check, severity, message, statement: fix.statement ?? null, hint: fix.hint ?? null };
}
