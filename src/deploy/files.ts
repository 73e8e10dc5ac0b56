import { durationMs } from '../config/duration.ts';
import { loadEnvironment } from '../config/environment.ts';
import type { Targets } from '../config/targets.ts';
import { loadConnectorFiles } from '../connectors/files.ts';
import { type DeployOptions, type DeployReport, deploy } from './deploy.ts';
import { connectorPaths } from './paths.ts';

/** The flags of `sluice deploy`. */
export interface DeployFlags {
  'env-file'?: string[] | undefined;
  wait: boolean;
  timeout: string;
  stable: string;
  concurrency: number;
  'dry-run': boolean;
}

type Ports = Omit<DeployOptions, 'concurrency' | 'wait' | 'timeoutMs' | 'stableMs' | 'dryRun'>;

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
  const paths = connectorPaths(given, await targets.project(), 'deploy');
  const files = await loadConnectorFiles(paths, { environment: loadEnvironment(flags['env-file']) });
  return deploy(files, {
    ...ports,
    concurrency: flags.concurrency,
    wait: flags.wait,
    timeoutMs: durationMs(flags.timeout) ?? 120_000,
    stableMs: durationMs(flags.stable) ?? 5_000,
    dryRun: flags['dry-run'],
  });
}
