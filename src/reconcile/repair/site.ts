import type { Database } from '../../config/targets.ts';
import type { Session } from '../../databases/session.ts';
import type { KeySpool } from '../compare/key-spool.ts';
import type { TablePair } from '../compare/table-pair.ts';
import type { Fence } from '../model.ts';
import type { ReconcilePorts } from '../options.ts';
import type { TableReport } from '../report.ts';

/** A compared table with its differing keys. */
export interface TableDifferences {
  pair: TablePair;
  spool: KeySpool;
  report: TableReport;
  fence: Fence | undefined;
}

export type ReadingSessions = Readonly<Record<'source' | 'target', Session>>;

export interface RepairSite {
  source: Database;
  target: Database;
  /** The current sessions; the comparison's may have been lost. */
  sessions: ReadingSessions;
  /** Replaces lost sessions. @throws if none can be opened */
  reconnect(): Promise<ReadingSessions>;
  statementTimeout: number;
  connectTimeout: number;
  maskErrors?: boolean | undefined;
  ports: ReconcilePorts;
}
