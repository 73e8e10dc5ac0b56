import type { Session } from '../databases/session.ts';
import type { SluiceError } from '../errors/error.ts';
import type { CapturedTable } from '../topology/model.ts';
import type { LiveChecks } from './live-checks.ts';
import type { DatabaseFinding } from './model.ts';
import type { TargetReader } from './target/reader.ts';

type Config = Readonly<Record<string, string>>;

/** A Debezium source to check a database for. */
export interface CheckedSource {
  name: string;
  config: Config;
  /** Whose rights count; empty if the configuration does not say. */
  user: string;
  /** Live configurations by name; undefined if the worker was not asked. */
  live: ReadonlyMap<string, Config> | undefined;
}

/** What preflight knows of one engine. docs/new-database.md explains how to add one. */
export interface EngineChecks {
  /** Whether a login that was refused here may still succeed from the worker's host. */
  dependsOnHost(refusal: SluiceError): boolean;
  /** What a Debezium source lacks, and the tables that it captures. */
  source(session: Session, source: CheckedSource): Promise<{ findings: DatabaseFinding[]; tables: CapturedTable[] }>;
  /** Reads what the user of a JDBC sink may do. */
  target(session: Session, user: string): Promise<TargetReader>;
  /** What goes on while the pipeline runs. */
  live: LiveChecks;
}
