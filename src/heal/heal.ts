import { type SluiceError, toSluiceError } from '../errors/error.ts';
import { ERRORS, type ErrorCode } from '../errors/registry.ts';
import type { ConnectorReport } from '../monitor/health.ts';
import { type CauseKind, knownCause } from '../monitor/known-causes.ts';
import { ACCEPTED, NOTHING_FAILED, type RestartClient, restartConnectors } from '../operate/restart.ts';
import type { Clock } from '../ports/clock.ts';
import { silentTracer, type Tracer } from '../ports/tracer.ts';
import type { HealState } from '../store/heal.ts';
import type { Lease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { isHealer } from '../store/who.ts';
import { durationText } from '../text/duration.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { type Act, dueNow, outcomeOf, STALE_MS } from './acts.ts';
import { changedSince, type OtherAct, type OtherActs, type Others } from './others.ts';
import { decide, sentState, UNTOUCHED, unsentState } from './policy.ts';
import type { HealPlan, HealSettings } from './settings.ts';
import { type GiveUp, giveUpText, type Healing } from './verdicts.ts';

/** What is done for a connector, or was. */
export interface HealEvent {
  context: string;
  connector: string;
  /** `skipped`: somebody else acts on it; `given up`: it is for a person. */
  change: 'restarted' | 'not restarted' | 'skipped' | 'runs again' | 'failed again' | 'given up';
  /** Number of the restart since it was last stable. */
  attempt: Count;
  /** Why it had failed, masked. */
  cause: string | null;
  kind: CauseKind | null;
  /** From the restart on (ms). */
  afterMs: Integer | null;
  /** Why it was not restarted, or is not restarted any more, or who has acted. */
  reason: string | null;
  /** What to do. */
  hint: string | null;
}

/** A connector, and what tells whether its configuration has changed (`configMark`); null while it has never failed. */
export type HealReport = ConnectorReport & { configMark: string | null };

/** What a poll says of a cluster. */
export interface HealInput {
  /** ms since 1970 */
  at: number;
  /** As they were read last, if the worker is away. */
  connectors: readonly HealReport[];
  /** Connectors that exist, but that the worker does not show. */
  unreadable: readonly string[];
  /** Not all connectors were asked for: one that is missing may exist. */
  isPartial?: boolean;
  worker: 'away' | 'rebalancing' | 'calm';
  /** Connectors in a maintenance window. */
  inMaintenance: ReadonlySet<string>;
}

export interface HealPorts {
  context: string;
  /** Connect URLs. */
  urls: readonly string[];
  client: RestartClient;
  /** What else is done to its connectors. */
  others: Pick<Others, 'read'>;
  /** Of whom the history says that they restarted it. */
  who: string;
  store: Pick<Store, 'heals' | 'changes'>;
  settings: HealPlan;
  clock: Clock;
  signal: AbortSignal;
  /** Each restart is a span. */
  tracer?: Tracer;
  /** From 0 to 1. */
  random(): number;
  emit(event: HealEvent): void;
  failed(error: SluiceError): void;
}

/** A restart of this age no longer counts against `perDay` (ms). */
const DAY_MS = 24 * 3_600_000;
const SEND_MS = 30_000;
/** Restarts of one connector that are looked through for those of the last day. */
const MANY = 1_000;

/**
 * Restarts what has failed in one cluster. What is decided is kept before it is done, if this process still holds the lease:
 * one that is killed in between makes one restart more, never none.
 */
export class Healer {
  readonly #ports: HealPorts;
  readonly #cluster: string;
  readonly #acts = new Map<string, Act>();
  /** When a restart was last seen to help, by cause. */
  readonly #ranAt = new Map<string, number>();
  /** Connectors that were given up, why, and since when they run all the same (ms since 1970). */
  readonly #givenUp = new Map<string, { why: GiveUp; runningSince: number | null }>();
  /** Why connectors were skipped last. */
  readonly #left = new Map<string, string>();
  readonly #sending = new Set<Promise<void>>();
  #wasCalm = false;

  constructor(ports: HealPorts) {
    this.#ports = ports;
    this.#cluster = ports.urls[0] ?? ports.context;
  }

  /** @returns where it stands with each connector that is not simply well, and what is to be done: for `act` */
  consider(input: HealInput): { healing: Map<string, Healing>; steps: HealSteps } {
    const { at, worker } = input;
    const healing = new Map<string, Healing>();
    const steps: HealSteps = { at, states: new Map(), restarts: [] };
    // A worker that has just come back starts its tasks by itself.
    const others = this.#ports.others.read();
    const mayAct = worker === 'calm' && this.#wasCalm && others !== undefined;
    this.#wasCalm = worker === 'calm';
    if (worker === 'away') return { healing, steps };
    const states = this.#ports.store.heals.list(this.#cluster);
    this.#settle(input, others);
    const due: Restart[] = [];
    for (const report of input.connectors) {
      const decided = this.#decide(report, states.get(report.name) ?? UNTOUCHED, input);
      const other = decided.restart === undefined ? undefined : others?.now(report.name);
      if (decided.restart === undefined) {
        if (!this.#acts.has(report.name)) this.#left.delete(report.name);
      } else if (other === undefined) due.push(decided.restart);
      else this.#leave(report, other, decided.restart);
      if (decided.healing !== undefined) healing.set(report.name, { ...decided.healing, left: other?.what ?? null });
      if (decided.state !== undefined) steps.states.set(report.name, decided.state);
    }
    const names = new Set([...input.unreadable, ...input.connectors.map(({ name }) => name)]);
    // One that is created again under that name begins again.
    const gone = input.isPartial ? [] : [...states.keys()].filter((name) => !names.has(name));
    for (const name of gone) steps.states.set(name, UNTOUCHED);
    for (const known of [this.#givenUp, this.#left])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    if (mayAct) {
      const times = due.map(({ name, cause, before }) => ({ name, cause, lastAt: before.lastAt }));
      const now = dueNow(times, [...this.#acts.values()], this.#ranAt, at);
      steps.restarts.push(...due.filter(({ name }) => now.has(name)));
    }
    return { healing, steps };
  }

  #decide(
    report: HealReport,
    before: HealState,
    { at, inMaintenance }: HealInput,
  ): { healing?: Omit<Healing, 'left'>; restart?: Restart; state?: HealState } {
    const { name } = report;
    const { failed, running, handsOff, busy } = seenOf(report, inMaintenance);
    const settings = this.#ports.settings(name);
    if (handsOff || !settings.enabled) {
      this.#givenUp.delete(name);
      return {};
    }
    const { cause, kind, text } = causesOf(report);
    const act = this.#acts.get(name);
    const { restarts } = before;
    // Until the outcome of the last restart is known no other is made.
    if (act !== undefined && failed) return { healing: { stage: 'trying', kind, restarts, nextAt: null, why: null } };
    const time = { now: at, today: () => this.#today(name, at) };
    const { decision, state } = decide(before, { failed, kind, running }, settings, time);
    if (decision.act === 'give up') this.#giveUp(report, decision.why, restarts, { text, kind });
    else if (failed) this.#givenUp.delete(name);
    const changed = isSame(before, state) ? {} : { state };
    switch (decision.act) {
      case 'nothing': {
        const given = this.#givenUp.get(name);
        if (given !== undefined) given.runningSince = running ? Math.min(given.runningSince ?? at, at) : null;
        const since = given === undefined ? state.runningSince : given.runningSince;
        const isConfirmed = since !== null && at - since >= settings.confirmMs;
        if (isConfirmed) this.#givenUp.delete(name);
        if ((state.restarts === 0 && given === undefined) || isConfirmed) return changed;
        return { ...changed, healing: { stage: 'watching', kind, restarts, nextAt: null, why: null } };
      }
      case 'give up':
        return { ...changed, healing: { stage: 'given up', kind, restarts, nextAt: null, why: decision.why } };
      case 'wait':
        return { ...changed, healing: { stage: 'trying', kind, restarts, nextAt: decision.until, why: null } };
      case 'restart': {
        const healing = { stage: 'trying', kind, restarts, nextAt: at, why: null } as const;
        return busy
          ? { healing }
          : { healing, restart: { ...{ name, report, before, state }, ...{ settings, cause, kind, text } } };
      }
    }
  }

  /** Keeps what was decided, and sends the restarts in the background, unless another process has taken over. */
  act({ at, states, restarts }: HealSteps, lease: Lease): void {
    const kept = new Map([...states, ...restarts.map(({ name, state }) => [name, state] as const)]);
    if (kept.size > 0 && !this.#ports.store.heals.keep(this.#cluster, kept, lease)) return;
    for (const one of restarts) {
      const sending = this.#restart(one, at, lease)
        .catch((error: unknown) => {
          if (!this.#ports.signal.aborted) this.#ports.failed(toSluiceError(error));
        })
        .finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  /** Waits for what is being sent; of restarts whose outcome is not known yet, the history says so. */
  async end(): Promise<void> {
    await Promise.all(this.#sending);
    try {
      for (const [name, act] of this.#acts) this.#finish(name, act.change, 'restarted, outcome not awaited');
    } catch (error) {
      this.#ports.failed(toSluiceError(error));
    }
    this.#acts.clear();
  }

  async #restart(restart: Restart, at: number, lease: Lease): Promise<void> {
    const { name, report, before, state, settings, cause, kind, text } = restart;
    const { context, client, store, clock, signal, tracer = silentTracer, random, emit } = this.#ports;
    const act = {
      ...{ attempt: state.restarts, at, cause, traces: tracesOf(report), configMark: report.configMark },
      ...{ moved: false, runningSince: null },
    };
    // Until it is answered, no other is made.
    this.#acts.set(name, { ...act, sending: true, change: null });
    let change: number | null = null;
    let other: OtherAct | undefined;
    const attributes = {
      ...{ 'sluice.context': context, 'sluice.connector': name },
      ...{ 'sluice.heal.attempt': state.restarts, 'sluice.heal.kind': kind ?? 'unknown' },
    };
    try {
      const { results } = await tracer.span('heal', attributes, async (span) => {
        const report = await restartConnectors([name], context, client, {
          ...{ onlyFailed: true, onlyTasks: false, wait: false, timeoutMs: SEND_MS, clock, signal },
          refuse: (live) => {
            const changed = changedSince(restart.report, live);
            other = changed === undefined ? this.#ports.others.read()?.now(name) : { what: changed, hint: null };
            if (other !== undefined) return other.what;
            // One that cannot be recorded is not made: it would not be counted.
            const begun = { at: new Date(at).toISOString(), who: this.#ports.who, verb: 'restart' as const, context };
            change = store.changes.begin(begun, [name]);
            return undefined;
          },
        });
        const failure = report.results[0]?.error;
        if (failure != null) span.fail(failure.code);
        return report;
      });
      const { error = null, outcome = null } = results[0] ?? {};
      const now = clock.now().getTime();
      const wasSent = error === null && outcome?.startsWith(ACCEPTED) === true;
      if (wasSent) this.#acts.set(name, { ...act, sending: false, change });
      else this.#acts.delete(name);
      if (!wasSent && change !== null) this.#finish(name, change, 'failed', error?.code ?? null);
      if (!wasSent && error === null) {
        // Nothing was done, so nothing is counted, and the next round decides again.
        const what = outcome === NOTHING_FAILED ? 'nothing of it has failed any more' : `it ${outcome}`;
        this.#leave(report, other ?? { what, hint: null }, restart);
        store.heals.keep(this.#cluster, new Map([[name, before]]), lease);
        return;
      }
      this.#left.delete(name);
      emit({
        ...{ context, connector: name, attempt: state.restarts, cause: text, kind, afterMs: null },
        ...(error === null
          ? { change: 'restarted', reason: null, hint: null }
          : { change: 'not restarted', reason: error.message, hint: error.hint ?? null }),
      });
      const kept = (wasSent ? sentState : unsentState)(state, settings, now, random());
      store.heals.keep(this.#cluster, new Map([[name, kept]]), lease);
    } catch (error) {
      // Of an interruption it is not known whether it was sent; `end` says so. Otherwise nothing would ever be done again.
      if (this.#acts.get(name)?.sending === true) {
        if (signal.aborted) this.#acts.set(name, { ...act, sending: true, change });
        else this.#acts.delete(name);
      }
      throw error;
    }
  }

  /** Says once that it is, and why. */
  #leave({ name }: ConnectorReport, { what, hint }: OtherAct, { state, kind, text }: Restart): void {
    const isKnown = this.#left.get(name) === what;
    this.#left.set(name, what);
    if (isKnown) return;
    const { context, emit } = this.#ports;
    const about = { context, connector: name, attempt: state.restarts, cause: text, kind, afterMs: null };
    emit({ ...about, change: 'skipped', reason: what, hint });
  }

  /** Looks what came of restarts. */
  #settle({ at, connectors, unreadable, inMaintenance }: HealInput, others: OtherActs | undefined): void {
    const { context, settings, emit } = this.#ports;
    if (this.#acts.size === 0) return;
    const reports = new Map(connectors.map((report) => [report.name, report]));
    const sinceThen = others?.since(Math.min(...[...this.#acts.values()].map((act) => act.at)));
    for (const [name, before] of this.#acts) {
      const report = reports.get(name);
      if (report === undefined && unreadable.includes(name)) continue;
      const seen = report === undefined ? GONE : { ...seenOf(report, inMaintenance), traces: tracesOf(report) };
      const { outcome, act } = outcomeOf(before, seen, { now: at, confirmMs: settings(name).confirmMs });
      this.#acts.set(name, act);
      // What came of it is then what came of that.
      const other = act.sending ? undefined : (sinceThen?.(name, act.at) ?? changedConfig(act, report));
      if (other !== undefined) {
        this.#acts.delete(name);
        this.#finish(name, act.change, `restarted; meanwhile ${other.what}`);
        const about = { context, connector: name, attempt: act.attempt, cause: null, kind: null, afterMs: null };
        emit({ ...about, change: 'skipped', reason: other.what, hint: other.hint });
        continue;
      }
      if (act.cause !== null && act.runningSince !== null && at - act.at >= STALE_MS) this.#ranAt.set(act.cause, at);
      if (outcome === 'pending') continue;
      this.#acts.delete(name);
      if (outcome === 'not known' || report === undefined) {
        this.#finish(name, act.change, 'restarted; it was paused, stopped or deleted meanwhile');
        continue;
      }
      const hasFailed = outcome === 'failed again';
      const afterMs = (hasFailed ? at : (act.runningSince ?? at)) - act.at;
      const after = durationText(Math.round(afterMs / 1000) * 1000);
      if (hasFailed) this.#finish(name, act.change, `restarted, and failed again after ${after}`, 'CONNECTOR_FAILED');
      else this.#finish(name, act.change, `restarted, and runs after ${after}`);
      const { text, kind } = causesOf(report);
      emit({
        ...{ context, connector: name, change: outcome, attempt: act.attempt, afterMs, reason: null },
        ...(hasFailed ? { cause: text, kind, hint: report.hint } : { cause: null, kind: null, hint: null }),
      });
    }
  }

  #giveUp(
    { name, hint }: ConnectorReport,
    why: GiveUp,
    attempt: number,
    { text, kind }: Pick<Restart, 'text' | 'kind'>,
  ) {
    const known = this.#givenUp.get(name)?.why === why;
    this.#givenUp.set(name, { why, runningSince: null });
    if (known) return;
    const { context, emit } = this.#ports;
    emit({
      ...{ context, connector: name, change: 'given up', attempt, afterMs: null, cause: text, kind, hint },
      reason: giveUpText(why, attempt),
    });
  }

  /** How often it was restarted in the last 24 hours: that is in the history, also if it did not help. */
  #today(name: string, now: number): number {
    const { store, context } = this.#ports;
    const restarts = store.changes.list({ verb: 'restart', connector: name, context, limit: MANY });
    return restarts.filter(({ who, at }) => isHealer(who) && now - Date.parse(at) < DAY_MS).length;
  }

  #finish(name: string, change: number | null, outcome: string, error: ErrorCode | null = null): void {
    if (change === null) return;
    this.#ports.store.changes.finish(change, {
      ...{ connectors: [{ name, outcome, error }], topics: [], tables: [], loggers: [], alerts: [] },
      ...{ exitCode: error === null ? 0 : ERRORS[error].exit, error: null },
    });
  }
}

/** A restart that is due. */
interface Restart {
  name: string;
  report: HealReport;
  before: HealState;
  /** To be kept before it is sent. */
  state: HealState;
  settings: HealSettings;
  /** Id of the known cause; null if it is not known. */
  cause: string | null;
  kind: CauseKind;
  /** Why it has failed, in words. */
  text: string | null;
}

/** What one reading leads to. */
export interface HealSteps {
  /** ms since 1970 */
  at: number;
  states: Map<string, HealState>;
  restarts: Restart[];
}

/** Somebody has changed it since its restart, from wherever. */
function changedConfig({ configMark: before }: Act, report: HealReport | undefined): OtherAct | undefined {
  const now = report?.configMark ?? null;
  return before === null || now === null || now === before
    ? undefined
    : { what: 'its configuration was changed', hint: null };
}

const GONE = { failed: false, running: false, handsOff: true, traces: '' };

function seenOf({ name, state, taskList }: ConnectorReport, inMaintenance: ReadonlySet<string>) {
  const states = [state, ...taskList.map((task) => task.state)];
  return {
    failed: states.includes('FAILED'),
    running: taskList.length > 0 && states.every((one) => one === 'RUNNING'),
    /** Somebody else has it in hand, or there is nothing to restart. */
    handsOff: state === null || state === 'PAUSED' || state === 'STOPPED' || inMaintenance.has(name),
    /** The worker starts it at this moment. */
    busy: states.includes('RESTARTING') || state === 'UNASSIGNED',
  };
}

/** Of several causes the gravest one: while one task needs a person, restarts of the others only hide that. */
const GRAVITY: readonly CauseKind[] = ['permanent', 'unknown', 'transient'];

function causesOf({ state, cause, trace, taskList }: ConnectorReport): Pick<Restart, 'cause' | 'kind' | 'text'> {
  const own = state === 'FAILED' ? [{ cause, trace }] : [];
  const [gravest] = [...own, ...taskList.filter((task) => task.state === 'FAILED')]
    .map((part) => {
      const known = knownCause(part.trace ?? '');
      return { cause: known?.id ?? null, kind: known?.kind ?? ('unknown' as const), text: part.cause };
    })
    .sort((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind));
  return gravest ?? { cause: null, kind: 'unknown', text: null };
}

function tracesOf({ trace, taskList }: ConnectorReport): string {
  return JSON.stringify([trace, ...taskList.map((task) => task.trace)]);
}

function isSame(a: HealState, b: HealState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
