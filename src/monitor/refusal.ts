import type { ConnectorStatus } from '../connect/types.ts';
import { maskRowValues } from '../text/row-values.ts';
import { knownHint } from './known-causes.ts';
import { rootCause } from './trace.ts';

/**
 * What a failed sink task says about the record that it was given:
 * - `record`: the target refused a row, for a reason that is in the row.
 * - `unclear`: writing failed, and the cause does not say whether another row would be taken.
 * - `target`: the target would take no row at all: it is away, lacks the table, or does not let the user in.
 * - `conversion`: a converter or a transform refused the record, before the sink was given it.
 * - `other`: it did not fail while it was writing.
 */
export type RefusalKind = 'record' | 'unclear' | 'target' | 'conversion' | 'other';

export interface Refusal {
  kind: RefusalKind;
  /** The innermost cause; row values and credentials are masked. */
  cause: string;
  /** What to do, if the cause is known. */
  hint: string | null;
}

/** @see org.apache.kafka.connect.runtime.WorkerSinkTask */
const OF_PUT = /\bWorkerSinkTask\.deliverMessages\b/;
const OF_CONVERSION = /\bWorkerSinkTask\.(?:convert\w*|transform\w*)\b|Tolerance exceeded in error handler/;

/** By PostgreSQL, MySQL and MariaDB, SQL Server. */
const OF_RECORD: readonly RegExp[] = [
  /violates (?:check|not-null|foreign key|unique|exclusion) constraint/i,
  /Check constraint '[^']*' is violated|CONSTRAINT `[^`]*` failed|conflicted with the (?:CHECK|FOREIGN KEY)/i,
  /foreign key constraint fails|Column '[^']*' cannot be null|Cannot insert the value NULL/i,
  /Duplicate entry|Cannot insert duplicate key|Violation of (?:PRIMARY|UNIQUE) KEY/i,
  /value too long for type|Data too long for column|Data truncat|would be truncated/i,
  /out of range|numeric field overflow|Arithmetic overflow/i,
  /invalid input (?:syntax|value) for|invalid byte sequence|Incorrect [\w ()]{1,40}value|Conversion failed when converting/i,
];

const OF_TARGET: readonly RegExp[] = [
  /password authentication failed|Access denied|Login failed|no password was provided|no pg_hba\.conf entry/i,
  /permission denied|command denied to user|permission was denied|AuthorizationException|Not authorized/i,
  /UnknownHostException|Connection (?:to \S+ )?refused|connection attempt failed|No route to host|Network is unreachable/i,
  /Communications link failure|Connection reset|Broken pipe|Socket closed|An I\/O error|(?:connection|Connection) (?:has been|is|was) closed/,
  /timed? ?out|SocketTimeoutException|Unable to acquire|statement timeout|canceling statement|Query execution was interrupted/i,
  /deadlock|Lock wait timeout|lock timeout|could not obtain lock|could not serialize/i,
  /too many (?:clients|connections)|remaining connection slots|Too many connections/i,
  /terminating connection|shutting down|starting up|Server shutdown in progress|in recovery mode/i,
  /read-only|read only/i,
  /relation "[^"]*" does not exist|Table '[^']*' doesn't exist|Invalid object name|Could not find table/i,
  /column "[^"]*" .*does not exist|Unknown column|Invalid column name|but has fields|Cannot alter table|schema "[^"]*" does not exist/i,
  /database "[^"]*" does not exist|Unknown database|Cannot open database/i,
  /No space left on device|could not extend file|disk full|The table '[^']*' is full/i,
  /PKIX path building failed|unable to find valid certification path|SSLHandshakeException/i,
  /ClassNotFoundException|NoClassDefFoundError|No suitable driver|OutOfMemoryError/i,
];

/** Judges the trace of a failed sink task. Pure. @param secrets values that must not be shown */
export function judgeRefusal(trace: string, secrets: readonly string[] = []): Refusal {
  // What a row holds must not decide.
  const text = maskRowValues(trace);
  const cause = rootCause(text, secrets);
  return { kind: kindOf(text, cause), cause, hint: knownHint(text) ?? null };
}

function kindOf(text: string, cause: string): RefusalKind {
  const isOne = (patterns: readonly RegExp[], of: string) => patterns.some((pattern) => pattern.test(of));
  if (!OF_PUT.test(text)) return OF_CONVERSION.test(text) ? 'conversion' : 'other';
  if (isOne(OF_RECORD, cause)) return 'record';
  // The frames of a trace name classes and methods, which say nothing.
  const messages = text.replaceAll(/^[ \t]+(?:at |\.\.\. ).*$/gm, '');
  if (isOne(OF_TARGET, messages)) return 'target';
  return isOne(OF_RECORD, messages) ? 'record' : 'unclear';
}

/** Graver ones first: if the target is away, that is what to say of a sink. */
const ORDER: readonly RefusalKind[] = ['target', 'other', 'conversion', 'unclear', 'record'];

/**
 * Why a sink's tasks have failed; undefined unless some have. Pure. If it is `record` or `unclear`, the refused record is the
 * next one of some partition that lags, or one of the batch that begins there (`sluice dlq quarantine` finds out which).
 */
export function refusalOf(
  status: Pick<ConnectorStatus, 'tasks'> | null | undefined,
  secrets: readonly string[] = [],
): Refusal | undefined {
  const failed = (status?.tasks ?? []).filter(({ state }) => state === 'FAILED');
  return failed
    .map(({ trace }) => judgeRefusal(trace ?? '', secrets))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))[0];
}
