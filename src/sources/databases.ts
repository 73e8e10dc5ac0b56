import type { Targets } from '../config/targets.ts';
import { engineOf } from '../databases/open.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { namedDatabases } from '../preflight/run.ts';
import { eachDatabase, locate } from '../topology/endpoints.ts';
import type { Endpoint } from '../topology/model.ts';

type Config = Readonly<Record<string, string>>;

/** Where a connector's databases are. @property isNamed by sluice.yaml @property known false if nothing is known of its class */
export type Databases =
  | { endpoints: Endpoint[]; isNamed: boolean }
  | { reason: string; known: boolean; error: ErrorDocument | null };

/** Where a connector's databases are, by its own settings or by what sluice.yaml names for it. */
export async function databasesOf(
  { name, config }: { name: string; config: Config },
  { targets, databases }: { targets: Targets; databases: boolean },
): Promise<Databases> {
  if (!databases) return { reason: 'databases were not to be asked', known: true, error: null };
  try {
    const named = (await namedDatabases([{ name }], targets)).get(name);
    const located = locate(config, named && { ...named, engine: engineOf(named) });
    if ('reason' in located) return { reason: located.reason, known: located.role !== null, error: null };
    return { endpoints: eachDatabase(config, located.endpoint), isNamed: named !== undefined };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { reason: error.message, known: true, error: toErrorDocument(error) };
  }
}
