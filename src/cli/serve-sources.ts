import type { Targets } from '../config/targets.ts';
import type { ReadSources } from '../monitor/source-reading.ts';
import type { Clock } from '../ports/clock.ts';
import { type CertificateReading, CertificateWatch, tlsDatabases, tlsServersOf } from '../serve/certificates.ts';
import { SERVE_DEFAULTS } from '../serve/request.ts';
import type { ServePlan } from '../serve/settings.ts';
import { SourceWatch } from '../serve/source-watch.ts';
import { LastRecords } from '../sources/heartbeats.ts';
import { SessionPool } from '../sources/pool.ts';
import { SourceReader } from '../sources/read.ts';
import { SchemaReader } from '../sources/schema-reader.ts';
import type { Store } from '../store/store.ts';
import type { OpenContext } from './context.ts';

/** Asks the databases of sources once. @throws the signal's reason */
export async function readSources(
  cluster: OpenContext,
  { targets, signal, clock }: { targets: Targets; signal: AbortSignal; clock: Clock },
  sources: Parameters<ReadSources>[0],
): ReturnType<ReadSources> {
  await using pool = new SessionPool(signal, () => clock.now().getTime());
  const reader = new SourceReader({ pool, targets, offsets: (name) => cluster.client.offsets(name), signal });
  return await reader.read(sources);
}

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
