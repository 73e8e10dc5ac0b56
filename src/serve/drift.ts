import { type AlertRule, ruleFor } from '../alerts/rules.ts';
import type { Verdict } from '../alerts/state.ts';
import { showBroken } from '../connectors/load.ts';
import type { Comparison } from '../deploy/plan.ts';
import { SluiceError } from '../errors/error.ts';
import { firstNames } from '../text/lists.ts';
import { command } from '../text/settings.ts';

/** What differs between a cluster and its project: names, never a value. */
export interface Difference {
  kind: 'connector' | 'topic';
  name: string;
  /** What a deploy would do, or that it would refuse to. */
  action: 'create' | 'update' | 'state' | 'refused';
  /** Settings that differ, `state` too; none if it does not exist. */
  keys: string[];
}

export const DRIFT_STATES = ['none', 'drift', 'unknown'] as const;

/** `unknown`: nothing differs in what could be compared, and something could not. */
export type DriftState = (typeof DRIFT_STATES)[number];

export interface DriftFound {
  state: DriftState;
  differences: Difference[];
  /** What could not be compared, in sentences. */
  unknown: string[];
}

export interface DriftReading extends DriftFound {
  /** ms since 1970 */
  at: number;
}

/** What a comparison says. Pure. A value that the worker masks is no difference, as in a plan; one that is missing here is not known. */
export function driftOf({ loaded, diff, topics }: Pick<Comparison, 'loaded' | 'diff' | 'topics'>): DriftFound {
  const differences = [
    ...diff.changes.flatMap(({ name, action, keys, state }): Difference[] => {
      if (action === 'unchanged') return [];
      const differing = [...keys.map(({ key }) => key), ...(state === null ? [] : ['state'])];
      return [{ kind: 'connector', name, action, keys: action === 'create' ? [] : differing }];
    }),
    ...topics.flatMap(({ name, action, configs, partitions, replicationFactor }): Difference[] => {
      if (action === 'unchanged') return [];
      const counts = [
        ...(partitions === null ? [] : ['partitions']),
        ...(replicationFactor === null ? [] : ['replicationFactor']),
      ];
      const differing = [...counts, ...configs.map(({ key }) => key)];
      return [{ kind: 'topic', name, action, keys: action === 'create' ? [] : differing }];
    }),
  ];
  const unset = diff.changes.flatMap((change) => (change.unset.length === 0 ? [] : change.name));
  return found(differences, [
    ...loaded.broken.map((one) => `${one.file}: ${oneLine(showBroken(one).error.message)}`),
    ...diff.unreadable.map(({ name, error }) => `${name} cannot be read: ${error.message}`),
    ...(unset.length === 0 ? [] : [`Variables are not set for values of ${firstNames(unset, SHOWN)}`]),
  ]);
}

function found(differences: Difference[], unknown: string[]): DriftFound {
  const state = differences.length > 0 ? 'drift' : unknown.length > 0 ? 'unknown' : 'none';
  return { state, differences, unknown };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ');
}

/** Names that a sentence has. */
const SHOWN = 5;

/** `2 connectors and 1 topic differ from the project: orders (batch.size), users (not there), shop.orders (partitions)`. */
export function differencesText(differences: readonly Difference[]): string {
  const counts = (['connector', 'topic'] as const).flatMap((kind) => {
    const { length } = differences.filter((one) => one.kind === kind);
    return length === 0 ? [] : [`${length} ${kind}${length === 1 ? '' : 's'}`];
  });
  const differ = differences.length === 1 ? 'differs' : 'differ';
  const named = differences.map((one) => `${one.name} (${differenceText(one)})`);
  return `${counts.join(' and ')} ${differ} from the project: ${firstNames(named, SHOWN)}`;
}

export function differenceText({ action, keys }: Pick<Difference, 'action' | 'keys'>): string {
  return action === 'create' ? 'not there' : firstNames(keys, SHOWN);
}

/** Why it is not known whether something differs. */
export function unknownText(unknown: readonly string[]): string {
  return `It is not known whether the cluster differs from the project: ${firstNames(unknown, SHOWN)}`;
}

/**
 * What the rules say of it. Pure.
 * @param reading undefined if nothing was compared yet; null if nothing is compared
 * @param inMaintenance connectors that somebody works on: they may differ
 */
export function driftVerdict(
  reading: DriftReading | undefined | null,
  rules: readonly AlertRule[],
  context: string,
  inMaintenance: ReadonlySet<string>,
): Verdict {
  const rule = ruleFor(rules, 'drift', context);
  const about = { kind: 'drift' as const, target: context, rule };
  if (reading === null) return { ...about, active: false, summary: 'It is not compared.', hint: null };
  if (reading === undefined || reading.state === 'unknown')
    return { ...about, active: 'unknown', summary: unknownText(reading?.unknown ?? ['not compared yet']), hint: null };
  if (reading.state === 'none') return { ...about, active: false, summary: 'Nothing differs.', hint: null };
  const left = reading.differences.filter(({ kind, name }) => kind === 'topic' || !inMaintenance.has(name));
  return {
    ...about,
    active: left.length > 0 ? true : 'unknown',
    summary: differencesText(left.length > 0 ? left : reading.differences),
    hint: `See: ${command('plan', { context })}`,
  };
}

export interface DriftPorts {
  /** Compares; a failure means that nothing is known. */
  compare(): Promise<Pick<Comparison, 'loaded' | 'diff' | 'topics'>>;
  now(): number;
  signal: AbortSignal;
  everyMs: number;
}

/** Compares a cluster with the project again and again, beside the polls. */
export class DriftWatch {
  readonly #ports: DriftPorts;
  #last: DriftReading | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(ports: DriftPorts) {
    this.#ports = ports;
  }

  /** What was found last; begins another comparison when it is time, and does not wait for it. */
  latest(): DriftReading | undefined {
    const { now, everyMs } = this.#ports;
    if (this.#running === undefined && Math.abs(now() - this.#beganAt) >= everyMs) {
      this.#beganAt = now();
      this.#running = this.#compare().finally(() => {
        this.#running = undefined;
      });
    }
    return this.#last;
  }

  /** Until what is being compared has been compared. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #compare(): Promise<void> {
    const { compare, now, signal } = this.#ports;
    const at = now();
    try {
      this.#last = { at, ...driftOf(await compare()) };
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof SluiceError ? error.message : 'it could not be compared';
      this.#last = { at, ...found([], [oneLine(message)]) };
    }
  }
}
