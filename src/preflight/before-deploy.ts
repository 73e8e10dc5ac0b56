import type { Targets } from '../config/targets.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { setting } from '../text/settings.ts';
import { locate } from '../topology/endpoints.ts';
import type { PreflightFinding } from './model.ts';
import { preflight } from './preflight.ts';
import { BEFORE_DEPLOY } from './request.ts';
import { namedDatabases } from './run.ts';

export interface BeforeDeployOptions {
  targets: Targets;
  logger: Logger;
  progress: Progress;
  signal: AbortSignal;
  /** Treat warnings and unreachable databases as errors. */
  strict: boolean;
}

/**
 * Checks the databases of the connectors that are about to be written. Logs warnings.
 * @throws PREFLIGHT_FAILED with every finding that ends the run, and the statements that fix them
 */
export async function preflightChanged(
  files: readonly ConnectorFile[],
  changed: ReadonlySet<string>,
  live: readonly ListedConnector[],
  { targets, logger, progress, signal, strict }: BeforeDeployOptions,
): Promise<void> {
  const named = await namedDatabases(files, targets);
  // Many connectors have no database; then report nothing.
  const concerned = files.filter(
    ({ name, config }) => changed.has(name) && (named.has(name) || 'endpoint' in locate(config)),
  );
  if (concerned.length === 0) return;
  const report = await progress.step(`Check the databases of ${concerned.map((file) => file.name).join(', ')}`, () =>
    preflight(files, {
      only: new Set(concerned.map((file) => file.name)),
      named,
      live: new Map(live.map(({ name, info }) => [name, info.config])),
      signal,
      waits: BEFORE_DEPLOY,
    }),
  );
  const unreachable = report.connectors.filter((connector) => connector.outcome === 'unreachable');
  const ends = report.findings.filter(({ severity }) => severity === 'error' || (strict && severity === 'warning'));
  for (const finding of report.findings.filter(({ severity }) => severity !== 'note')) {
    if (!ends.includes(finding)) logger.warn(line(finding));
  }
  if (!strict) {
    for (const { name, reason } of unreachable) {
      logger.warn(`the database of ${name} was not checked (${reason}); the worker may still reach it`);
    }
  }
  if (ends.length === 0 && (!strict || unreachable.length === 0)) return;
  const lines = [
    ...ends.map(line),
    ...(strict ? unreachable.map(({ name, reason }) => `${name} (its database): ${reason}`) : []),
  ];
  throw new SluiceError('PREFLIGHT_FAILED', ['the databases are not ready', ...lines].join('\n  '), {
    hint: `Nothing was sent. See all findings with: sluice preflight; or skip the check with ${setting('preflight', false)}`,
    details: { findings: ends, unreachable: strict ? unreachable : [] },
  });
}

function line({ connector, message, statement, hint, check }: PreflightFinding): string {
  const fix = statement ?? hint;
  return `${connector} (its database): ${message} [${check}]${fix === null ? '' : `\n    → ${fix}`}`;
}
