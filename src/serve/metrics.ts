import { Counter, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../errors/registry.ts';
import type { HealEvent } from '../heal/heal.ts';
import type { Healing } from '../heal/verdicts.ts';
import { CLUSTER_HEALTHS, type ClusterHealth } from '../monitor/cluster-health.ts';
import { HEALTHS } from '../monitor/health.ts';
import type { SourceLog } from '../monitor/source-reading.ts';
import { type Alert, SEVERITIES } from '../store/alerts.ts';
import { visible } from '../text/visible.ts';
import { DRIFT_STATES, type DriftReading } from './drift.ts';
import { PassingSeries, Series } from './series.ts';
import type { ConnectorSnapshot, Snapshot } from './snapshot.ts';

/** Connectors with series of their own, in one context: beyond that a server of metrics would suffer more than it learns. */
const MAX_CONNECTORS = 5_000;

/**
 * What the daemon knows, as metrics; docs/metrics.md lists them. What is not known has no series: a zero would be wrong.
 * Labels are contexts, names of connectors and words of sluice, never an error or a value.
 */
export class DaemonMetrics {
  readonly #registry = new Registry();
  readonly #gauges: { text(): string }[] = [];
  readonly #up = this.#gauge('cluster_up', '1 if the Connect cluster answered the last poll, else 0.', ['context']);
  readonly #cluster = this.#gauge('cluster_health', '1 for the health that the cluster has.', ['context', 'health']);
  readonly #drift = this.#gauge('drift', '1 for what is known of differences between the cluster and its project.', [
    'context',
    'state',
  ]);
  readonly #differing = this.#gauge('drift_differences', 'What differs between the cluster and its project.', [
    'context',
    'kind',
  ]);
  readonly #comparedAt = this.#gauge(
    'drift_compared_timestamp_seconds',
    'When the cluster was compared with its project last.',
    ['context'],
  );
  readonly #workers = this.#gauge('cluster_workers', 'Workers that run a connector or a task.', ['context']);
  readonly #rebalancing = this.#gauge('cluster_rebalancing', '1 while the cluster rebalances.', ['context']);
  readonly #count = this.#gauge('connectors', 'Connectors by health.', ['context', 'health']);
  readonly #unlabelled = this.#gauge(
    'connectors_without_series',
    'Connectors beyond the number that have series of their own.',
    ['context'],
  );
  readonly #health = this.#ofConnectors('connector_health', '1 for the health that the connector has.', [
    'context',
    'connector',
    'type',
    'health',
  ]);
  readonly #tasks = this.#ofConnectors('connector_tasks', 'Tasks by state.', ['context', 'connector', 'state']);
  readonly #lagRecords = this.#ofConnectors('connector_lag_records', 'Records that wait for a sink.', [
    'context',
    'connector',
  ]);
  readonly #lagSeconds = this.#ofConnectors(
    'connector_lag_seconds',
    'How long the oldest record that is not processed has waited, or how far a source is behind its database.',
    ['context', 'connector'],
  );
  readonly #rate = this.#ofConnectors(
    'connector_records_per_second',
    'Records processed, between the last two polls.',
    ['context', 'connector'],
  );
  readonly #errors = this.#ofConnectors('connector_errors_per_minute', 'Records that failed in the last minute.', [
    'context',
    'connector',
  ]);
  readonly #deadLetters = this.#ofConnectors('connector_dead_letters', 'Records in the dead letter queue.', [
    'context',
    'connector',
  ]);
  readonly #slotActive = this.#ofConnectors('slot_active', '1 if the replication slot of a source is being read.', [
    'context',
    'connector',
  ]);
  readonly #slotRetained = this.#ofConnectors(
    'slot_retained_bytes',
    'WAL that the server retains for the slot of a source.',
    ['context', 'connector'],
  );
  readonly #slotSafe = this.#ofConnectors(
    'slot_safe_bytes',
    'WAL that can be written before the server gives up the slot of a source.',
    ['context', 'connector'],
  );
  readonly #slotStatus = this.#ofConnectors('slot_status', '1 for the wal_status that the slot of a source has.', [
    'context',
    'connector',
    'status',
  ]);
  readonly #behindBytes = this.#ofConnectors(
    'source_behind_bytes',
    "The database's log after what a source has confirmed or committed.",
    ['context', 'connector'],
  );
  readonly #behindFiles = this.#ofConnectors(
    'source_behind_files',
    'Files of the binary log after the one that a source has committed.',
    ['context', 'connector'],
  );
  readonly #capture = this.#ofConnectors(
    'source_capture_latency_seconds',
    "How long the database's own change data capture took to see its last change.",
    ['context', 'connector'],
  );
  readonly #heartbeat = this.#ofConnectors(
    'source_last_heartbeat_timestamp_seconds',
    'When the last heartbeat of a source was written.',
    ['context', 'connector'],
  );
  readonly #lastSchemaChange = this.#ofConnectors(
    'source_last_schema_change_timestamp_seconds',
    "When a change of a source's tables was last seen.",
    ['context', 'connector'],
  );
  readonly #certificates = this.#gauge('certificate_end_timestamp_seconds', 'When the certificate of a server ends.', [
    'context',
    'address',
  ]);
  readonly #schemaChanges = this.#counter('schema_changes_total', "Changes of the columns of a source's tables.", [
    'context',
    'connector',
  ]);
  readonly #alerts = this.#gauge('alerts', 'Alerts that fire, by severity.', ['context', 'severity']);
  readonly #waiting = this.#gauge('alert_notices_waiting', 'Notices that wait to be delivered.', []);
  readonly #notices = this.#counter('alert_notices_total', 'Notices by receiver and outcome.', ['receiver', 'outcome']);
  readonly #heals = this.#counter('heal_restarts_total', 'Restarts by healing, by the kind of the cause.', [
    'context',
    'kind',
  ]);
  readonly #outcomes = this.#counter('heal_outcomes_total', 'What came of restarts by healing.', [
    'context',
    'outcome',
  ]);
  readonly #healing = this.#gauge('heal_connectors', 'Connectors that are being healed, or were given up.', [
    'context',
    'stage',
  ]);
  readonly #kept = this.#gauge('store_kept', '1 if what the last poll brought could be kept.', ['context', 'store']);
  readonly #ownFailures = this.#counter('failures_total', 'Failures of the daemon itself, by error code.', ['code']);
  readonly #failures = this.#counter('poll_failures_total', 'What could not be read in a poll, by error code.', [
    'context',
    'code',
  ]);
  readonly #polls = new Histogram({
    name: 'sluice_poll_duration_seconds',
    help: 'How long a poll of a context took.',
    labelNames: ['context'] as const,
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.#registry],
  });
  readonly #leader = this.#gauge('leader', '1 if this process acts, 0 if it stands by for another.', []);
  readonly #lastPoll = this.#gauge('last_poll_timestamp_seconds', 'When the context was polled last.', ['context']);

  constructor(version: string) {
    this.#leader.set({}, 0);
    this.#waiting.set({}, 0);
    this.#gauge('build_info', '1, with the version as a label.', ['version']).set({ version }, 1);
  }

  /** Replaces what is known of a context. */
  observe(snapshot: Snapshot): void {
    const { context, error, at, tookMs, failures } = snapshot;
    this.#seen.add(context);
    this.#up.set({ context }, error === null ? 1 : 0);
    this.#lastPoll.set({ context }, at / 1000);
    this.#polls.observe({ context }, tookMs / 1000);
    for (const { code } of error === null ? failures : [error, ...failures]) this.#failures.inc({ context, code });
    this.#forget(context);
    for (const { address, endsAt } of snapshot.certificates ?? [])
      if (endsAt !== null) this.#certificates.set({ context, address }, endsAt / 1000);
    this.#addresses.set(
      context,
      (snapshot.certificates ?? []).map(({ address }) => address),
    );
    // Of a worker that is away the last readings would pass for current ones.
    if (error !== null) return;
    if (snapshot.workers !== null) this.#workers.set({ context }, snapshot.workers);
    if (snapshot.rebalancing !== null) this.#rebalancing.set({ context }, Number(snapshot.rebalancing));
    const { connectors } = snapshot;
    this.#expectSchemaChanges(context, connectors.slice(0, MAX_CONNECTORS), snapshot.unreadable);
    for (const health of HEALTHS)
      this.#count.set({ context, health }, connectors.filter((one) => one.health === health).length);
    this.#unlabelled.set({ context }, Math.max(0, connectors.length - MAX_CONNECTORS));
    this.#shown.set(context, connectors.slice(0, MAX_CONNECTORS));
  }

  showCluster(context: string, current: ClusterHealth | undefined): void {
    for (const health of CLUSTER_HEALTHS) {
      if (current === health) this.#cluster.set({ context, health }, 1);
      else this.#cluster.remove({ context, health });
    }
  }

  showDrift(context: string, { at, state: current, differences }: DriftReading): void {
    this.#seen.add(context);
    this.#comparedAt.set({ context }, at / 1000);
    for (const state of DRIFT_STATES) {
      if (state === current) this.#drift.set({ context, state }, 1);
      else this.#drift.remove({ context, state });
    }
    for (const kind of ['connector', 'topic'] as const) {
      const { length } = differences.filter((one) => one.kind === kind);
      // Of what could not be compared a zero would be wrong.
      if (current === 'unknown') this.#differing.remove({ context, kind });
      else this.#differing.set({ context, kind }, length);
    }
  }

  /** @param alerts of every context */
  showAlerts(contexts: readonly string[], alerts: readonly Alert[], waiting: number): void {
    this.#alerts.reset();
    for (const context of contexts)
      for (const severity of SEVERITIES)
        this.#alerts.set(
          { context, severity },
          alerts.filter((one) => one.context === context && one.severity === severity && one.status === 'firing')
            .length,
        );
    this.#waiting.set({}, waiting);
  }

  showKept(context: string, store: 'readings' | 'history', isKept: boolean): void {
    this.#kept.set({ context, store }, Number(isKept));
  }

  countFailure(code: ErrorCode): void {
    this.#ownFailures.inc({ code });
  }

  countSchemaChange(context: string, connector: string): void {
    this.#schemaChanges.inc({ context, connector: visible(connector) });
  }

  /** @param last by connector (ms since 1970) */
  showSchemaChanges(context: string, last: ReadonlyMap<string, number>): void {
    this.#lastChanges.set(context, last);
  }

  /** A counter that begins at 1 has not grown, for whoever scrapes it. */
  expectReceivers(receivers: Iterable<string>): void {
    for (const receiver of receivers)
      for (const outcome of ['delivered', 'failed', 'given up']) this.#notices.inc({ receiver, outcome }, 0);
  }

  countNotice(receiver: string, outcome: 'delivered' | 'failed' | 'given up'): void {
    this.#notices.inc({ receiver, outcome });
  }

  countHeal({ context, change, kind }: HealEvent): void {
    if (change === 'restarted') this.#heals.inc({ context, kind: kind ?? 'unknown' });
    else if (change !== 'given up' && change !== 'skipped')
      this.#outcomes.inc({ context, outcome: change.replace(' ', '_') });
  }

  showHealing(context: string, healing: readonly Healing[]): void {
    for (const kind of ['transient', 'unknown']) this.#heals.inc({ context, kind }, 0);
    for (const outcome of ['runs_again', 'failed_again', 'not_restarted']) this.#outcomes.inc({ context, outcome }, 0);
    for (const stage of STAGES) {
      const here = healing.filter((one) => one.stage === stage);
      this.#healing.set({ context, stage: stage.replace(' ', '_') }, here.length);
    }
  }

  /** Of contexts on which another acts it knows nothing: what it saw while it acted would pass for current. */
  showLeader(contexts: ReadonlySet<string>): void {
    this.#leader.set({}, Number(contexts.size > 0));
    for (const context of this.#seen) {
      if (contexts.has(context)) continue;
      this.#seen.delete(context);
      this.#forget(context);
      for (const gauge of [
        ...[this.#up, this.#lastPoll, this.#alerts, this.#healing, this.#kept, this.#cluster],
        ...[this.#drift, this.#differing, this.#comparedAt],
      ])
        gauge.removeOf(context);
      this.#lastChanges.delete(context);
      for (const name of this.#watched.get(context) ?? [])
        this.#schemaChanges.remove({ context, connector: visible(name) });
      this.#watched.delete(context);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Without the empty lines between the families, which the format does not need. */
  async text(): Promise<string> {
    const counted = (await this.#registry.metrics()).replaceAll(/\n{2,}/g, '\n');
    for (const [context, connectors] of this.#shown)
      for (const connector of connectors) this.#connector(context, connector);
    return [...this.#gauges.map((gauge) => gauge.text()), counted].join('');
  }

  #connector(context: string, one: ConnectorSnapshot): void {
    const labels = { context, connector: visible(one.name) };
    this.#health.set({ ...labels, type: one.type, health: one.health }, 1);
    const states = one.taskList.map(({ state }) => taskState(state));
    for (const state of TASK_STATES)
      this.#tasks.set({ ...labels, state }, states.filter((other) => other === state).length);
    const set = (gauge: PassingSeries<'context' | 'connector'>, value: number | null | undefined) => {
      if (value != null) gauge.set(labels, value);
    };
    set(this.#lagRecords, one.group?.lag);
    set(this.#lagSeconds, one.lagMs === null ? null : one.lagMs / 1000);
    set(this.#rate, one.recordsPerSecond);
    set(this.#errors, one.errorsPerMinute);
    set(this.#deadLetters, one.deadLetters?.depth);
    const beat = one.heartbeat === 'none' ? null : (one.heartbeat?.lastAt ?? null);
    set(this.#heartbeat, beat === null ? null : beat / 1000);
    const changed = this.#lastChanges.get(context)?.get(one.name);
    set(this.#lastSchemaChange, changed === undefined ? null : changed / 1000);
    const log = worstOf(one.source?.logs ?? []);
    set(this.#behindBytes, log.behindBytes);
    set(this.#behindFiles, log.behindFiles);
    set(this.#capture, log.captureMs === null ? null : log.captureMs / 1000);
    set(this.#slotRetained, log.retainedBytes);
    set(this.#slotSafe, log.safeBytes);
    set(this.#slotActive, log.active === null ? null : Number(log.active));
    const status = SLOT_STATES.find((word) => word === log.status);
    if (status !== undefined) this.#slotStatus.set({ ...labels, status }, 1);
  }

  /** Those of sources that are watched begin at 0, and those of connectors that are gone end. */
  #expectSchemaChanges(context: string, shown: readonly ConnectorSnapshot[], unreadable: readonly string[]): void {
    const before = this.#watched.get(context) ?? [];
    const there = new Set([...shown.map(({ name }) => name), ...unreadable]);
    for (const name of before) if (!there.has(name)) this.#schemaChanges.remove({ context, connector: visible(name) });
    const watched = shown.flatMap(({ name, source }) => (source === null ? [] : [name]));
    for (const name of watched) this.#schemaChanges.inc({ context, connector: visible(name) }, 0);
    this.#watched.set(context, [...new Set([...before.filter((name) => there.has(name)), ...watched])]);
  }

  /** When a change of a source's tables was seen last, by context and connector (ms since 1970). */
  readonly #lastChanges = new Map<string, ReadonlyMap<string, number>>();
  /** Sources whose changes are counted, by context. */
  readonly #watched = new Map<string, readonly string[]>();
  /** Contexts of which there is a poll. */
  readonly #seen = new Set<string>();
  /** Connectors of the last poll, by context. */
  readonly #shown = new Map<string, readonly ConnectorSnapshot[]>();

  /** Addresses of servers with a certificate, by context. */
  readonly #addresses = new Map<string, string[]>();

  #forget(context: string): void {
    for (const address of this.#addresses.get(context) ?? []) this.#certificates.remove({ context, address });
    this.#shown.delete(context);
    for (const health of HEALTHS) this.#count.remove({ context, health });
    for (const gauge of [this.#workers, this.#rebalancing, this.#unlabelled]) gauge.remove({ context });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `sluice_${name}`, help, labelNames, registers: [this.#registry] });
  }

  /** Filled from the last poll when it is asked for. */
  #ofConnectors<L extends string>(name: string, help: string, labelNames: L[]): PassingSeries<L> {
    const series = new PassingSeries(`sluice_${name}`, help, labelNames);
    this.#gauges.push(series);
    return series;
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Series<L> {
    const series = new Series(`sluice_${name}`, help, labelNames);
    this.#gauges.push(series);
    return series;
  }
}

const STAGES: readonly Healing['stage'][] = ['trying', 'watching', 'given up'];
/** PostgreSQL's words for what a slot retains. */
const SLOT_STATES = ['reserved', 'extended', 'unreserved', 'lost'] as const;

/** Of a source with several databases what is worst in one of them. */
function worstOf(logs: readonly SourceLog[]) {
  const known = (of: (log: SourceLog) => number | null) => logs.map(of).filter((value) => value !== null);
  const greatest = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values));
  const safe = known(({ safeBytes }) => safeBytes);
  const readers = logs.flatMap(({ active }) => active ?? []);
  return {
    behindBytes: greatest(known(({ behindBytes }) => behindBytes)),
    behindFiles: greatest(known(({ behindFiles }) => behindFiles)),
    captureMs: greatest(known(({ captureMs }) => captureMs)),
    retainedBytes: greatest(known(({ retainedBytes }) => retainedBytes)),
    safeBytes: safe.length === 0 ? null : Math.min(...safe),
    active: readers.length === 0 ? null : readers.every(Boolean),
    status: logs.find(({ status }) => status !== null)?.status ?? null,
  };
}

const TASK_STATES = ['running', 'failed', 'paused', 'unassigned', 'other'] as const;

function taskState(state: string): (typeof TASK_STATES)[number] {
  const word = state.toLowerCase();
  return TASK_STATES.find((one) => one === word) ?? 'other';
}
