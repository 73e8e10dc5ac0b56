import type { ErrorDocument } from '../errors/error.ts';

/** What a Connect cluster needs, worst first; docs/serve.md has them as a table. */
export const CLUSTER_HEALTHS = ['away', 'degraded', 'drifted', 'unknown', 'rebalancing', 'healthy'] as const;
export type ClusterHealth = (typeof CLUSTER_HEALTHS)[number];

/** What one poll saw of a cluster. */
export interface ClusterFacts {
  /** Why no worker could be asked. */
  error: ErrorDocument | null;
  /** Null: not known. */
  rebalancing: boolean | null;
  /** Each URL of the context; empty if there is only one, which then has answered. */
  asked: readonly { url: string; version: string | null; error: ErrorDocument | null }[];
  /** Connectors and tasks that no worker has taken. */
  unassigned: number;
  /** Why Kafka cannot be asked, in a sentence. */
  kafka?: string | undefined;
  /** What differs from the project, in a sentence, or why that is not known; null if nothing does, or nothing is compared. */
  drift: { isKnown: boolean; text: string } | null;
}

export interface ClusterVerdict {
  health: ClusterHealth;
  /** Why it is not healthy, in sentences. */
  reasons: string[];
}

/** Judges a cluster. Pure. */
export function judgeCluster({ error, rebalancing, asked, unassigned, kafka, drift }: ClusterFacts): ClusterVerdict {
  if (error !== null) return { health: 'away', reasons: [error.message] };
  const away = asked.filter((one) => one.error !== null);
  const versions = [...new Set(asked.flatMap(({ version }) => version ?? []))].sort();
  const degraded = [
    ...(kafka === undefined ? [] : [kafka]),
    ...away.map((one) => `a worker does not answer: ${one.error?.message}`),
    // A rolling upgrade that has come to a stop.
    ...(versions.length > 1 ? [`workers run different releases: ${versions.join(', ')}`] : []),
    // While it rebalances, that is normal.
    ...(unassigned > 0 && rebalancing !== true
      ? [
          unassigned === 1
            ? 'no worker has taken a connector or task'
            : `no worker has taken ${unassigned} connectors and tasks`,
        ]
      : []),
  ];
  const moving = rebalancing === true ? ['the cluster rebalances'] : [];
  const drifted = drift === null ? [] : [drift.text];
  const ofDrift = drift === null ? undefined : drift.isKnown ? 'drifted' : 'unknown';
  const health = degraded.length > 0 ? 'degraded' : (ofDrift ?? (moving.length > 0 ? 'rebalancing' : 'healthy'));
  return { health, reasons: [...degraded, ...drifted, ...moving] };
}
