import { differingKeys } from '../../connect/configs.ts';
import { requestedState } from '../../connect/connector.ts';
import type { ConnectorConfig, ListedConnector } from '../../connect/types.ts';
import { SluiceError, toSluiceError } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import { clusterOf, type OpenOperation, recoverCommand } from '../../operate/journal.ts';
import { moveSink } from '../../operate/sink-positions.ts';
import { explained, restore, stop, stopFully } from '../../operate/while-stopped.ts';
import type { RecordTopic } from '../../ports/records.ts';
import type { RecordDecoder } from '../../records/decoder.ts';
import type { Count, Integer } from '../../text/numbers.ts';
import { redactKnown, secretValues } from '../../text/redact.ts';
import { command, setting } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { failureHeaders } from '../error-headers.ts';
import { type ShownRecord, shown } from '../show.ts';
import { type Assessment, assess } from './assess.ts';
import { assertTakes, copyOnce } from './copy.ts';
import { Finder } from './finder.ts';
import { type NarrowedKey, narrowPatch, restoration, writeKeys } from './narrowing.ts';
import { KIND, type QuarantinePlan } from './plan.ts';
import { settle } from './settle.ts';
import { type GoneOn, goesOn, type JournalPorts, stateText } from './sink.ts';

export interface QuarantineRequest {
  /** How many records at most. */
  max: number;
  /** Only find them. */
  dryRun: boolean;
}

export interface QuarantinePorts extends JournalPorts {
  decoder: RecordDecoder;
}

/** A record that the target refuses. */
export interface QuarantinedRecord {
  /** The record, where the sink read it. */
  topic: string;
  record: ShownRecord;
  /** The copy; null with `dryRun`. */
  copy: { partition: Count; offset: Count } | null;
  /** An earlier run had copied it, or the sink itself. */
  copiedBefore: boolean;
}

export interface QuarantineReport {
  context: string;
  sink: string;
  queue: string;
  dryRun: boolean;
  records: QuarantinedRecord[];
  /** In words: the state that it was brought back to. */
  state: string;
  tasks: { running: Integer; total: Integer } | null;
  /** Why it fails again afterwards, which says that there are more such records, or something else; null if it does not. */
  failsAgain: string | null;
  notes: string[];
  exitCode: ExitCode;
}

/**
 * Finds the record that stops a sink, copies it to a queue as Connect would have, and moves the sink past it.
 *
 * What is proven: the target has refused this record. The sink is run with a single task that is given one record at a time,
 * of one partition only, while sluice leads its consumer group and gives the others to nobody (search.ts). No offset of the
 * group is moved but that of the partition, from the record to the next one. Everything else the sink itself writes and
 * commits, in these runs and afterwards: as often as it would have, once.
 *
 * The journal has each step before it is taken:
 *
 * | phase | what may be so | what recovery does |
 * | --- | --- | --- |
 * | `stopping` | stopped | former state |
 * | `changing`, nothing pending | keys set, running or stopped | stop, former keys, former state |
 * | `changing`, a record pending | also: the record copied, and the sink moved past it | stop; if there is a copy, move the sink past the record unless it is; former keys, former state |
 * | `restoring` | keys as before, stopped or as before | former state |
 *
 * A copy is made in a transaction whose id belongs to the queue: the next run under this id ends that of a run that was killed,
 * and then looks for the copy. So a record is copied once, and the sink is never moved past one without a copy.
 * @throws OPERATION_UNFINISHED; as `assess`; RECORD_UNPROVEN
 */
export async function quarantine(
  name: string,
  queue: RecordTopic,
  request: QuarantineRequest,
  ports: QuarantinePorts,
): Promise<QuarantineReport> {
  const { client, journal, context, options } = ports;
  const cluster = await clusterOf(client);
  journal.assertNone(cluster, name);
  let found = await assess(name, queue, ports);
  using operation = await journal.begin<QuarantinePlan>(cluster, name, async () => {
    found = await assess(name, queue, ports);
    const { connector } = found;
    return {
      kind: KIND,
      what: 'quarantine refused records',
      connector: name,
      connectorClass: connector.info.config['connector.class'] ?? '',
      place: { cluster, context, urls: client.urls },
      former: requestedState(connector.status?.connector.state),
      plan: { narrowed: found.narrowed, pending: null },
    };
  });
  const run = new Quarantine(found, queue, request, operation, ports);
  try {
    return await run.all();
  } catch (error) {
    if (!options.signal.aborted || !journal.has(cluster, name)) throw error;
    throw explained(
      error,
      (message) => message,
      `Bring the former configuration and state back: ${recoverCommand(operation.known)}`,
    );
  }
}

