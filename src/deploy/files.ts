import type { Targets } from '../config/targets.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { type LoadOptions, loadConnectorFiles } from '../connectors/load.ts';
import { openProjectFiles } from '../connectors/reading.ts';
import { assertKnown, select } from '../connectors/select.ts';
import { SluiceError } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';
import { STDIN } from '../files/path-words.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { assertCurrent, assertSealed, type SavedPlan } from '../plan/saved.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { runSecrets } from '../schemas/secrets.ts';
import type { Store } from '../store/store.ts';
import { defined } from '../text/own.ts';
import { setting } from '../text/settings.ts';
import { type Confirmation, type DeployReport, deploy } from './deploy.ts';
import { validateOffline } from './offline-validation.ts';
import type { Begins, DeployOptions } from './options.ts';
import type { PruneOptions } from './prune.ts';
import { DEFAULTS, type DeployDefaults, type DeployRequest } from './request.ts';
import { planKey, readPlan } from './saved-plan-file.ts';
import { type TopicOpener, topicChanges, topicsWanted } from './topics.ts';

/** What a deploy needs from its caller. */
export interface DeployPorts extends Confirmation {
  client: DeployOptions['client'];
  groups: GroupReader;
  topics: TopicOpener;
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  progress: Progress;
  stdin: () => Promise<Buffer>;
  /** Name of the client's context. */
  context: string;
  /** Where deploys are recorded. */
  store: () => Promise<Store>;
  /** Asks before connectors are removed; throws if the answer is no. */
  confirmPrune: (names: readonly string[]) => Promise<void>;
}

/**
 * Deploys connector files. All problems in the files are found before anything is sent.
 * @throws REFERENCE_UNRESOLVED for an unset variable, CONNECTOR_FILE_INVALID, VALIDATION_FAILED.
 */
export async function deployFiles(given: DeployRequest, targets: Targets, ports: DeployPorts): Promise<DeployReport> {
  const request: FullRequest = { ...DEFAULTS, ...defined(given) };
  if (request.dryRun) return readAndDeploy(request, targets, ports);
  const { recordedDeploy } = await import('./record.ts');
  return recordedDeploy((begins) => readAndDeploy(request, targets, ports, begins), ports);
}

type FullRequest = DeployRequest & DeployDefaults;

async function readAndDeploy(
  request: FullRequest,
  targets: Targets,
  ports: DeployPorts,
  begins?: Begins,
): Promise<DeployReport> {
  const { paths = [] } = request;
  const saved = request.plan === undefined ? undefined : readPlan(request.plan);
  if (saved) assertSealed(saved, planKey(targets.environment));
  if (saved) assertPlanUse(saved, request, ports.context);
  const store = await projectSchemas(targets);
  // A connector in an unread file would look as if no file had it.
  const selection = saved ? { only: saved.only ?? undefined, exclude: saved.exclude ?? undefined } : request;
  const reading = { whole: request.prune, unique: true, selection };
  const all = await readDesired(saved?.paths ?? paths, targets, ports.stdin, reading);
  const files = select(all, selection);
  // Without its variables, nothing can be concluded from another connector.
  const known = all.filter((file) => file.unset.size === 0 || files.includes(file));
  const sendMasked = saved ? saved.sendMasked : request.sendMasked;
  assertKnown(
    'sendMasked',
    sendMasked,
    files.map((file) => file.name),
  );
  const wanted = await topicsWanted(targets, files, selection, {
    context: ports.context,
    open: ports.topics,
    signal: ports.signal,
  });
  const policy = (await targets.project())?.document.validate;
  await validateOffline(files, { store, logger: ports.logger, policy });
  const report = await deploy(files, {
    ...ports,
    secrets: runSecrets(files, store),
    parallel: request.parallel,
    wait: request.wait,
    timeoutMs: request.timeout,
    stableMs: request.stable,
    dryRun: request.dryRun,
    begins,
    rollback: request.rollback,
    sendMasked,
    preflight: request.preflight
      ? async (changed, live) => {
          const { preflightChanged } = await import('../preflight/before-deploy.ts');
          await preflightChanged(known, changed, live, { ...ports, targets, strict: request.strict });
        }
      : undefined,
    prune: request.prune
      ? await pruneOptions(targets, [...all, ...(await othersOf(targets, paths, ports.stdin))], request, {
          confirm: ports.confirmPrune,
          declaredNow: () => namesNow(paths, targets, ports.stdin),
        })
      : undefined,
    topics: { changes: () => topicChanges(wanted), open: ports.topics },
    ...(saved
      ? {
          approve: (changes, topics) => assertCurrent(saved, changes, planKey(targets.environment), topics),
        }
      : {}),
  });
  return withUncheckedGroups(report, ports);
}

