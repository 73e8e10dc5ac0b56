import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorConfig, ListedConnector, Listing } from '../connect/types.ts';
import { kubernetesValue } from '../connectors/kubernetes-yaml.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { stateOf, type TargetState } from '../plan/diff.ts';
import type { Logger } from '../ports/logger.ts';
import type { ConfigSecrets } from '../schemas/secrets.ts';
import { nearest } from '../text/nearest.ts';
import { serialize } from '../text/serialize.ts';
import { setting } from '../text/settings.ts';
import { hasHidden, visibleJson } from '../text/visible.ts';
import { fileName, variablesOfOthers, writeConnector, writeEnvFile } from './files.ts';
import { DEFAULTS, type ExportFormat } from './request.ts';
import { type Extracted, envLine, escapeReferences, extractSecrets } from './secrets.ts';

export interface ExportRequest {
  client: Pick<ConnectClient, 'listing'>;
  context: string;
  /** None means every connector: reading is harmless. */
  names: readonly string[];
  folder?: string | undefined;
  /** By default, in the folder. */
  envFile?: string | undefined;
  format?: ExportFormat;
  /** Name of the KafkaConnect resource for the label of Strimzi's connectors. */
  cluster?: string | undefined;
  /** Overwrite existing files. */
  force: boolean;
  logger: Logger;
  secrets: (connector: { config: ConnectorConfig }) => Pick<ConfigSecrets, 'isSecret'>;
}

type FullRequest = ExportRequest & { folder: string; envFile: string; format: ExportFormat };

export interface ExportedConnector {
  name: string;
  file: string;
  /** Keys whose values went into the env file. */
  secrets: string[];
  /** Keys that the worker masks: fill in their variables. */
  masked: { key: string; variable: string }[];
  state: TargetState;
}

export interface ExportReport {
  context: string;
  connectors: ExportedConnector[];
  /** Connectors that exist, but that the worker does not show: not exported. */
  unreadable: { name: string; error: ErrorDocument }[];
  /** Null if there was no secret. */
  envFile: string | null;
}

/**
 * Writes live connectors to files, with secrets in a separate env file. A plan of these files then finds no changes.
 * @throws CONNECTOR_NOT_FOUND; FILE_UNWRITABLE, before anything is written if a file exists.
 */
export async function exportConnectors(given: ExportRequest): Promise<ExportReport> {
  const { folder = DEFAULTS.folder, format = DEFAULTS.format } = given;
  const { envFile = path.join(folder, DEFAULTS.envFile) } = given;
  const request: FullRequest = { ...given, folder, format, envFile };
  const { connectors: chosen, unreadable } = choose(await request.client.listing(), request.names);
  const [files, variables] = [new Set<string>(), new Set<string>()];
  const extension = request.format === 'json' ? 'json' : 'yaml';
  const targets = chosen.map((connector) => ({
    connector,
    file: path.join(request.folder, fileName(connector.name, extension, files)),
  }));
  const paths = targets.map(({ file }) => file);
  assertFree(paths, request.force);
  const others = variablesOfOthers(request.envFile, paths);
  const planned = targets.map(({ connector, file }) => {
    const { isSecret } = request.secrets(connector.info);
    return {
      connector,
      file,
      extracted: extractSecrets(connector.name, connector.info.config, isSecret, variables, others),
    };
  });
  const texts = await Promise.all(
    planned.map(({ connector, extracted }) => textOf(connector, extracted.config, request)),
  );
  if (request.format === 'strimzi') warnOfStrimzi(planned, request);
  const lines = planned.flatMap(({ extracted }) => [
    ...[...extracted.variables].map(([variable, value]) => envLine(variable, value)),
    ...extracted.masked.map(({ variable, key }) => `# ${variable}=   (${key} is masked by the worker: set it here)`),
  ]);
  // Secrets first: connector files without their variables would only look complete.
  if (lines.length > 0) writeEnvFile(request.envFile, lines);
  for (const [index, { file }] of planned.entries()) writeConnector(file, texts[index] ?? '', request.force);
  return {
    context: request.context,
    connectors: planned.map(({ connector, file, extracted }) => ({
      name: connector.name,
      file,
      secrets: extracted.secrets,
      masked: extracted.masked,
      state: stateOf(connector),
    })),
    unreadable: unreadable.map(({ name, error }) => ({ name, error: toErrorDocument(error) })),
    envFile: lines.length > 0 ? request.envFile : null,
  };
}

