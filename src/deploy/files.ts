import { durationMs } from '../config/duration.ts';
import { loadEnvironment } from '../config/environment.ts';
import type { Targets } from '../config/targets.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { loadConnectorFiles } from '../connectors/files.ts';
import { connectorPaths } from '../connectors/project-paths.ts';
import type { Logger } from '../ports/logger.ts';
import { SchemaStore } from '../schemas/store.ts';
import { secretKeysOf } from '../validate/secrets.ts';
import { type DeployOptions, type DeployReport, deploy } from './deploy.ts';
import { validateOffline } from './offline-validation.ts';

/** The flags of `sluice deploy`. */
export interface DeployFlags {
  'env-file'?: string[] | undefined;
  wait: boolean;
  timeout: string;
  stable: string;
  concurrency: number;
  'dry-run': boolean;
}

type Ports = Omit<DeployOptions, 'concurrency' | 'wait' | 'timeoutMs' | 'stableMs' | 'dryRun' | 'secretKeys'> & {
  logger: Logger;
  stdin: () => Promise<Buffer>;
};

/**
 * Deploys what files describe. Everything that can be wrong with the files is found before anything is sent.
 * @throws REFERENCE_UNRESOLVED for a variable that is not set, CONNECTOR_FILE_INVALID, VALIDATION_FAILED.
 */
export async function deployFiles(
  given: readonly string[],
  targets: Targets,
  flags: DeployFlags,
  ports: Ports,
): Promise<DeployReport> {
  const store = new SchemaStore();
  const files = await readDesired(given, targets, flags['env-file'], ports.stdin);
  await validateOffline(files, store, ports.logger);
  return deploy(files, {
    ...ports,
    secretKeys: (config) => secretKeysOf(config, store),
    concurrency: flags.concurrency,
    wait: flags.wait,
    timeoutMs: durationMs(flags.timeout) ?? 120_000,
    stableMs: durationMs(flags.stable) ?? 5_000,
    dryRun: flags['dry-run'],
  });
}

/** The connectors that files describe, every variable filled in. */
export async function readDesired(
  given: readonly string[],
  targets: Targets,
  envFiles: readonly string[] | undefined,
  stdin: () => Promise<Buffer>,
): Promise<ConnectorFile[]> {
  const paths = given.length > 0 ? given : await connectorPaths(targets);
  return loadConnectorFiles(paths, { environment: loadEnvironment(envFiles), stdin });
}
