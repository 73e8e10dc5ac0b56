import type { Targets } from '../config/targets.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile, ConnectorState } from '../connectors/connector-file.ts';
import { place, readConnectorFiles } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Logger } from '../ports/logger.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { MASK, redactEntry } from '../text/redact.ts';
import { readingOf } from './reading.ts';

export interface RenderRequest {
  /** None means every connector. */
  names: readonly string[];
  /** Files to read; none means the project's. */
  paths: readonly string[];
  targets: Targets;
  stdin: () => Promise<Buffer>;
  logger: Logger;
}

/** One connector as its context has it, fit to be shown: references as written, secrets masked. */
export interface RenderedConnector {
  name: string;
  config: ConnectorConfig;
  state?: ConnectorState;
}

export interface RenderedOrigin {
  name: string;
  file: string;
  /** Null where no overlay is laid over it. */
  overlay: string | null;
  /** What comes from the overlay, `file:line:column` by key; `state` is one of them. */
  changed: Record<string, string>;
}

export interface RenderReport {
  /** Null where no context is named: there are no overlays then. */
  context: string | null;
  /** Each is a connector file, and the whole document can be read as files are. */
  connectors: RenderedConnector[];
  origins: RenderedOrigin[];
}

/**
 * Connectors with the overlays of the context laid over them. Variables are left as references: what is shown may be
 * committed, and needs no secret.
 * @throws CONNECTOR_FILE_INVALID for files and overlays with errors, CONNECTOR_NOT_FOUND with the nearest name
 */
export async function renderConnectors(request: RenderRequest): Promise<RenderReport> {
  const { paths, ...options } = await readingOf(request.targets, request.paths, { ...request, offline: true });
  const { connectors, findings } = await readConnectorFiles(paths, options);
  refuse(findings.filter((finding) => finding.severity === 'error'));
  const store = await projectSchemas(request.targets);
  const chosen = choose(connectors, request.names);
  return {
    context: (await request.targets.contextName()) ?? null,
    connectors: chosen.map((connector) => render(connector, store, request.logger)),
    origins: await Promise.all(chosen.map(originOf)),
  };
}

function refuse(errors: readonly Finding[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new SluiceError('CONNECTOR_FILE_INVALID', `${place(first)}: ${first.message}${more}`, {
    hint: first.hint ?? 'See all findings with: sluice validate',
    details: { findings: errors },
  });
}

function choose(connectors: readonly ConnectorFile[], names: readonly string[]): ConnectorFile[] {
  if (names.length === 0) return [...connectors];
  return [...new Set(names)].map((name) => {
    const found = connectors.find((connector) => connector.name === name);
    if (found) return found;
    const near = nearest(
      name,
      connectors.map((connector) => connector.name),
    );
    throw new SluiceError('CONNECTOR_NOT_FOUND', `no file describes "${name}"`, {
      hint: near === undefined ? 'See all of them: sluice render' : `Did you mean ${near}?`,
    });
  });
}

function render({ name, written, config, state }: ConnectorFile, store: SchemaStore, logger: Logger) {
  const { isSecret } = configSecrets({ config }, store);
  const shown = Object.entries(written).map(([key, value]) => [key, redactEntry(key, value, isSecret)] as const);
  const masked = shown.flatMap(([key, value]) => (value !== written[key] && value.includes(MASK) ? [key] : []));
  if (masked.length > 0) {
    logger.warn(
      `the file of ${name} holds ${masked.join(', ')} in clear; what is shown has masks there, so do not deploy it`,
    );
  }
  return { name, config: Object.fromEntries(shown), ...(state === undefined ? {} : { state }) };
}

async function originOf({ name, file, overlay, positions }: ConnectorFile): Promise<RenderedOrigin> {
  if (overlay === undefined) return { name, file, overlay: null, changed: {} };
  const places = await positions();
  const changed = [...overlay.keys].map((key) => {
    const position = places.key(key);
    return [key, place({ file: overlay.file, ...(position ? { position } : {}) })];
  });
  return { name, file, overlay: overlay.file, changed: Object.fromEntries(changed) };
}
