import type { AlertKind, Severity } from '../store/alerts.ts';
import { mostSpecific } from '../text/most-specific.ts';

/** Kinds whose targets are no connectors: clusters, pairs and servers, which may have the same names. */
export const OF_OTHERS: ReadonlySet<AlertKind> = new Set([
  ...(['worker-away', 'kafka-away', 'reconcile', 'reconcile-failed', 'certificate', 'drift'] as const),
]);

export interface AlertRule {
  name: string;
  kind: AlertKind;
  /** Names of what it watches: connectors, or pairs, … A glob. */
  scope: string;
  /** What its kind is compared with, in its unit: ms, records, bytes; null for kinds that need no limit. */
  limit: number | null;
  /** How long it must hold before the alert fires (ms). */
  forMs: number;
  severity: Severity;
  enabled: boolean;
  /** Receivers by name; empty: all. */
  notify: readonly string[];
}

/**
 * The rule of a kind that counts for one target: the most specific one. A rule that is switched off takes part: it switches
 * its targets off.
 * @returns undefined if no rule of the kind has it in its scope, or the one that counts is off
 */
export function ruleFor(rules: readonly AlertRule[], kind: AlertKind, target: string): AlertRule | undefined {
  const ofKind = rules.filter((rule) => rule.kind === kind);
  const best = mostSpecific(ofKind, target, ({ scope }) => scope);
  return best?.enabled ? best : undefined;
}
