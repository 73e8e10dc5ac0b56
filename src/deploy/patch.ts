import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorConfig, ListedConnector, UnreadableConnector } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Finding } from '../connectors/finding.ts';
import { type ConfigPatch, patchedConnector } from '../connectors/live-file.ts';
import { SluiceError } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { Logger } from '../ports/logger.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import { holdsMask, isMasked } from '../text/masks.ts';
import { defined, own } from '../text/own.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { validateConnectors } from '../validate/validate.ts';
import { type DeployReport, deploy } from './deploy.ts';
import { type DeployPorts, withUncheckedGroups } from './files.ts';
import { declaredConnectors, planFiles, projectReading } from './patched-files.ts';
import { DEFAULTS } from './request.ts';

export interface PatchRequest {
  /** Of each connector. */
  patch: ConfigPatch;
  wait?: boolean | undefined;
  /** ms */
  timeout?: number | undefined;
  /** ms */
  stable?: number | undefined;
  rollback?: boolean | undefined;
  dryRun?: boolean | undefined;
  /** The configuration that the patch was made from: its keys must still have these values. */
  seen?: Readonly<Record<string, string>> | undefined;
  /** Change the files of the project too. */
  file?: boolean | undefined;
}

/** A file of the project that describes a patched connector. */
export interface PatchedFile {
  name: string;
  file: string;
  /** Keys of the patch in which the live connector differs from the file, or would without `written`. */
  keys: string[];
  /** The file has the same change now. */
  written: boolean;
}

export interface PatchReport extends DeployReport {
  /** Files of the project that have the connectors; where they differ, the next deploy would undo the patch. */
  files: PatchedFile[];
}

export type PatchPorts = Omit<DeployPorts, 'client' | 'topics' | 'confirmPrune' | 'stdin'> & {
  client: DeployPorts['client'] & Pick<ConnectClient, 'get'>;
  verb: 'patch' | 'edit';
};

/**
 * Changes single keys of live connectors as a deploy would: checked offline and by the worker, written, waited for, and
 * rolled back if a task fails. No other key is touched, even if someone else changes one meanwhile.
 * @throws CONNECTOR_NOT_FOUND, REQUEST_INVALID, REFERENCE_UNRESOLVED, VALIDATION_FAILED, before anything is sent
 */
export async function patchConnectors(
  { names, undecided }: { names: readonly string[]; undecided: readonly UnreadableConnector[] },
  request: PatchRequest,
  targets: Targets,
  ports: PatchPorts,
): Promise<PatchReport> {
  assertPatch(request.patch);
  if (undecided[0] !== undefined) throw undecided[0].error;
  const given = { ...DEFAULTS, ...defined(request), patch: request.patch };
  const live = await mapBounded(names, given.parallel, (name) => ports.client.get(name));
  if (given.seen !== undefined) assertSeen(live, given.seen, given.patch);
  const { environment } = await targets.variables({ offline: false });
  const files = live.map((one) => patchedConnector(one, given.patch, environment));
  assertResolved(files);
  const store = await projectSchemas(targets);
  await assertNoNewErrors(live, files, store, ports.logger);
  const reading = await projectReading(targets);
  const declared = await declaredConnectors(names, given.patch, reading);
  const writeFiles = given.file ? await planFiles(declared, names, given.patch, { store, reading }) : undefined;
  const run = (begins?: Parameters<typeof deploy>[1]['begins']) =>
    deploy(files, {
      ...ports,
      secrets: (connector) => configSecrets(connector, store),
      parallel: given.parallel,
      wait: given.wait,
      timeoutMs: given.timeout,
      stableMs: given.stable,
      rollback: given.rollback,
      dryRun: given.dryRun,
      // Values that the worker masks are replaced, too, where the patch has others.
      sendMasked: names,
      keepMasks: true,
      topics: undefined,
      approve: (changes) => assertOnlyPatched(changes, given.patch),
      begins,
    });
  const { recordedDeploy } = await import('./record.ts');
  const report = given.dryRun ? await run() : await recordedDeploy(run, ports);
  // After a failure or a rollback the files are right as they are.
  const written = writeFiles !== undefined && !given.dryRun && report.exitCode === EXIT.ok;
  if (written) writeFiles();
  const shown = declared.map(({ connector: { name, file }, keys }) => ({ name, file, keys, written }));
  return { ...withUncheckedGroups(report, ports), files: shown };
}