/** As in `status`: what the context names and what could not be asked is no success. Nothing says that it should be rolled back. */
export function withUncheckedGroups(
  report: DeployReport,
  { groups: { failure }, logger }: Pick<DeployPorts, 'groups' | 'logger'>,
): DeployReport {
  if (failure === undefined) return report;
  logger.warn(
    `the consumer groups of the sinks were not checked, so nothing proves that they read: ${failure.message}`,
  );
  return { ...report, exitCode: report.exitCode === EXIT.ok ? failure.exitCode : report.exitCode };
}

/** For names alone no variable is needed, except in a name. */
const NAMES_ONLY = { whole: true, selection: { only: [] } };

/** The project's connectors, in addition to the given ones: they are declared, too. */
async function othersOf(
  targets: Targets,
  given: readonly string[],
  stdin: () => Promise<Buffer>,
): Promise<ConnectorFile[]> {
  const hasFiles = ((await targets.project())?.document.connectors ?? []).length > 0;
  return given.length > 0 && hasFiles ? readDesired([], targets, stdin, NAMES_ONLY) : [];
}

/** Names in the files now; stdin was already read. */
async function namesNow(
  given: readonly string[],
  targets: Targets,
  stdin: () => Promise<Buffer>,
): Promise<ReadonlySet<string>> {
  const paths = given.filter((one) => one !== STDIN);
  const own = paths.length > 0 || given.length === 0 ? await readDesired(paths, targets, stdin, NAMES_ONLY) : [];
  return new Set([...own, ...(await othersOf(targets, given, stdin))].map((file) => file.name));
}

async function pruneOptions(
  targets: Targets,
  all: readonly ConnectorFile[],
  request: FullRequest,
  options: Required<Pick<PruneOptions, 'confirm' | 'declaredNow'>>,
): Promise<PruneOptions> {
  const match = (await targets.project())?.document.prune?.match;
  if (match === undefined) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `${setting('prune')} needs prune.match in sluice.yaml: without it, every other connector would be deleted`,
      {
        hint: 'List the names that belong to this project, for example: prune: { match: "shop-*" }',
      },
    );
  }
  return {
    match: typeof match === 'string' ? [match] : match,
    declared: new Set(all.map((file) => file.name)),
    resetOffsets: request.resetOffsets,
    timeoutMs: request.pruneTimeout,
    ...options,
  };
}

function assertPlanUse(saved: SavedPlan, request: FullRequest, context: string): void {
  const { paths = [], only, exclude, sendMasked } = request;
  if (paths.length > 0 || [only, exclude, sendMasked].some((one) => one !== undefined) || request.prune) {
    throw new SluiceError('REQUEST_INVALID', 'a saved plan already names its files', {
      hint: `With ${setting('plan')}, omit paths, ${setting('only')}, ${setting('exclude')}, ${setting('sendMasked')} and ${setting('prune')}.`,
    });
  }
  if (saved.context !== context) {
    throw new SluiceError('PLAN_INVALID', `the plan is for the context "${saved.context}", not for "${context}"`, {
      hint: `Deploy it there: ${setting('context', saved.context)}`,
    });
  }
}

/** The connectors in files, with the context's overlays and variables applied. */
async function readDesired(
  given: readonly string[],
  targets: Targets,
  stdin: () => Promise<Buffer>,
  options: Pick<LoadOptions, 'whole' | 'unique' | 'selection'>,
): Promise<ConnectorFile[]> {
  const { paths, ...reading } = await openProjectFiles(targets, given, { stdin });
  return loadConnectorFiles(paths, { ...reading, ...options });
}
