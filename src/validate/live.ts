import type { ValidatePolicy } from '../config/project.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Finding } from '../connectors/finding.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { checkConnector } from './connector.ts';
import { applyPolicy } from './policy.ts';

/** Findings about a live configuration, advice included, with the severities and silences of a project. */
export function validateConfig(connector: ConnectorFile, store: SchemaStore, policy: ValidatePolicy): Finding[] {
  return checkConnector(connector, store, { advice: true }).flatMap(
    (found) => applyPolicy({ ...found, file: connector.file, connector: connector.name }, policy) ?? [],
  );
}
