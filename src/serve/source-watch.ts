import { mapBounded } from '../connect/concurrency.ts';
import { connectorType } from '../connect/connector.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type ErrorDocument, toErrorDocument, toSluiceError } from '../errors/error.ts';
import type { ReadSources, SourceReading } from '../monitor/source-reading.ts';
import type { Observed } from '../sources/observe.ts';
import { POOL } from '../sources/request.ts';
import { connectorClass } from '../topology/connector-class.ts';
import type { PipelineConnector } from '../topology/pipeline.ts';
import { heartbeat, sourceEngine } from '../topology/topic-names.ts';
import type { HeartbeatSnapshot } from './snapshot.ts';

export interface SourceWatchPorts {
  /** Undefined if databases are not to be asked. */
  read: ReadSources | undefined;
  /** When the last record of topics was written. */
  lastRecords: ((topics: readonly string[]) => Promise<ReadonlyMap<string, number>>) | undefined;
  schemas: ((source: PipelineConnector) => Promise<Observed | undefined>) | undefined;
  /** ms since 1970 */
  now(): number;
  signal: AbortSignal;
  everyMs: number;
}

/** What was seen of a source's tables, with the connectors as they were then. */
export interface SchemaObservation {
  source: PipelineConnector;
  observed: Observed;
  connectors: readonly PipelineConnector[];
}

/** What is known of sources. */
export interface SourceFacts {
  readings: ReadonlyMap<string, SourceReading>;
  heartbeats: ReadonlyMap<string, HeartbeatSnapshot | 'none'>;
  failures: readonly ErrorDocument[];
}

interface Beat {
  end: string | null;
  lastAt: number | null;
  unansweredSince: number | null;
}

/**
 * Asks databases and topics about sources beside the polls, and less often: a database that does not answer must not hold up
 * what is known of connectors.
 */
export class SourceWatch {
  readonly #ports: SourceWatchPorts;
  #running: Promise<void> | undefined;
  #isKnown = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #facts: SourceFacts = { readings: new Map(), heartbeats: new Map(), failures: [] };
  #observations: SchemaObservation[] = [];
  readonly #beats = new Map<string, Beat>();

  constructor(ports: SourceWatchPorts) {
    this.#ports = ports;
  }

  /** What was read last; begins to read again if that was long ago, and does not wait for it. */
  latest(listed: readonly ListedConnector[]): SourceFacts {
    const { now, everyMs } = this.#ports;
    // What was seen is kept first: it says where to read on.
    const isDue = now() - this.#readAt >= everyMs && this.#observations.length === 0;
    if (isDue && this.#running === undefined) {
      this.#readAt = now();
      this.#running = this.#read(listed).finally(() => {
        this.#running = undefined;
      });
    }
    return this.#facts;
  }

  /** Whether sources have been read once. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** What was seen of tables since the last call. */
  take(): SchemaObservation[] {
    const taken = this.#observations;
    this.#observations = [];
    return taken;
  }

  /** Until what is being read has been read. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Never fails: a failure is one of the facts. */
  async #read(listed: readonly ListedConnector[]): Promise<void> {
    const { read, signal } = this.#ports;
    const connectors = listed.map(({ name, info }) => ({ name, config: info.config }));
    const sources = listed
      .filter((one) => connectorType(one) === 'source' && sourceEngine(one.info.config) !== undefined)
      .map(({ name, info }) => ({ name, config: info.config }));
    const failures: ErrorDocument[] = [];
    const tried = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (!signal.aborted) failures.push(toErrorDocument(toSluiceError(error)));
        return otherwise;
      }
    };
    const [readings, lasts] = await Promise.all([
      tried(async () => (await read?.(sources)) ?? new Map<string, SourceReading>(), new Map()),
      tried(() => this.#lastBeats(sources), undefined),
    ]);
    failures.push(...errorsOf(readings));
    const heartbeats = lasts === undefined ? new Map() : this.#heartbeats(sources, readings, lasts);
    const observations = await mapBounded(sources, POOL.databases, async (source) => {
      const { logs } = readings.get(source.name) ?? { logs: [] };
      // Its database does not answer, and has been said not to.
      if (logs.some(({ error }: { error: unknown }) => error !== null)) return undefined;
      return tried(async () => await this.#ports.schemas?.(source), undefined);
    });
    if (signal.aborted) return;
    this.#isKnown = true;
    this.#facts = { readings, heartbeats, failures: onceEach(failures) };
    this.#observations = observations.flatMap((observed, index) => {
      const source = sources[index];
      return observed === undefined || source === undefined ? [] : [{ source, observed, connectors }];
    });
  }

  async #lastBeats(sources: readonly PipelineConnector[]): Promise<ReadonlyMap<string, number>> {
    const topics = sources.flatMap(({ config }) => heartbeat(config)?.topic ?? []);
    return (await this.#ports.lastRecords?.(topics)) ?? new Map();
  }

  #heartbeats(
    sources: readonly PipelineConnector[],
    readings: ReadonlyMap<string, SourceReading>,
    lasts: ReadonlyMap<string, number>,
  ): Map<string, HeartbeatSnapshot | 'none'> {
    const names = new Set(sources.map(({ name }) => name));
    for (const name of this.#beats.keys()) if (!names.has(name)) this.#beats.delete(name);
    return new Map(
      sources.flatMap(({ name, config }): [string, HeartbeatSnapshot | 'none'][] => {
        const beats = heartbeat(config);
        if (beats === undefined) return [[name, 'none']];
        if (this.#ports.lastRecords === undefined) return [];
        const { everyMs, topic } = beats;
        const lastAt = lasts.get(topic) ?? null;
        const ends = readings.get(name)?.logs.map(({ end }) => end) ?? [];
        const end = ends.length === 0 || ends.includes(null) ? null : ends.join(' ');
        const beat = nextBeat(this.#beats.get(name), { end, lastAt }, this.#ports.now());
        this.#beats.set(name, beat);
        const { beatsWhenIdle = false } = connectorClass(config['connector.class']);
        return [
          [name, { everyMs, lastAt, beatsWhenIdle, logKnown: end !== null, unansweredSince: beat.unansweredSince }],
        ];
      }),
    );
  }
}

/** Since when the log has moved without a heartbeat: that of a source that waits for its log to move. Pure. */
function nextBeat(before: Beat | undefined, { end, lastAt }: Pick<Beat, 'end' | 'lastAt'>, now: number): Beat {
  if (before === undefined || before.lastAt !== lastAt) return { end, lastAt, unansweredSince: null };
  const moved = end !== null && before.end !== null && end !== before.end;
  return { end: end ?? before.end, lastAt, unansweredSince: before.unansweredSince ?? (moved ? now : null) };
}

function errorsOf(readings: ReadonlyMap<string, SourceReading>): ErrorDocument[] {
  return [...readings.values()].flatMap(({ logs }) => logs.flatMap(({ error }) => error ?? []));
}

/** Several sources may have one database. */
function onceEach(errors: readonly ErrorDocument[]): ErrorDocument[] {
  return [...new Map(errors.map((one) => [JSON.stringify([one.code, one.message]), one])).values()];
}
