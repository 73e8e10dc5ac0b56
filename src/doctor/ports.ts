import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { LagLimits } from '../monitor/lag.ts';
import type { Clock } from '../ports/clock.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import type { Logger } from '../ports/logger.ts';
import type { RecordPort } from '../ports/records.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { Store } from '../store/store.ts';

/** What doctor reads. Nothing here is written to. */
export interface DoctorPorts {
  client: Pick<
    ConnectClient,
    | 'urls'
    | 'listing'
    | 'get'
    | 'find'
    | 'topicsInUse'
    | 'offsets'
    | 'plugins'
    | 'pluginDefinition'
    | 'supports'
    | 'server'
    | 'aheadMs'
  >;
  context: string;
  groups: GroupReader;
  /** Undefined if the context has no Kafka. */
  kafka: (() => Promise<KafkaPort>) | undefined;
  records: (() => Promise<RecordPort>) | undefined;
  targets: Targets;
  schemas: SchemaStore;
  store: () => Promise<Store>;
  limits: LagLimits;
  /** Whether databases are asked, too. */
  databases: boolean;
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
}
