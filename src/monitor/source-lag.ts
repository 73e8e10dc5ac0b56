import type { SourceMetrics } from '../metrics/model.ts';
import { connectorClass } from '../topology/connector-class.ts';
import type { SourceReading } from './source-reading.ts';

/** A source's own number stays what it was while nothing happens, so it counts only for this long after an event (ms). */
const RECENT_MS = 60_000;
/** Less if nothing waits in the source: one that catches up has the next event at once (ms). */
const AT_ONCE_MS = 5_000;

/** How far a source is behind its database, by Debezium's counters (ms); null if they do not say. */
export function sourceBehindMs({ behindMs, sinceLastEventMs, connected, queue, events }: SourceMetrics): number | null {
  if (connected === false) return null;
  // Before the first row it is of an event of the log itself, which a binary log begins with, however old the log is.
  const isOfRow = events === null || events.created + events.updated + events.deleted > 0;
  const isKnown = behindMs !== null && sinceLastEventMs !== null && isOfRow;
  if (connected === true && queue?.used === 0) return isKnown && sinceLastEventMs <= AT_ONCE_MS ? behindMs : 0;
  if (!isKnown || sinceLastEventMs > RECENT_MS) return null;
  // The last event is still in the queue: it has waited since.
  return queue !== null && queue.used > 0 ? behindMs + sinceLastEventMs : behindMs;
}

/**
 * Whether a source has confirmed all that its databases have written, and no snapshot is missing. How long ago something was
 * written they do not say.
 */
export function isAtEnd(reading: SourceReading | null | undefined): boolean {
  const logs = reading?.logs ?? [];
  return (
    logs.length > 0 &&
    logs.every(({ behindBytes, snapshot }) => behindBytes === 0 && snapshot !== 'running' && snapshot !== 'none')
  );
}

/** What Debezium's own counters say of a source. @param sources of all workers */
export function sourceMetrics(
  config: Readonly<Record<string, string>>,
  sources: readonly SourceMetrics[],
): SourceMetrics | undefined {
  const { metrics: plugin } = connectorClass(config['connector.class']);
  const server = config['topic.prefix'] ?? config['database.server.name'];
  if (plugin === undefined || server === undefined) return undefined;
  const found = sources.filter((one) => one.server === server && one.plugin === plugin);
  // Two sources with one name: nobody can tell whose it is.
  return found.length === 1 ? found[0] : undefined;
}
