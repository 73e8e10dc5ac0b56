/**
 * All errors, by stable code. A code determines the exit code of the process, the HTTP status of an API, and whether
 * retrying can help. docs/errors.md has a section per code, which a test checks. Exit codes are those of
 * docs/errors.md#exit-codes (3–9 are used by Node).
 */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  negative: 10,
  invalid: 11,
  unreachable: 12,
  rejected: 13,
  partial: 14,
  timeout: 15,
  undetermined: 16,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorSpec {
  /** Exit code of the process when this error ends it. */
  exit: ExitCode;
  /** HTTP status of an API response for the same error. */
  http: number;
  /** True if the same call may succeed later without any change. */
  retryable: boolean;
}

function spec(exit: ExitCode, http: number, retryable = false): ErrorSpec {
  return { exit, http, retryable };
}

export const ERRORS = {
  INTERNAL: spec(EXIT.internal, 500),
  INTERRUPTED: spec(EXIT.interrupted, 499),
  TERMINATED: spec(EXIT.terminated, 499),

  USAGE: spec(EXIT.usage, 400),
  NODE_RESTRICTED: spec(EXIT.usage, 500),
  REQUEST_INVALID: spec(EXIT.usage, 400),
  COMMAND_NOT_FOUND: spec(EXIT.usage, 404),
  CONFIRMATION_REQUIRED: spec(EXIT.usage, 400),
  FILE_UNREADABLE: spec(EXIT.usage, 400),
  FILE_UNWRITABLE: spec(EXIT.usage, 400),
  PROJECT_INVALID: spec(EXIT.usage, 400),
  PROJECT_NOT_FOUND: spec(EXIT.usage, 404),
  PROJECT_UNTRUSTED: spec(EXIT.usage, 403),
  CONTEXT_MISSING: spec(EXIT.usage, 400),
  CONTEXT_UNKNOWN: spec(EXIT.usage, 404),
  CONTEXT_PROTECTED: spec(EXIT.usage, 403),
  DATABASE_UNKNOWN: spec(EXIT.usage, 404),
  PAIR_UNKNOWN: spec(EXIT.usage, 404),
  ALERT_UNKNOWN: spec(EXIT.usage, 404),
  RUN_UNKNOWN: spec(EXIT.usage, 404),
  CHANGE_UNKNOWN: spec(EXIT.usage, 404),
  EDIT_INVALID: spec(EXIT.usage, 422),
  EDITOR_FAILED: spec(EXIT.usage, 500),
  MAINTENANCE_UNKNOWN: spec(EXIT.usage, 404),
  MAINTENANCE_OVERLAP: spec(EXIT.usage, 409),
  REPORT_INVALID: spec(EXIT.usage, 400),
  SHARDS_MISMATCHED: spec(EXIT.usage, 409),
  REFERENCE_UNRESOLVED: spec(EXIT.usage, 400),
  SECRET_UNAVAILABLE: spec(EXIT.unreachable, 502, true),
  TOKEN_UNAVAILABLE: spec(EXIT.unreachable, 502, true),

  TEMPLATE_UNKNOWN: spec(EXIT.usage, 404),
  TEMPLATE_VALUES: spec(EXIT.usage, 400),
  CONNECTOR_FILE_INVALID: spec(EXIT.invalid, 422),
  VALIDATION_FAILED: spec(EXIT.invalid, 422),
  PREFLIGHT_FAILED: spec(EXIT.invalid, 422),
  RULE_UNKNOWN: spec(EXIT.usage, 404),
  SCHEMA_UNKNOWN: spec(EXIT.usage, 404),

  CONNECT_UNREACHABLE: spec(EXIT.unreachable, 502, true),
  CONNECT_UNAUTHORIZED: spec(EXIT.unreachable, 401),
  CONNECT_BAD_ANSWER: spec(EXIT.unreachable, 502),
  CONNECT_REBALANCING: spec(EXIT.rejected, 409, true),
  CONNECT_REJECTED: spec(EXIT.rejected, 422),
  CONNECT_UNSUPPORTED: spec(EXIT.usage, 501),
  CONNECTOR_NOT_FOUND: spec(EXIT.rejected, 404),
  LOGGER_NOT_FOUND: spec(EXIT.rejected, 404),
  LOGGER_RAISED: spec(EXIT.usage, 409),
  CONNECTOR_EXISTS: spec(EXIT.rejected, 409),
  CONNECTOR_CHANGED: spec(EXIT.rejected, 409, true),
  OPERATION_UNFINISHED: spec(EXIT.rejected, 409),
  GROUP_ACTIVE: spec(EXIT.rejected, 409, true),
  BACKUP_INVALID: spec(EXIT.usage, 400),
  BACKUP_MISMATCHED: spec(EXIT.usage, 409),
  PLAN_INVALID: spec(EXIT.usage, 400),
  PLAN_STALE: spec(EXIT.rejected, 409),
  CONNECTOR_FAILED: spec(EXIT.rejected, 500),
  PLUGIN_NOT_FOUND: spec(EXIT.rejected, 404),
  KAFKA_UNREACHABLE: spec(EXIT.unreachable, 502, true),
  KAFKA_UNAUTHORIZED: spec(EXIT.unreachable, 403),
  METRICS_UNREADABLE: spec(EXIT.unreachable, 502, true),
  KAFKA_REJECTED: spec(EXIT.rejected, 422),
  KAFKA_FENCED: spec(EXIT.rejected, 409),
  TOPIC_NOT_FOUND: spec(EXIT.rejected, 404),
  QUEUE_MISSING: spec(EXIT.usage, 409),
  SINK_NOT_BLOCKED: spec(EXIT.rejected, 409),
  RECORD_UNPROVEN: spec(EXIT.undetermined, 409),
  EXPORT_INVALID: spec(EXIT.usage, 400),

  DATABASE_UNREACHABLE: spec(EXIT.unreachable, 502, true),
  DATABASE_UNAUTHORIZED: spec(EXIT.unreachable, 401),
  DATABASE_REJECTED: spec(EXIT.rejected, 422),
  DATABASE_UNSUPPORTED: spec(EXIT.usage, 501),
  TABLE_NOT_FOUND: spec(EXIT.rejected, 404),
  TABLE_NOT_COMPARABLE: spec(EXIT.rejected, 422),
  ROWS_HIDDEN: spec(EXIT.rejected, 403),
  SOURCE_IS_REPLICA: spec(EXIT.usage, 409),

  SANDBOX_REQUIREMENT: spec(EXIT.usage, 424),
  SANDBOX_UNSUPPORTED: spec(EXIT.usage, 501),
  SANDBOX_CACHE: spec(EXIT.usage, 507),
  SANDBOX_DISK_FULL: spec(EXIT.usage, 507),
  SANDBOX_DOWNLOAD: spec(EXIT.unreachable, 502, true),
  SANDBOX_NOT_RUNNING: spec(EXIT.unreachable, 503),
  SANDBOX_START: spec(EXIT.rejected, 500),

  TIMED_OUT: spec(EXIT.timeout, 504, true),
  PARTIAL: spec(EXIT.partial, 207),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;
