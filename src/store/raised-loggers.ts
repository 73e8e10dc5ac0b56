import type { DatabaseSync } from 'node:sqlite';
import type { Integer } from '../text/numbers.ts';

/** Levels before a change, by logger; the changed one first, then those below it that had another. */
export type FormerLevels = readonly (readonly [logger: string, level: string])[];

/** A level that was changed for a while. */
export interface RaisedLogger {
  id: Integer;
  /** The worker, or all known workers of the cluster. */
  urls: string[];
  kafkaClusterId: string;
  scope: 'worker' | 'cluster';
  logger: string;
  level: string;
  former: FormerLevels;
  who: string;
  /** The process that sets it back. */
  pid: Integer;
  /** ISO 8601, UTC. */
  since: string;
  until: string;
}

/** Levels of loggers that were to be set back, and have not been. */
export class RaisedLoggers {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Keeps the former levels before anything is changed. @returns its number */
  add(raised: Omit<RaisedLogger, 'id'>): number {
    const { urls, kafkaClusterId, scope, logger, level, former, who, pid, since, until } = raised;
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO raised_logger (urls, kafka_cluster_id, scope, logger, level, former, who, pid, since, until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(JSON.stringify(urls), kafkaClusterId, scope, logger, level, JSON.stringify(former), who, pid, since, until);
    return Number(lastInsertRowid);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM raised_logger WHERE id = ?').run(id);
  }

  /** Those of a cluster, the oldest first. */
  list(urls: readonly string[]): RaisedLogger[] {
    return this.#database
      .prepare('SELECT * FROM raised_logger ORDER BY id')
      .all()
      .map((row) => ({
        id: Number(row['id']),
        urls: JSON.parse(String(row['urls'])) as string[],
        kafkaClusterId: String(row['kafka_cluster_id']),
        scope: String(row['scope']) as RaisedLogger['scope'],
        logger: String(row['logger']),
        level: String(row['level']),
        former: JSON.parse(String(row['former'])) as FormerLevels,
        who: String(row['who']),
        pid: Number(row['pid']),
        since: String(row['since']),
        until: String(row['until']),
      }))
      .filter((one) => one.urls.some((url) => urls.includes(url)));
  }
}