function patchedKeys({ set, unset }: ConfigPatch): ReadonlySet<string> {
  return new Set([...Object.keys(set), ...unset]);
}

/** @throws REQUEST_INVALID */
function assertPatch({ set, unset }: ConfigPatch): void {
  const refuse = (message: string, hint: string) => new SluiceError('REQUEST_INVALID', message, { hint });
  if (Object.keys(set).length + unset.length === 0) throw refuse('nothing to change', 'Name a key and its new value.');
  const both = unset.find((key) => Object.hasOwn(set, key));
  if (both !== undefined) throw refuse(`${both} is both set and removed`, 'Use one or the other.');
  if (Object.hasOwn(set, 'name') || unset.includes('name'))
    throw refuse('a connector cannot be renamed', 'Deploy it under the new name, then delete the old one.');
  if (unset.includes('connector.class'))
    throw refuse('a connector needs its connector.class', 'Set it to another class.');
  const masked = Object.entries(set).find(([key, value]) => isMasked(value) || holdsMask(key, value));
  if (masked === undefined) return;
  const [key, value] = masked;
  throw refuse(
    `the new value of ${key} ${isMasked(value) ? 'is a mask, not a value' : 'has a mask in place of a secret'}`,
    'Give the secret itself, or a reference to it.',
  );
}

/** @throws CONNECTOR_CHANGED */
function assertSeen(live: readonly ListedConnector[], seen: ConnectorConfig, patch: ConfigPatch): void {
  for (const { name, info } of live) {
    const key = [...patchedKeys(patch)].find((one) => own(info.config, one) !== own(seen, one));
    if (key !== undefined) throw touched(name, `was changed (${key})`);
  }
}

/** @throws REFERENCE_UNRESOLVED */
function assertResolved(files: readonly ConnectorFile[]): void {
  const keys = [...new Set(files.flatMap(({ unset }) => [...unset]))];
  if (keys.length === 0) return;
  throw new SluiceError('REFERENCE_UNRESOLVED', `a variable in the new value of ${keys.join(', ')} is not set`, {
    hint: 'Set it in the environment or in an env file.',
  });
}

/**
 * What was wrong before the patch is not its fault, and must not prevent it. New warnings are logged.
 * @throws VALIDATION_FAILED
 */
async function assertNoNewErrors(
  live: readonly ListedConnector[],
  files: readonly ConnectorFile[],
  store: Awaited<ReturnType<typeof projectSchemas>>,
  logger: Logger,
): Promise<void> {
  const idOf = ({ connector, rule, key, message }: Finding) => JSON.stringify([connector, rule, key, message]);
  const before = await validateConnectors(
    live.map((one) => patchedConnector(one, { set: {}, unset: [] }, {})),
    store,
  );
  const known = new Set(before.map(idOf));
  const fresh = (await validateConnectors(files, store)).filter((finding) => !known.has(idOf(finding)));
  const line = ({ connector, message, rule }: Finding) => `${connector}: ${message} [${rule}]`;
  for (const warning of fresh.filter(({ severity }) => severity === 'warning'))
    logger.warn(`${line(warning)}${warning.hint === undefined ? '' : `: ${warning.hint}`}`);
  const errors = fresh.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new SluiceError('VALIDATION_FAILED', ['the patch causes errors', ...errors.map(line)].join('\n  '), {
    hint: 'Nothing was sent. To read about a rule: sluice rules show RULE',
    details: { findings: errors.map(({ fix: _fix, excerpt: _excerpt, ...finding }) => finding) },
  });
}

/**
 * The configuration was read before: what differs beside the patch was changed by someone else since.
 * @throws CONNECTOR_CHANGED
 */
function assertOnlyPatched(changes: readonly ConnectorChange[], patch: ConfigPatch): void {
  const keys = patchedKeys(patch);
  for (const { name, action, keys: changed } of changes) {
    const other = changed.find(({ key }) => !keys.has(key));
    if (action !== 'create' && other === undefined) continue;
    const what = action === 'create' ? 'was deleted' : `was changed (${other?.key})`;
    throw touched(name, what);
  }
}

function touched(name: string, what: string): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', `connector "${name}" ${what} since it was read; nothing was sent`, {
    hint: `See what it is now: ${command(`describe ${shellWord(name)}`)}`,
    details: { name },
  });
}
