import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { AlertStore } from './alerts.ts';
import { ChangeHistory } from './changes.ts';
import { ReconcileHistory } from './comparisons.ts';
import { HealStates } from './heal.ts';
import { Leases } from './lease.ts';
import { MaintenanceWindows } from './maintenance.ts';
import { historyFile, openHistory } from './open.ts';
import { RaisedLoggers } from './raised-loggers.ts';
import { SchemaChanges } from './schema-changes.ts';
import { StatusSamples } from './status-samples.ts';

/** What was run from this machine by this user: a local SQLite file, opened on first use and closed once. */
export class Store implements Disposable {
  /** Of the user, with everything that is kept. */
  readonly folder: string;
  readonly file: string;
  #database: DatabaseSync | undefined;

  /** @param stateFolder of the user */
  constructor(stateFolder: string) {
    this.folder = stateFolder;
    this.file = historyFile(stateFolder);
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get changes(): ChangeHistory {
    return new ChangeHistory(this.#open(), this.file);
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get comparisons(): ReconcileHistory {
    return new ReconcileHistory(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get samples(): StatusSamples {
    return new StatusSamples(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get maintenance(): MaintenanceWindows {
    return new MaintenanceWindows(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get raisedLoggers(): RaisedLoggers {
    return new RaisedLoggers(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get alerts(): AlertStore {
    return new AlertStore(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get leases(): Leases {
    return new Leases(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get heals(): HealStates {
    return new HealStates(this.#open());
  }

  /** @throws FILE_UNWRITABLE, if the file cannot be opened */
  get schemaChanges(): SchemaChanges {
    return new SchemaChanges(this.#open(), this.file);
  }

  /** Whether anything was ever kept: opening the store would create it. */
  get exists(): boolean {
    return existsSync(this.file);
  }

  #open(): DatabaseSync {
    this.#database ??= openHistory(this.file);
    return this.#database;
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }
}
