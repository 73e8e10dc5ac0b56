import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { Secrets } from '../plan/plan.ts';
import type { TopicChange } from '../plan/topics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import type { PruneClient, PruneOptions } from './prune.ts';
import type { RollbackClient } from './rollback.ts';
import type { TopicOpener } from './topics.ts';
import type { WriteClient } from './write.ts';

export type DeployClient = WriteClient &
  RollbackClient &
  PruneClient &
  Pick<ConnectClient, 'listing' | 'listStarted' | 'validate'>;

export interface DeployOptions {
  client: DeployClient;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  context: string;
  /** Connectors written side by side. */
  concurrency: number;
  wait: boolean;
  timeoutMs: number;
  stableMs: number;
  /** Puts the former configuration and state of a failed connector back; default false. */
  rollback?: boolean;
  /** Removes connectors that are in no file. */
  prune?: PruneOptions | undefined;
  /** Topics that come before the connectors. */
  topics?: { changes(): Promise<TopicChange[]>; open: TopicOpener } | undefined;
  /** Looks at the changes before anything is sent; throws where they must not be carried out. */
  approve?: ((changes: readonly ConnectorChange[], topics: readonly TopicChange[]) => void) | undefined;
  /** Looks at the databases of what is to be written; throws where a connector would fail. */
  preflight?: ((changed: ReadonlySet<string>, live: readonly ListedConnector[]) => Promise<void>) | undefined;
  /** Connectors whose values are sent where the worker masks them. */
  sendMasked?: readonly string[] | undefined;
  /** Stops after the plan. */
  dryRun: boolean;
  /** Keys of a configuration whose values are never shown, beyond those whose names say so. */
  secrets: Secrets;
}
