import type { SourceMetrics } from '../metrics/model.ts';
import { connectorClass } from '../topology/connector-class.ts';

/** A source's own number stays what it was while nothing happens, so it counts only while events arrive (ms). */
const RECENT_MS = 60_000;

/** How far a source is behind its database, by Debezium's counters (ms); null if they do not say. */
export function sourceBehindMs({ behindMs, sinceLastEventMs, connected, queue }: SourceMetrics): number | null {
  if (behindMs !== null && sinceLastEventMs !== null && sinceLastEventMs <= RECENT_MS) return behindMs;
  // Connected to the log, with nothing in the queue: it has processed all that it was sent.
  return connected === true && queue?.used === 0 ? 0 : null;
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