class Quarantine {
  readonly #found: Assessment;
  readonly #connector: ListedConnector;
  readonly #queue: RecordTopic;
  readonly #request: QuarantineRequest;
  readonly #operation: OpenOperation<QuarantinePlan>;
  readonly #ports: QuarantinePorts;
  readonly #records: QuarantinedRecord[] = [];
  readonly #notes: string[];
  readonly #finder: Finder;

  constructor(
    found: Assessment,
    queue: RecordTopic,
    request: QuarantineRequest,
    operation: OpenOperation<QuarantinePlan>,
    ports: QuarantinePorts,
  ) {
    this.#found = found;
    this.#connector = found.connector;
    this.#queue = queue;
    this.#request = request;
    this.#operation = operation;
    this.#ports = ports;
    this.#notes = [...found.notes];
    this.#finder = new Finder(found.connector, ports);
  }

  get #name(): string {
    return this.#connector.name;
  }

  async all(): Promise<QuarantineReport> {
    const { client, options } = this.#ports;
    try {
      await stopFully(this.#connector, this.#ports);
      // Another quarantine may have begun, from a machine with another journal.
      await this.#assertUntouched([]);
      this.#operation.note({ phase: 'changing' });
      await this.#narrow();
      while (this.#records.length < this.#request.max && (await this.#one()));
    } catch (error) {
      if (options.signal.aborted) throw error;
      throw await this.#backedOut(toSluiceError(error));
    }
    await this.#widen();
    const restored = await restore(
      this.#operation,
      { ...this.#ports, options: { ...options, wait: false } },
      `the former configuration of "${this.#name}" is back`,
    );
    const waits = options.wait && !this.#request.dryRun && this.#operation.known.former === 'RUNNING';
    const after = waits ? await goesOn(this.#connector, client, options) : undefined;
    return this.#report(restored.outcome, after);
  }

  /** @throws what the worker says, explained */
  async #narrow(): Promise<void> {
    const { narrowed } = this.#found;
    try {
      await writeKeys(this.#name, narrowPatch(narrowed), this.#ports.client);
    } catch (error) {
      const isPolicy = error instanceof SluiceError && /override|policy/i.test(error.message);
      throw explained(
        error,
        (message) =>
          `the worker does not take the keys that make "${this.#name}" read one record at a time: ${message}`,
        isPolicy
          ? 'Its setting connector.client.config.override.policy must allow consumer.override.max.poll.records: All does, which is the default from Kafka 3.0 on.'
          : undefined,
      );
    }
  }

  /** Finds one record, and moves the sink past it. @returns false if nothing is left to find */
  async #one(): Promise<boolean> {
    const found = await this.#finder.find();
    if (found === undefined) return false;
    const { next, trace, task } = found;
    const { topic, record } = next;
    const secrets = secretValues(this.#connector.info.config);
    const headers = failureHeaders({
      ...{ topic, partition: next.partition, offset: next.offset, connector: this.#name, task },
      trace: redactKnown(trace, secrets),
    });
    const copy = { ...record, headers: [...record.headers, ...headers] };
    assertTakes(this.#queue, copy, this.#ports.options.clock.now());
    const shownRecord = await shown(copy, this.#ports.decoder);
    if (this.#request.dryRun) {
      this.#finder.leave(next);
      this.#records.push({ topic, record: shownRecord, copy: null, copiedBefore: false });
      return true;
    }
    await this.#assertUntouched(this.#found.narrowed);
    const { plan } = this.#operation.known;
    const topicId = (await this.#ports.records.topic(topic))?.id ?? topic;
    const { name: queue, id: queueId } = this.#queue;
    const pending = { topic, topicId, partition: next.partition, offset: next.offset, queue, queueId };
    this.#operation.note({ plan: { ...plan, pending } });
    const { isNew, ...place } = await copyOnce({ topic, record }, copy, this.#queue, {
      ...this.#ports,
      ...this.#ports.options,
    });
    const { client, options } = this.#ports;
    await moveSink(this.#name, { topic, partition: next.partition, to: next.offset + 1 }, client, options);
    this.#operation.note({ plan: { ...plan, pending: null } });
    this.#finder.skipped();
    this.#records.push({ topic, record: shownRecord, copy: place, copiedBefore: !isNew });
    return true;
  }

  /** @throws CONNECTOR_CHANGED if somebody else has changed the configuration meanwhile */
  async #assertUntouched(narrowed: readonly NarrowedKey[]): Promise<void> {
    const changed = this.#changedKeys(await this.#ports.client.config(this.#name), narrowed);
    if (changed.length === 0) return;
    throw new SluiceError(
      'CONNECTOR_CHANGED',
      `the configuration of "${this.#name}" was changed by someone else in the meantime (${changed.join(', ')})`,
      { hint: 'Their change stays. Agree with them, then run the command again.', details: { name: this.#name } },
    );
  }

  #changedKeys(live: ConnectorConfig, narrowed: readonly NarrowedKey[]): string[] {
    const expected = { ...this.#connector.info.config, ...narrowPatch(narrowed) };
    return differingKeys(live, expected);
  }

  /** The former configuration; the sink is stopped before. No offset is moved, so a task may still hang in its target. */
  async #widen(): Promise<void> {
    await stop(this.#name, this.#ports);
    const { client } = this.#ports;
    const live = await client.config(this.#name);
    const { patch, foreign } = restoration(live, this.#found.narrowed);
    const own = new Set(this.#found.narrowed.map(({ key }) => key));
    const others = this.#changedKeys(live, this.#found.narrowed).filter((key) => !own.has(key));
    await writeKeys(this.#name, patch, client);
    const changed = [...foreign, ...others];
    if (changed.length > 0)
      this.#notes.push(`someone else has changed ${changed.join(', ')} in the meantime, which stays so`);
    this.#operation.note({ phase: 'restoring' });
  }

  /** The error, after the former configuration and state have been brought back. */
  async #backedOut(failure: SluiceError): Promise<unknown> {
    const { options } = this.#ports;
    const { known } = this.#operation;
    try {
      const { plan } = known;
      if (plan.pending !== null) {
        this.#notes.push(await settle(this.#connector, plan.pending, this.#ports));
        this.#operation.note({ plan: { ...plan, pending: null } });
      }
      if (known.phase === 'changing') await this.#widen();
      const { outcome } = await restore(
        this.#operation,
        { ...this.#ports, options: { ...options, wait: false } },
        'the former configuration is back',
      );
      const done = [
        this.#records.length === 0 ? 'nothing was quarantined' : `${this.#records.length} quarantined`,
        ...this.#notes.slice(this.#found.notes.length),
      ].join('; ');
      return explained(
        failure,
        (message) =>
          `${message}; ${done}, and "${this.#name}" has its former configuration and state (${stateText(outcome, null)})`,
      );
    } catch (second) {
      if (options.signal.aborted) return second;
      return explained(
        failure,
        (message) =>
          `${message}; its former configuration and state could not be brought back: ${(second as Error).message}`,
        `Bring them back: ${recoverCommand(known)}`,
      );
    }
  }

  #report(outcome: string, after: GoneOn | undefined): QuarantineReport {
    const { dryRun, max } = this.#request;
    const { failsAgain = null, isSettled = true, tasks = null, notes = [] } = after ?? {};
    this.#notes.push(...notes);
    if (this.#records.length === 0)
      this.#notes.push(
        'one by one, the target has taken every record: it is the batch that it refused, or the cause is gone',
      );
    if (failsAgain !== null && this.#records.length === max)
      this.#notes.push(
        `it fails again: there may be more such records. Go on with: ${command(`dlq quarantine ${shellWord(this.#name)}`)}, or several at once, ${setting('max', 'N')}`,
      );
    return {
      context: this.#ports.context,
      sink: this.#name,
      queue: this.#queue.name,
      dryRun,
      records: this.#records,
      state: stateText(outcome, tasks),
      tasks,
      failsAgain,
      notes: this.#notes,
      exitCode: failsAgain === null && isSettled ? EXIT.ok : this.#records.length > 0 ? EXIT.partial : EXIT.rejected,
    };
  }
}
