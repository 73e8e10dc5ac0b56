import type { ConnectorStatus } from '../connect/types.ts';
import { maskRowValues } from '../text/row-values.ts';
import { type KnownCause, knownCause, OF_PUT } from './known-causes.ts';
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

const OF_CONVERSION = /\bWorkerSinkTask\.(?:convert\w*|transform\w*)\b|Tolerance exceeded in error handler/;

/** Judges the trace of a failed sink task. Pure. @param secrets values that must not be shown */
export function judgeRefusal(trace: string, secrets: readonly string[] = []): Refusal {
  // What a row holds must not decide.
  const text = maskRowValues(trace);
  const known = knownCause(text);
  return { kind: kindOf(text, known), cause: rootCause(text, secrets), hint: known?.hint ?? null };
}

function kindOf(text: string, known: KnownCause | undefined): RefusalKind {
  if (!OF_PUT.test(text)) return OF_CONVERSION.test(text) ? 'conversion' : 'other';
  if (known?.about === 'record') return 'record';
  return known?.about === undefined ? 'unclear' : 'target';
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
