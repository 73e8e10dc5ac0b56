import { muteOf } from '../alerts/mutes.ts';
import { type AlertRule, OF_OTHERS } from '../alerts/rules.ts';
import { type AlertStep, nextAlerts } from '../alerts/state.ts';
import type { Healer } from '../heal/heal.ts';
import { type Healing, withHealing } from '../heal/verdicts.ts';
import { type AlertStore, changeSummary } from '../store/alerts.ts';
import type { KeptLease, Lease } from '../store/lease.ts';
import type { Reading, Readings } from '../store/readings.ts';
import type { ClusterReport, ClusterWatch } from './cluster.ts';
import { type DriftReading, type DriftWatch, driftVerdict } from './drift.ts';
import type { ServeEventBody } from './events.ts';
import type { Failures } from './failures.ts';
import { healInput } from './heal-input.ts';
import type { DaemonMetrics } from './metrics.ts';
import type { Poller } from './poll.ts';
import type { SchemaKeeper } from './schemas.ts';
import type { ConnectorSnapshot, Snapshot } from './snapshot.ts';
import type { SourceWatch } from './source-watch.ts';
import { storeFailure } from './store-failure.ts';
import { inAnyWindow, inMaintenance, type StoredFacts, storedVerdicts } from './stored.ts';
import { verdictsOf } from './verdicts.ts';

export interface WatchPorts {
  context: string;
  poller: Pick<Poller, 'poll'>;
  readings: Pick<Readings, 'append'>;
  alerts: Pick<AlertStore, 'list' | 'keep' | 'mutes'>;
  rules: readonly AlertRule[];
  /** Names of receivers. */
  receivers: readonly string[];
  /** Read from the store at each round. */
  stored(): StoredFacts;
  cluster: ClusterWatch;
  /** Undefined if nothing is compared with the project. */
  drift?: Pick<DriftWatch, 'latest'> | undefined;
  metrics: DaemonMetrics;
  /** Undefined if healing is off; without the lease another process heals, a view for instance. */
  healing?: { healer: Healer; lease: Pick<KeptLease, 'take'> } | undefined;
  /** Changes of sources' tables; undefined if they are not watched. */
  schemas?: { seen: Pick<SourceWatch, 'take'>; keeper: SchemaKeeper } | undefined;
  emit(body: ServeEventBody): void;
  failures: Failures;
}

/** Readings are kept for plots; alerts, healing and changes of tables need the history. */
export type StoreName = 'readings' | 'history';

