import type { ValidatePolicy } from '../config/project.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { place } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { validateConnectors } from '../validate/validate.ts';

const SHOWN_WARNINGS = 10;

/**
 * Checks files against the plugins' definitions before contacting a worker. Warnings are logged, errors end the run.
 * @param policy the project's severities and exceptions
 * @throws VALIDATION_FAILED with every error in the details.
 */
export async function validateOffline(
  files: readonly ConnectorFile[],
  store: SchemaStore,
  logger: Logger,
  policy?: ValidatePolicy,
): Promise<void> {
  const findings = await validateConnectors(files, store, { policy });
  const warnings = findings.filter((finding) => finding.severity === 'warning');
  warn(warnings, logger, line, (more) => `and ${more} more warnings`);
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length === 0) return;
  throw new SluiceError('VALIDATION_FAILED', ['the files have errors', ...errors.map(line)].join('\n  '), {
    hint: 'Nothing was sent. To see the lines and suggested fixes: sluice validate',
    details: { findings: errors.map(({ fix: _fix, excerpt: _excerpt, ...finding }) => finding) },
  });
}

/** Warns of what a deploy of the files would refuse: a plan of them shows more than will ever be sent. */
export async function warnOfErrors(
  files: readonly ConnectorFile[],
  store: SchemaStore,
  logger: Logger,
  policy?: ValidatePolicy,
): Promise<void> {
  const findings = await validateConnectors(files, store, { policy });
  const errors = findings.filter((finding) => finding.severity === 'error');
  const refused = (what: string) => `a deploy will refuse ${what}`;
  warn(
    errors,
    logger,
    (error) => refused(line(error)),
    (more) => refused(`${more} more errors`),
  );
}

/** The first of the findings as warnings, and how many more there are. */
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
