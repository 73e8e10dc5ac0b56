import type { Logger } from '../ports/logger.ts';
import type { StatusSample } from '../store/status-samples.ts';
import type { Store } from '../store/store.ts';
import type { StatusReport } from './status.ts';

/** A report with earlier ones of its cluster, which show how its connectors got there. */
export interface StatusWithTrends extends StatusReport {
  /** ISO 8601, UTC: when this report was made. */
  at: string;
  /** Earlier reports of the same cluster, oldest first; null if they could not be read. */
  earlier: StatusSample[] | null;
}

/**
 * Keeps a report with the earlier ones of its cluster. A failure to keep it is only a warning.
 * @param cluster URLs of its workers, without credentials: contexts of one name may be different clusters
 */
export async function withTrends(
  report: StatusReport,
  { at, cluster, store, logger }: { at: Date; cluster: readonly string[]; store: () => Promise<Store>; logger: Logger },
): Promise<StatusWithTrends> {
  const key = [...cluster].sort().join(' ');
  const sample: StatusSample = {
    at: at.toISOString(),
    connectors: report.connectors.map(({ name, health, group }) => ({ name, health, lag: group?.lag ?? null })),
  };
  try {
    const { samples } = await store();
    const earlier = samples.list(key);
    samples.append(key, sample);
    return { ...report, at: sample.at, earlier };
  } catch (failure) {
    logger.warn(`no trends: earlier reports cannot be read or kept: ${(failure as Error).message}`);
    return { ...report, at: sample.at, earlier: null };
  }
}
