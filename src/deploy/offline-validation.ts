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
 * Checks files against the plugins' definitions before a worker is asked. Warnings are told, errors end the run.
 * @param policy severities and silences of the project
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
  for (const warning of warnings.slice(0, SHOWN_WARNINGS)) logger.warn(line(warning));
  if (warnings.length > SHOWN_WARNINGS) {
    logger.warn(`and ${warnings.length - SHOWN_WARNINGS} more warnings; see them all with: sluice validate`);
  }
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length === 0) return;
  throw new SluiceError('VALIDATION_FAILED', ['the files have errors', ...errors.map(line)].join('\n  '), {
    hint: 'Nothing was sent. See the lines and what to write instead with: sluice validate',
    details: { findings: errors.map(({ fix: _fix, excerpt: _excerpt, ...finding }) => finding) },
  });
}

function line(finding: Finding): string {
  return `${place(finding)}${finding.connector === undefined ? '' : ` (${finding.connector})`}: ${finding.message} [${finding.rule}]`;
}
