import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { Secrets } from '../plan/show.ts';
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

/** Called before the first write, with the names of what will be written or deleted. */
export type Begins = (names: { connectors: readonly string[]; topics: readonly string[] }) => Promise<void>;

export interface DeployOptions {
  client: DeployClient;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  context: string;
  /** Connectors written in parallel. */
  parallel: number;
  wait: boolean;
  timeoutMs: number;
  stableMs: number;
  /** Restores the previous configuration and state of a failed connector; default false. */
  rollback?: boolean;
  /** How long a rollback may run without finishing a connector (ms). */
  rollbackStallMs?: number;
  /** Removes connectors that are not in any file. */
  prune?: PruneOptions | undefined;
  /** Topics to create or change before the connectors. */
  topics?: { changes(): Promise<TopicChange[]>; open: TopicOpener } | undefined;
  /** Checks the changes before anything is sent; throws if they must not be carried out. */
  approve?: ((changes: readonly ConnectorChange[], topics: readonly TopicChange[]) => void) | undefined;
  /** Checks the databases of changed connectors; throws if one would fail. */
  preflight?: ((changed: ReadonlySet<string>, live: readonly ListedConnector[]) => Promise<void>) | undefined;
  /** Connectors whose values are sent even if the worker masks them. */
  sendMasked?: readonly string[] | undefined;
  /** Masks in the desired configuration are the worker's own, and stand for the live values. */
  keepMasks?: boolean;
  begins?: Begins | undefined;
  /** Stops after the plan. */
  dryRun: boolean;
  /** Keys whose values are never shown, besides those with a telling name. */
  secrets: Secrets;
}
