import type { Targets } from '../config/targets.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile, ConnectorState } from '../connectors/connector-file.ts';
import { place, readConnectorFiles } from '../connectors/files.ts';
import { filesError } from '../connectors/load.ts';
import { openProjectFiles } from '../connectors/reading.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { nearest } from '../text/nearest.ts';
import { MASK, redactEntry } from '../text/redact.ts';

export interface RenderRequest {
  /** Empty means every connector. */
  names: readonly string[];
  /** Files to read; empty means the project's. */
  paths: readonly string[];
  targets: Targets;
  stdin: () => Promise<Buffer>;
  logger: Logger;
}

/** One connector with the context's overlays, safe to show: references as written, secrets masked. */
export interface RenderedConnector {
  name: string;
  config: ConnectorConfig;
  state?: ConnectorState;
}

export interface RenderedOrigin {
  name: string;
  file: string;
  /** Null if it has no overlay. */
  overlay: string | null;
  /** Keys that the overlay sets, including `state`, with file:line:column. */
  changed: Record<string, string>;
}

export interface RenderReport {
  /** Null if no context is selected: then there are no overlays. */
  context: string | null;
  /** Each is a connector file, and so is the whole document; references as written, secrets masked. */
  connectors: RenderedConnector[];
  /** In the order of connectors. */
  origins: RenderedOrigin[];
}

/**
 * Connectors with the context's overlays applied. References stay as written: the output is safe to commit, and needs no
 * secrets.
 * @throws CONNECTOR_FILE_INVALID for files and overlays with errors, CONNECTOR_NOT_FOUND with the nearest name
 */
export async function renderConnectors(request: RenderRequest): Promise<RenderReport> {
  const { paths, ...options } = await openProjectFiles(request.targets, request.paths, {
    ...request,
    offline: true,
  });
  const { connectors, findings } = await readConnectorFiles(paths, options);
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) throw filesError(errors);
  const store = await projectSchemas(request.targets);
  const chosen = choose(connectors, request.names);
  return {
    context: (await request.targets.contextName()) ?? null,
    connectors: chosen.map((connector) => render(connector, store, request.logger)),
    origins: await Promise.all(chosen.map(originOf)),
  };
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
      `the file of ${name} has ${masked.join(', ')} in plain text; the output has masks instead, so do not deploy it`,
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
