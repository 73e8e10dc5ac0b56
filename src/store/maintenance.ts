import type { DatabaseSync } from 'node:sqlite';
import type { Integer } from '../text/numbers.ts';
import { inTransaction } from './transaction.ts';

/** What a window did to a connector; null if it only watches over it. */
export type MaintenanceAction = 'pause' | 'stop' | null;

/** States that can be restored; FAILED is one that should have been running. */
export type FormerState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED';

export interface WindowConnector {
  name: string;
  /** Its state before the window. */
  before: FormerState;
  /** Tasks that had FAILED before the window. */
  failedTasks: Integer[];
  action: MaintenanceAction;
  /** Whether the request may have been sent. */
  sent: boolean;
  /** How it was restored; null if it has not been. */
  outcome: string | null;
}

/** With a digest of the configuration, to tell whether it has changed since. */
export type KeptConnector = WindowConnector & { fingerprint: string };

export interface MaintenanceWindow<Connector = WindowConnector> {
  id: Integer;
  context: string;
  /** Connect URLs of the cluster, without credentials. */
  urls: string[];
  kafkaClusterId: string;
  /** user@machine. */
  who: string;
  reason: string;
  /** ISO 8601, UTC. */
  since: string;
  until: string;
  action: MaintenanceAction;
  /** False if its start has not ended: it still runs, was interrupted or was killed. */
  complete: boolean;
  connectors: Connector[];
}

export type KeptWindow = MaintenanceWindow<KeptConnector>;

/** Maintenance windows that this user opened on this machine. */
export class MaintenanceWindows {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Keeps a window before anything is done to its connectors, unless one of them is in an open window already.
   * @returns its number, or the connectors that are in another, by the numbers of their windows
   */
  begin(window: Omit<KeptWindow, 'id' | 'complete'>): number | Map<number, string[]> {
    return inTransaction(this.#database, () => {
      const taken = this.#taken(window);
      return taken.size > 0 ? taken : this.#insert(window);
    });
  }

  #taken({ urls, kafkaClusterId, connectors }: Omit<KeptWindow, 'id' | 'complete'>): Map<number, string[]> {
    const names = new Set(connectors.map(({ name }) => name));
    const others = this.open(urls).filter((one) => one.kafkaClusterId === kafkaClusterId);
    const taken = others.map((one): [number, string[]] => [
      one.id,
      one.connectors.filter(({ name, outcome }) => outcome === null && names.has(name)).map(({ name }) => name),
    ]);
    return new Map(taken.filter(([, those]) => those.length > 0));
  }

  #insert(window: Omit<KeptWindow, 'id' | 'complete'>): number {
    const { urls, kafkaClusterId, context, who, reason, since, until, action } = window;
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO maintenance_window (urls, kafka_cluster_id, context, who, reason, since, until, action)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(JSON.stringify(urls), kafkaClusterId, context, who, reason, since, until, action);
    const insert = this.#database.prepare(
      `INSERT INTO maintenance_connector (window_id, name, before, failed_tasks, fingerprint, action)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    for (const { name, before, failedTasks, fingerprint, action: own } of window.connectors)
      insert.run(lastInsertRowid, name, before, JSON.stringify(failedTasks), fingerprint, own);
    return Number(lastInsertRowid);
  }

  /** A request is about to be sent. @returns false if the window has been ended for that connector: it must not be sent */
  sending(id: number, name: string): boolean {
    const { changes } = this.#database
      .prepare('UPDATE maintenance_connector SET sent = 1 WHERE window_id = ? AND name = ? AND outcome IS NULL')
      .run(id, name);
    return changes === 1;
  }

  /** Its start has ended. */
  complete(id: number): void {
    this.#database.prepare('UPDATE maintenance_window SET complete = 1 WHERE id = ?').run(id);
  }

  /** The window is over for a connector. */
  settle(id: number, name: string, outcome: string): void {
    this.#database
      .prepare('UPDATE maintenance_connector SET outcome = ? WHERE window_id = ? AND name = ?')
      .run(outcome, id, name);
  }

  /**
   * Windows with connectors that were not restored, the oldest first.
   * @param urls only those of this cluster: contexts that share a URL are the same cluster
   */
  open(urls?: readonly string[]): KeptWindow[] {
    return this.#database
      .prepare(
        `SELECT * FROM maintenance_window
         WHERE EXISTS (SELECT 1 FROM maintenance_connector WHERE window_id = id AND outcome IS NULL)
         ORDER BY id`,
      )
      .all()
      .map((row) => this.#toWindow(row))
      .filter((one) => urls === undefined || one.urls.some((url) => urls.includes(url)));
  }

  #toWindow(row: Record<string, unknown>): KeptWindow {
    const id = Number(row['id']);
    const connectors = this.#database
      .prepare('SELECT * FROM maintenance_connector WHERE window_id = ? ORDER BY name')
      .all(id)
      .map((one) => ({
        name: String(one['name']),
        before: String(one['before']) as FormerState,
        failedTasks: JSON.parse(String(one['failed_tasks'])) as number[],
        fingerprint: String(one['fingerprint']),
        action: one['action'] as MaintenanceAction,
        sent: one['sent'] === 1,
        outcome: one['outcome'] === null ? null : String(one['outcome']),
      }));
    return {
      id,
      context: String(row['context']),
      urls: JSON.parse(String(row['urls'])) as string[],
      kafkaClusterId: String(row['kafka_cluster_id']),
      who: String(row['who']),
      reason: String(row['reason']),
      since: String(row['since']),
      until: String(row['until']),
      action: row['action'] as MaintenanceAction,
      complete: row['complete'] === 1,
      connectors,
    };
  }
}
