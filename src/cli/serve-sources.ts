import type { Targets } from '../config/targets.ts';
import { type CertificateReading, CertificateWatch, tlsDatabases, tlsServersOf } from '../serve/certificates.ts';
import { SERVE_DEFAULTS } from '../serve/request.ts';
import type { ServePlan } from '../serve/settings.ts';
import { SourceWatch } from '../serve/source-watch.ts';
import { LastRecords } from '../sources/heartbeats.ts';
import type { SessionPool } from '../sources/pool.ts';
import { SourceReader } from '../sources/read.ts';
import { SchemaReader } from '../sources/schema-reader.ts';
import type { Store } from '../store/store.ts';
import type { OpenContext } from './context.ts';

interface WatchSourcesInput {
  plan: Pick<ServePlan, 'databasesEveryMs'>;
  targets: Targets;
  store: Store;
  pool: SessionPool;
  /** URLs of receivers of alerts. */
  receivers: readonly string[];
  /** ms since 1970 */
  now(): number;
  signal: AbortSignal;
}

/** Databases, heartbeats and tables of the sources of one context, and the certificates of what it uses. */
export function watchSources(
  cluster: OpenContext,
  input: WatchSourcesInput,
): { sources: SourceWatch; certificates: () => CertificateReading[] | null } {
  const { plan, targets, store, pool, now, signal } = input;
  const kafka = cluster.kafkaOpener();
  const records = cluster.context.kafka === undefined ? undefined : () => cluster.records();
  const reader = new SourceReader({ pool, targets, offsets: (name) => cluster.client.offsets(name), signal });
  const schemas = new SchemaReader({
    reader,
    pool,
    records,
    decoder: () => cluster.decoder(),
    position: (connector) => store.schemaChanges.position(cluster.name, connector),
    now,
  });
  let lastRecords: LastRecords | undefined;
  const asks = plan.databasesEveryMs !== undefined;
  const sources = new SourceWatch({
    read: asks ? reader.read : undefined,
    lastRecords:
      kafka === undefined || records === undefined
        ? undefined
        : async (topics) => {
            if (topics.length === 0) return new Map();
            lastRecords ??= new LastRecords(await records());
            return lastRecords.of(topics, await kafka());
          },
    schemas: asks ? (source) => schemas.read(source) : undefined,
    now,
    signal,
    everyMs: plan.databasesEveryMs ?? SERVE_DEFAULTS.databasesEveryMs,
  });
  const watch = new CertificateWatch(now, signal);
  const fixed = tlsServersOf([...cluster.context.urls, ...input.receivers]);
  const certificates = () =>
    asks && !sources.isKnown ? null : watch.latest([...fixed, ...tlsDatabases(reader.endpoints())]);
  return { sources, certificates };
}
