import type { AlertKind, Severity } from '../store/alerts.ts';
import { globExpression } from '../text/glob.ts';

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
 * The rule of a kind that counts for one target: the most specific one. A name is more specific than a pattern, a pattern
 * with more letters is more specific than one with fewer. Of two alike the later one, as it is written, counts. A rule that
 * is switched off takes part: it switches its targets off.
 * @returns undefined if no rule of the kind has it in its scope, or the one that counts is off
 */
export function ruleFor(rules: readonly AlertRule[], kind: AlertKind, target: string): AlertRule | undefined {
  let best: { rule: AlertRule; rank: readonly [exact: number, letters: number, wildcards: number] } | undefined;
  for (const rule of rules) {
    if (rule.kind !== kind || !isInScope(rule.scope, target)) continue;
    const rank = rankOf(rule.scope, target);
    if (best === undefined || compareRanks(rank, best.rank) >= 0) best = { rule, rank };
  }
  return best?.rule.enabled ? best.rule : undefined;
}

/** A name with `*` or `?` in it may be meant as it stands. */
function isInScope(scope: string, target: string): boolean {
  return scope === target || globExpression(scope).test(target);
}

function rankOf(scope: string, target: string): readonly [number, number, number] {
  const letters = scope.replaceAll(/[*?]/g, '').length;
  return [scope === target ? 1 : 0, letters, -(scope.match(/\*/g)?.length ?? 0)];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