/** One context that the daemon watches. */
export class ContextWatch {
  readonly #ports: WatchPorts;
  #latest: Snapshot | undefined;
  /** What was last reported as not readable. */
  #unread = '';
  #drift: DriftReading | undefined;
  readonly #notKept = new Set<StoreName>();
  #healing: ReadonlyMap<string, Healing> | undefined;
  /** By connector, why it was last reported as not watched. */
  readonly #unwatched = new Map<string, string>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  get context(): string {
    return this.#ports.context;
  }

  get cluster(): ClusterReport | undefined {
    return this.#ports.cluster.latest;
  }

  /** Where the last poll could not be kept. */
  get notKept(): readonly StoreName[] {
    return [...this.#notKept];
  }

  /** Where healing stands; undefined if it is off, or nothing was polled yet. */
  get healing(): ReadonlyMap<string, Healing> | undefined {
    return this.#healing;
  }

  /** Undefined if nothing was compared yet, null if nothing is. */
  get drift(): DriftReading | undefined | null {
    return this.#ports.drift === undefined ? null : this.#drift;
  }

  /** The last poll; undefined before the first. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  /**
   * Polls, keeps what it saw, and concludes.
   * @returns false if another process has taken the lease over: nothing was concluded then
   * @throws the signal's reason
   */
  async round(lease: Lease): Promise<boolean> {
    const snapshot = await this.#ports.poller.poll();
    this.#latest = snapshot;
    this.#ports.metrics.observe(snapshot);
    this.#sayUnread(snapshot);
    this.#sayUnwatched(snapshot);
    this.#compareWithProject();
    this.#judgeCluster(snapshot);
    if (snapshot.error === null)
      this.#keep('readings', () =>
        this.#ports.readings.append(this.context, snapshot.at, readingsOf(snapshot.connectors)),
      );
    return this.#keep('history', () => this.#conclude(snapshot, lease)) ?? true;
  }

  /** What differs is reported once, not at each comparison. */
  #compareWithProject(): void {
    const { drift, metrics, emit } = this.#ports;
    const reading = drift?.latest();
    if (reading === undefined) return;
    metrics.showDrift(this.context, reading);
    if (reading === this.#drift) return;
    const textOf = (one: DriftReading | undefined) => JSON.stringify([one?.state, one?.differences, one?.unknown]);
    const isOther = this.#drift === undefined ? reading.state !== 'none' : textOf(reading) !== textOf(this.#drift);
    this.#drift = reading;
    const { state, differences, unknown } = reading;
    if (isOther) emit({ event: 'drift', context: this.context, state, differences, unknown });
  }

  #judgeCluster(snapshot: Snapshot): void {
    const { cluster, metrics, emit } = this.#ports;
    const changed = cluster.observe(snapshot, this.#drift);
    metrics.showCluster(this.context, cluster.latest?.health);
    if (changed === undefined) return;
    const { health, reasons, since } = changed;
    emit({ event: 'cluster', context: this.context, health, reasons, since: new Date(since).toISOString() });
  }

  #conclude(snapshot: Snapshot, lease: Lease): boolean {
    const { alerts, rules, receivers, emit, healing: heals, metrics } = this.#ports;
    if (!this.#keepSchemas(snapshot, lease)) return false;
    const mutes = alerts.mutes(snapshot.at);
    const stored = this.#ports.stored();
    const maintained = inMaintenance(stored.windows, snapshot.at);
    const heal = heals?.healer.consider(healInput(snapshot, stored.windows));
    const healing = heal?.healing ?? new Map<string, Healing>();
    if (heal !== undefined) this.#healing = healing;
    const found = [
      ...verdictsOf(snapshot, rules),
      ...storedVerdicts(stored, rules, snapshot.at),
      driftVerdict(this.drift, rules, this.context, inAnyWindow(stored.windows)),
    ];
    const verdicts = withHealing(found, healing);
    const step: AlertStep = nextAlerts(alerts.list(this.context), verdicts, {
      context: this.context,
      now: snapshot.at,
      isMuted: (alert) =>
        muteOf(mutes, { context: this.context, ...alert }) !== undefined ||
        (!OF_OTHERS.has(alert.kind) && maintained.has(alert.target)),
      // After a start the daemon knows nothing of a worker that is away, but its alerts still hold.
      isUnread: ({ kind, target }) =>
        snapshot.error !== null ||
        snapshot.unreadable.includes(target) ||
        (kind === 'certificate' && snapshot.certificates === null),
    });
    if (!alerts.keep(this.context, step, { lease, receivers })) return false;
    for (const changed of step.changes) {
      const { change, alert } = changed;
      const { context, kind, target, rule, severity, hint } = alert;
      emit({
        ...{ event: 'alert', change, context, kind, target, rule, severity },
        summary: changeSummary(changed),
        hint: change === 'resolved' ? null : hint,
      });
    }
    if (heal !== undefined) {
      metrics.showHealing(this.context, [...healing.values()]);
      const mayHeal = heals?.lease.take();
      if (mayHeal !== undefined) heals?.healer.act(heal.steps, mayHeal);
    }
    return true;
  }

  /** Before the alerts, which are about what is kept. */
  #keepSchemas({ at, connectors, unreadable }: Snapshot, lease: Lease): boolean {
    const { schemas, metrics, emit } = this.#ports;
    if (schemas === undefined) return true;
    const existing = [...connectors.map(({ name }) => name), ...unreadable];
    const changes = schemas.keeper.keep(schemas.seen.take(), existing, { lease, now: at });
    for (const { connector, table, changes: what, consequences } of changes ?? []) {
      metrics.countSchemaChange(this.context, connector);
      emit({ event: 'schema change', context: this.context, connector, table, changes: what, consequences });
    }
    if (changes === undefined) return false;
    metrics.showSchemaChanges(this.context, schemas.keeper.last());
    return true;
  }

  /** A store that is full or read-only must not end the daemon: it goes on watching, and says so. */
  #keep<Result>(store: StoreName, work: () => Result): Result | undefined {
    const { failures, metrics } = this.#ports;
    try {
      const result = work();
      this.#notKept.delete(store);
      return result;
    } catch (error) {
      this.#notKept.add(store);
      failures.report(`${store} of ${this.context}`, storeFailure(error));
      return undefined;
    } finally {
      metrics.showKept(this.context, store, !this.#notKept.has(store));
    }
  }

  #sayUnwatched({ connectors }: Snapshot): void {
    for (const { name, source } of connectors) {
      const reason = source?.reason ?? '';
      if (source === null || this.#unwatched.get(name) === reason) continue;
      if (reason === '') this.#unwatched.delete(name);
      else {
        this.#unwatched.set(name, reason);
        this.#ports.emit({ event: 'not watched', context: this.context, connector: name, reason });
      }
    }
  }

  /** Once when it changes: a worker that is away for an hour is not 360 lines. */
  #sayUnread({ error, failures }: Snapshot): void {
    const errors = error === null ? failures : [error, ...failures];
    const key = JSON.stringify(errors.map(({ code, message }) => [code, message]).sort());
    if (key === this.#unread || (this.#unread === '' && errors.length === 0)) return;
    this.#unread = errors.length === 0 ? '' : key;
    this.#ports.emit({ event: 'readable', context: this.context, errors: [...errors] });
  }
}

function readingsOf(connectors: readonly ConnectorSnapshot[]): Map<string, Reading> {
  return new Map(
    connectors.map(({ name, health, group, lagMs, recordsPerSecond, errorsPerMinute }) => [
      name,
      { health, lagRecords: group?.lag ?? null, lagMs, recordsPerSecond, errorsPerMinute },
    ]),
  );
}
