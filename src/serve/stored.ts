import { type AlertRule, ruleFor } from '../alerts/rules.ts';
import type { Verdict } from '../alerts/state.ts';
import type { ReconcileRun } from '../store/comparisons.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import type { SchemaChangeSeen } from '../store/schema-changes.ts';
import { isoSeconds } from '../text/iso-seconds.ts';
import { command } from '../text/settings.ts';

/** What the store knows of a context besides its readings. */
export interface StoredFacts {
  /** Open maintenance windows of the cluster. */
  windows: readonly KeptWindow[];
  /** The last comparison of each pair whose context it is. */
  comparisons: readonly ReconcileRun[];
  /** Changes of sources' tables, in the order in which they were seen. */
  schemaChanges: readonly SchemaChangeSeen[];
  /** How the last scheduled run of each pair ended in this process. */
  runs: readonly PairOutcome[];
}

export interface PairOutcome {
  pair: string;
  /** Why there was no comparison; null if there was one, undefined before the first run has ended. */
  failure: string | null | undefined;
}

/**
 * The last comparison of each pair that belongs to a context: that it names, or for the first context one that names none.
 * @param runs the latest first
 */
export function latestOfPairs(
  runs: readonly ReconcileRun[],
  pairs: Readonly<Record<string, { context?: string }>>,
  context: string,
  isFirst: boolean,
): ReconcileRun[] {
  return pairsOf(pairs, context, isFirst).flatMap((name) => runs.find((run) => run.pair === name) ?? []);
}

/** The pairs that belong to a context. */
export function pairsOf(
  pairs: Readonly<Record<string, { context?: string }>>,
  context: string,
  isFirst: boolean,
): string[] {
  return Object.entries(pairs)
    .filter(([, pair]) => pair.context === context || (pair.context === undefined && isFirst))
    .map(([name]) => name);
}

/** What the rules say of it. Pure. @param now ms since 1970 */
export function storedVerdicts(
  { windows, comparisons, schemaChanges, runs }: StoredFacts,
  rules: readonly AlertRule[],
  now: number,
): Verdict[] {
  const inWindows = windows.flatMap((window) =>
    window.connectors.flatMap(({ name, outcome }) => (outcome === null ? [{ window, name }] : [])),
  );
  return [
    ...inWindows.map(
      ({ window, name }): Verdict => ({
        kind: 'maintenance-overdue',
        target: name,
        rule: ruleFor(rules, 'maintenance-overdue', name),
        active: Date.parse(window.until) < now,
        summary: `Its maintenance window (${window.reason}) was to end at ${isoSeconds(window.until)}`,
        hint: `Bring the former state back: ${command(`maintenance end ${window.id}`)}`,
      }),
    ),
    ...runs.map(
      ({ pair, failure }): Verdict => ({
        kind: 'reconcile-failed',
        target: pair,
        rule: ruleFor(rules, 'reconcile-failed', pair),
        active: failure === undefined ? 'unknown' : failure !== null,
        summary: `It could not be compared: ${failure ?? ''}`,
        hint: `Try: ${command(`reconcile`, { pair })}`,
      }),
    ),
    ...comparisons.flatMap((comparison): Verdict[] => {
      const { pair, at, id } = comparison;
      if (pair === null) return [];
      return [
        {
          ...{ kind: 'reconcile', target: pair, rule: ruleFor(rules, 'reconcile', pair) },
          active: differs(comparison),
          summary: `The comparison of ${isoSeconds(at)} found differences`,
          hint: `See: ${command(`reconcile history`)} (run ${id})`,
        },
      ];
    }),
    ...schemaVerdicts(schemaChanges, rules, now),
  ];
}

/**
 * Whether tables differ, those that the run has repaired as they were afterwards. Of a table without a verdict nothing is
 * known: what was found before still holds, unless another table differs.
 */
function differs({ verdict, tables, repair }: ReconcileRun): Verdict['active'] {
  const verdicts = tables.map(
    (table) => repair?.tables?.find((one) => one.table === table.target)?.after ?? table.verdict,
  );
  const known = verdicts.length > 0 ? verdicts : [verdict];
  if (known.includes('different')) return true;
  return known.every((one) => one === 'equal') ? false : 'unknown';
}

/** A change is a moment: its alert lasts for the limit of its rule. */
function schemaVerdicts(changes: readonly SchemaChangeSeen[], rules: readonly AlertRule[], now: number): Verdict[] {
  return [...Map.groupBy(changes, ({ connector }) => connector)].map(([connector, all]): Verdict => {
    const rule = ruleFor(rules, 'schema-change', connector);
    // A clock that was ahead must not make it last for ever.
    const recent = all.filter(({ seenAt }) => Math.abs(now - seenAt) < (rule?.limit ?? 0));
    const last = recent.at(-1);
    const more = recent.length - 1;
    return {
      kind: 'schema-change',
      target: connector,
      rule,
      active: last !== undefined,
      summary:
        last === undefined
          ? 'Its tables have not changed for some time.'
          : [schemaChangeText(last), more > 0 ? `(${more} more before that)` : '']
              .filter((part) => part !== '')
              .join(' '),
      hint: `See: ${command('history')}`,
      ...(last === undefined ? {} : { since: last.seenAt }),
    };
  });
}

/** In a sentence for each sink. */
function schemaChangeText({ table, changes, consequences }: SchemaChangeSeen): string {
  const sinks = consequences.map(({ sink, text }) => `${sink}: ${text}`);
  return [
    `${table}: ${changes.join('; ')}.`,
    ...(sinks.length === 0 ? ['No sink of this cluster reads it.'] : sinks),
  ].join(' ');
}

/** Since when changes matter to the rules (ms since 1970). */
export function schemaChangesSince(rules: readonly AlertRule[], now: number): number {
  const limits = rules.filter(({ kind }) => kind === 'schema-change').map(({ limit }) => limit ?? 0);
  return now - Math.max(0, ...limits);
}

/** Connectors in a window that is not overdue: their receivers are not notified. */
export function inMaintenance(windows: readonly KeptWindow[], now: number): Set<string> {
  return inAnyWindow(windows.filter(({ until }) => Date.parse(until) >= now));
}

/** Those in a window that is overdue, too: somebody still works on them. */
export function inAnyWindow(windows: readonly KeptWindow[]): Set<string> {
  return new Set(
    windows.flatMap(({ connectors }) => connectors.flatMap(({ name, outcome }) => (outcome === null ? [name] : []))),
  );
}
