import type { Severity } from '../connectors/finding.ts';
import type { EngineName } from '../reconcile/model.ts';

/** One requirement that a database does not meet. */
export interface Issue {
  /** Stable id; docs/preflight.md has a row for each. */
  check: string;
  /** `error`: the connector fails; `warning`: it may, or harms its source; `note`: something could not be looked at. */
  severity: Severity;
  message: string;
  /** SQL that mends it, for somebody who may; null where no statement does. */
  statement: string | null;
  /** What to do beside or instead of the statement. */
  hint: string | null;
}

export interface PreflightFinding extends Issue {
  connector: string;
  file: string;
  /** `host:port/database`, or the name that it has in sluice.yaml. */
  database: string;
}

export type Role = 'source' | 'target';

/** How far one connector's database could be looked at. */
export interface PreflightConnector {
  name: string;
  file: string;
  /** Null where the connector's class has no database that sluice knows. */
  role: Role | null;
  database: string | null;
  outcome: 'checked' | 'unreachable' | 'skipped';
  /** Why it was not checked. */
  reason: string | null;
}

export interface PreflightReport {
  connectors: PreflightConnector[];
  findings: PreflightFinding[];
  summary: PreflightSummary;
}

export interface PreflightSummary {
  errors: number;
  warnings: number;
  notes: number;
  /** Connectors whose database was not reached. */
  unreachable: number;
}

export interface TableId {
  schema: string;
  name: string;
}

/** A table that a source captures, and what its records are keyed by. */
export interface CapturedTable extends TableId {
  primaryKey: string[];
}

/** A database that a connector works on. */
export interface Endpoint {
  role: Role;
  engine: EngineName;
  /** With credentials: never for display. */
  url: string;
  /** For people. */
  display: string;
  /** Of a connector that captures several databases, the one that this is. */
  database?: string | undefined;
  /** The user that the connector connects as, whose rights count; that of the session may be another. */
  user: string;
  /** A Debezium source, whose requirements are known; of other sources only the connection is tried. */
  debezium: boolean;
}

export function issue(
  severity: Severity,
  check: string,
  message: string,
  mend: { statement?: string | null; hint?: string } = {},
): Issue {
  return { check, severity, message, statement: mend.statement ?? null, hint: mend.hint ?? null };
}

/** A text as an SQL literal; backslashes are left to servers that do not read them, which every session sees to. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