function choose(live: Listing, names: readonly string[]): Listing {
  if (names.length === 0) return live;
  const all = [...live.connectors, ...live.unreadable].map((connector) => connector.name);
  const missing = names.find((name) => !all.includes(name));
  if (missing !== undefined) {
    const near = nearest(missing, all);
    throw new SluiceError('CONNECTOR_NOT_FOUND', `there is no connector "${missing}"`, {
      hint: near === undefined ? 'List the existing connectors: sluice list' : `Did you mean ${near}?`,
    });
  }
  const wanted = <T extends { name: string }>(some: readonly T[]) =>
    [...new Set(names)].flatMap((name) => some.filter((one) => one.name === name));
  return { connectors: wanted(live.connectors), unreadable: wanted(live.unreadable) };
}

function assertFree(files: readonly string[], force: boolean): void {
  const twin = files.flatMap(otherForms).find((file) => existsSync(file));
  if (twin !== undefined) {
    throw new SluiceError('FILE_UNWRITABLE', `${twin} describes this connector already; nothing was written`, {
      hint: `Remove it: a connector belongs in one file. Or write elsewhere with ${setting('out')}.`,
    });
  }
  const taken = force ? undefined : files.find((file) => existsSync(file));
  if (taken === undefined) return;
  throw new SluiceError('FILE_UNWRITABLE', `${taken} already exists; nothing was written`, {
    hint: `Replace files with ${setting('force')}, or write elsewhere with ${setting('out')}.`,
  });
}

/** The same connector in another format: with two files for one, neither can be deployed. */
function otherForms(file: string): string[] {
  const { dir, name, ext } = path.parse(file);
  return ['.json', '.yaml', '.yml'].filter((other) => other !== ext).map((other) => path.join(dir, `${name}${other}`));
}

/** Warns of resources that the operator would reject, ignore or pass on unresolved. */
function warnOfStrimzi(
  planned: readonly { connector: ListedConnector; extracted: Extracted }[],
  { cluster, logger }: FullRequest,
): void {
  if (cluster === undefined && planned.length > 0) {
    logger.warn(
      `without ${setting('cluster')} the resources have no label strimzi.io/cluster, and the operator ignores them`,
    );
  }
  const odd = planned.map(({ connector }) => connector.name).filter((name) => !KUBERNETES_NAME.test(name));
  if (odd.length > 0) logger.warn(`not valid names in Kubernetes: ${odd.map((name) => `"${name}"`).join(', ')}`);
  const secret = planned.filter(({ extracted }) => extracted.secrets.length + extracted.masked.length > 0);
  if (secret.length > 0) {
    const names = secret.map(({ connector }) => connector.name).join(', ');
    logger.warn(
      `sluice resolves \${NAME}, the operator does not: in ${names}, use a config provider's reference instead`,
    );
  }
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const KUBERNETES_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

async function textOf(
  connector: ListedConnector,
  config: ConnectorConfig,
  { format, cluster }: FullRequest,
): Promise<string> {
  const state = stateOf(connector);
  const name = escapeReferences(connector.name);
  if (format === 'strimzi') return yamlOf(strimzi(name, config, state, cluster));
  const document = { name, config, ...(state === 'running' ? {} : { state }) };
  return format === 'json' ? serialize(document, format) : yamlOf(document);
}

/** @see https://strimzi.io/docs/operators/latest/configuring.html#type-KafkaConnectorSpec-reference */
function strimzi(name: string, config: ConnectorConfig, state: TargetState, cluster: string | undefined): object {
  const { 'connector.class': className, 'tasks.max': tasksMax, 'connector.plugin.version': version, ...rest } = config;
  const tasks = Number(tasksMax);
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaConnector',
    metadata: { name, ...(cluster === undefined ? {} : { labels: { 'strimzi.io/cluster': cluster } }) },
    spec: {
      class: className,
      ...(tasksMax === undefined ? {} : { tasksMax: Number.isInteger(tasks) ? tasks : tasksMax }),
      ...(version === undefined ? {} : { version }),
      ...(state === 'running' ? {} : { state }),
      config: rest,
    },
  };
}

export async function yamlOf(document: object): Promise<string> {
  const { Document, visit } = await import('yaml');
  const written = new Document(document);
  visit(written, {
    Scalar(_key, node) {
      // To Kubernetes, and to any YAML 1.1 parser, `yes` and 010 are not strings.
      if (typeof node.value !== 'string') return;
      if (kubernetesValue(node.value) !== undefined || hasHidden(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return visibleJson(written.toString({ lineWidth: 0 }));
}
