import type { Logger } from '../ports/logger.ts';
import type { StatusLook } from '../store/looks.ts';
import type { Store } from '../store/store.ts';
import type { StatusReport } from './status.ts';

/** A report with the looks that were kept before it, which show where it comes from. */
export interface StatusWithLooks extends StatusReport {
  /** ISO 8601, UTC: when this report was made. */
  at: string;
  /** Earlier looks at the same cluster, oldest first; null if they could not be read. */
  earlier: StatusLook[] | null;
}

/**
 * Adds a report to the looks kept of its cluster. Failing to keep it is only a warning: the report is there.
 * @param cluster URLs of its workers, without credentials: contexts of one name may be different clusters
 */
export async function withLooks(
  report: StatusReport,
  { at, cluster, store, logger }: { at: Date; cluster: readonly string[]; store: () => Promise<Store>; logger: Logger },
): Promise<StatusWithLooks> {
  const key = [...cluster].sort().join(' ');
  const look: StatusLook = {
    at: at.toISOString(),
    connectors: report.connectors.map(({ name, health, group }) => ({ name, health, lag: group?.lag ?? null })),
  };
  try {
    const { looks } = await store();
    const earlier = looks.list(key);
    looks.append(key, look);
    return { ...report, at: look.at, earlier };
  } catch (failure) {
    logger.warn(`no trends: earlier reports cannot be read or kept: ${(failure as Error).message}`);
    return { ...report, at: look.at, earlier: null };
  }
}
