import type { ValidatePolicy } from '../config/project.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { place } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { validateConnectors } from '../validate/validate.ts';

const SHOWN_WARNINGS = 10;

interface OfflineChecks {
  store: SchemaStore;
  logger: Logger;
  /** The project's severities and exceptions. */
  policy: ValidatePolicy | undefined;
}

/**
 * Checks files against the plugins' definitions before contacting a worker. Warnings are logged, errors end the run.
 * @throws VALIDATION_FAILED with every error in the details.
 */
export async function validateOffline(files: readonly ConnectorFile[], checks: OfflineChecks): Promise<void> {
  const { warnings, errors } = await findingsOf(files, checks);
  warn(warnings, checks.logger, line, (more) => `and ${more} more warnings`);
  if (errors.length === 0) return;
  throw new SluiceError('VALIDATION_FAILED', ['the files have errors', ...errors.map(line)].join('\n  '), {
    hint: 'Nothing was sent. To see the lines and suggested fixes: sluice validate',
    details: { findings: errors.map(({ fix: _fix, excerpt: _excerpt, ...finding }) => finding) },
  });
}

/** Warns of what a deploy of the files would refuse: a plan of them shows more than will ever be sent. */
export async function warnOfErrors(files: readonly ConnectorFile[], checks: OfflineChecks): Promise<void> {
  const { errors } = await findingsOf(files, checks);
  const refused = (what: string) => `a deploy will refuse ${what}`;
  warn(
    errors,
    checks.logger,
    (error) => refused(line(error)),
    (more) => refused(`${more} more errors`),
  );
}

async function findingsOf(files: readonly ConnectorFile[], { store, policy }: OfflineChecks) {
  const findings = await validateConnectors(files, store, { policy });
  const of = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity);
  return { warnings: of('warning'), errors: of('error') };
}

/** Logs the first findings as warnings, then how many more there are. */
function warn(
  findings: readonly Finding[],
  logger: Logger,
  text: (finding: Finding) => string,
  rest: (more: number) => string,
): void {
  for (const finding of findings.slice(0, SHOWN_WARNINGS)) logger.warn(text(finding));
  const more = findings.length - SHOWN_WARNINGS;
  if (more > 0) logger.warn(`${rest(more)}; to see them all: sluice validate`);
}

function line(finding: Finding): string {
  return `${place(finding)}${finding.connector === undefined ? '' : ` (${finding.connector})`}: ${finding.message} [${finding.rule}]`;
}
