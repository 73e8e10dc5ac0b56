import { projectEnvFile } from '../../config/env-file.ts';
import { userFolders } from '../../config/paths.ts';
import { Targets } from '../../config/targets.ts';
import { createConnectClient } from '../../connect/client.ts';
import { systemClock } from '../../ports/clock.ts';
import { silentLogger } from '../../ports/logger.ts';
import { type Environment, loadEnvironment } from '../../secrets/environment.ts';
import { readNames, tablesOf, writeNames } from './cache.ts';
import type { Cluster } from './world.ts';

/** Nothing that goes wrong is shown: nobody waits for it. */
export async function main(): Promise<void> {
  const { SLUICE_COMPLETION: cluster = '', ...environment } = process.env;
  await refreshNames(JSON.parse(cluster) as Cluster, process.cwd(), environment).catch(() => undefined);
}

/** A worker that takes longer is left. */
const LIMIT_MS = 5_000;

/**
 * Asks a cluster for its names, in a process of its own. One that a project file chooses is only asked at the URLs at which a
 * command of the user has asked it before.
 */
async function refreshNames(
  { key, flags, chosenByUser }: Cluster,
  folder: string,
  environment: Environment,
): Promise<void> {
  const { cache } = userFolders(environment);
  const known = readNames(cache, key);
  if (known === undefined && !chosenByUser) return;
  const envFile = projectEnvFile(folder, flags.project);
  const variables = envFile?.trusted ? loadEnvironment([envFile.file], environment) : environment;
  const context = await new Targets({ environment: variables, folder, ...flags }).context();
  if (!chosenByUser && context.urls.some((url) => !known?.urls.includes(url))) return;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const ports = { clock: systemClock, signal, logger: silentLogger, proxyEnvironment: environment };
  const { connectors, unreadable } = await createConnectClient(context, ports).listing();
  writeNames(cache, key, {
    urls: context.urls,
    connectors: [...connectors, ...unreadable].map(({ name }) => name).sort(),
    tables: connectors.flatMap(({ info }) => tablesOf(info.config)),
  });
}
