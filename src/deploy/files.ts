import { durationMs } from '../config/duration.ts';
import { loadEnvironment } from '../config/environment.ts';
import type { Targets } from '../config/targets.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { loadConnectorFiles } from '../connectors/files.ts';
import { SluiceError } from '../errors/error.ts';
import { assertCurrent, assertSealed, type SavedPlan } from '../plan/saved.ts';
import { assertKnown, select } from '../plan/select.ts';
import type { Logger } from '../ports/logger.ts';
import { readingOf } from '../project/reading.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import { type DeployReport, deploy } from './deploy.ts';
import { validateOffline } from './offline-validation.ts';
import type { DeployOptions } from './options.ts';
import { planKey, readPlan } from './plan-file.ts';
import type { PruneOptions } from './prune.ts';
import { type TopicOpener, topicChanges, topicsWanted } from './topics.ts';

/** The flags of `sluice deploy`. */
export interface DeployFlags {
  'env-file'?: string[] | undefined;
  wait: boolean;
  timeout: string;
  stable: string;
  concurrency: number;
  'dry-run': boolean;
  rollback: boolean;
  /** A saved plan that must still hold. */
  plan?: string | undefined;
  only?: string[] | undefined;
  exclude?: string[] | undefined;
  prune?: boolean;
  'reset-offsets'?: boolean;
  'send-masked'?: string[] | undefined;
  /** Look at the databases first. */
  preflight?: boolean;
  /** What preflight warns of, and what it cannot reach, ends the run, too. */
  strict?: boolean;
}

type Ports = Omit<
  DeployOptions,
  | 'concurrency'
  | 'wait'
  | 'timeoutMs'
  | 'stableMs'
  | 'dryRun'
  | 'secrets'
  | 'rollback'
  | 'approve'
  | 'topics'
  | 'preflight'
  | 'sendMasked'
> & {
  topics: TopicOpener;
  logger: Logger;
  stdin: () => Promise<Buffer>;
  /** Where deploys are written down. */
  historyFile: string;
  /** Asks before connectors are removed; throws where the answer is no. */
  confirmPrune: (names: readonly string[]) => Promise<void>;
};

/**
 * Deploys what files describe. Everything that can be wrong with the files is found before anything is sent.
 * @throws REFERENCE_UNRESOLVED for a variable that is not set, CONNECTOR_FILE_INVALID, VALIDATION_FAILED.
 */
export async function deployFiles(
  given: readonly string[],
  targets: Targets,
  flags: DeployFlags,
  ports: Ports,
): Promise<DeployReport> {
  if (flags['dry-run']) return readAndDeploy(given, targets, flags, ports);
  const { recorded } = await import('../history/record.ts');
  return recorded(() => readAndDeploy(given, targets, flags, ports), { ...ports, file: ports.historyFile });
}

async function readAndDeploy(
  given: readonly string[],
  targets: Targets,
  flags: DeployFlags,
  ports: Ports,
): Promise<DeployReport> {
  const saved = flags.plan === undefined ? undefined : readPlan(flags.plan);
  if (saved) assertSealed(saved, planKey(loadEnvironment(flags['env-file'])));
  if (saved) assertPlanUse(saved, given, flags, ports.context);
  const store = await projectSchemas(targets);
  // What is not read would look as if no file had it.
  const all = await readDesired(saved?.paths ?? given, targets, ports.stdin, flags.prune);
  assertUnique(all);
  const selection = saved ? { only: saved.only ?? undefined, exclude: saved.exclude ?? undefined } : flags;
  const files = select(all, selection);
  const sendMasked = saved ? saved.sendMasked : flags['send-masked'];
  assertKnown(
    '--send-masked',
    sendMasked,
    files.map((file) => file.name),
  );
  const wanted = await topicsWanted(targets, files, selection, { context: ports.context, open: ports.topics });
  await validateOffline(files, store, ports.logger, (await targets.project())?.document.validate);
  return deploy(files, {
    ...ports,
    secrets: (connector) => configSecrets(connector, store),
    concurrency: flags.concurrency,
    wait: flags.wait,
    timeoutMs: durationMs(flags.timeout) ?? 120_000,
    stableMs: durationMs(flags.stable) ?? 5_000,
    dryRun: flags['dry-run'],
    rollback: flags.rollback,
    sendMasked,
    preflight: flags.preflight
      ? async (changed, live) => {
          const { preflightChanged } = await import('../preflight/before-deploy.ts');
          await preflightChanged(all, changed, live, { ...ports, targets, strict: flags.strict ?? false });
        }
      : undefined,
    prune: flags.prune
      ? await pruneOptions(
          targets,
          [...all, ...(await othersOf(targets, given, ports.stdin))],
          flags,
          ports.confirmPrune,
        )
      : undefined,
    topics: { changes: () => topicChanges(wanted), open: ports.topics },
    ...(saved
      ? {
          approve: (changes, topics) =>
            assertCurrent(saved, changes, planKey(loadEnvironment(flags['env-file'])), topics),
        }
      : {}),
  });
}

/** Connectors of the project beside those that were given: theirs are files, too. */
async function othersOf(
  targets: Targets,
  given: readonly string[],
  stdin: () => Promise<Buffer>,
): Promise<ConnectorFile[]> {
  const hasFiles = ((await targets.project())?.document.connectors ?? []).length > 0;
  return given.length > 0 && hasFiles ? readDesired([], targets, stdin, true) : [];
}

async function pruneOptions(
  targets: Targets,
  all: readonly ConnectorFile[],
  flags: DeployFlags,
  confirm: PruneOptions['confirm'],
): Promise<PruneOptions> {
  const match = (await targets.project())?.document.prune?.match;
  if (match === undefined) {
    throw new SluiceError(
      'USAGE',
      '--prune needs prune.match in sluice.yaml: without it every other connector would be meant',
      {
        hint: 'Say which names belong to this project, for example: prune: { match: "shop-*" }',
      },
    );
  }
  return {
    match: typeof match === 'string' ? [match] : match,
    declared: new Set(all.map((file) => file.name)),
    resetOffsets: flags['reset-offsets'] ?? false,
    confirm,
  };
}

function assertPlanUse(saved: SavedPlan, given: readonly string[], flags: DeployFlags, context: string): void {
  const { only, exclude, 'send-masked': sendMasked } = flags;
  if (given.length > 0 || [only, exclude, sendMasked].some((one) => one !== undefined) || flags.prune) {
    throw new SluiceError('USAGE', 'a saved plan names its files itself', {
      hint: 'Leave out the paths, --only, --exclude, --send-masked and --prune beside --plan.',
    });
  }
  if (saved.context !== context) {
    throw new SluiceError('PLAN_INVALID', `the plan is for the context "${saved.context}", not for "${context}"`, {
      hint: `Deploy it there: --context ${saved.context}`,
    });
  }
}

/** The connectors that files describe, as the context has them: overlays laid over, every variable filled in. */
export async function readDesired(
  given: readonly string[],
  targets: Targets,
  stdin: () => Promise<Buffer>,
  whole = false,
): Promise<ConnectorFile[]> {
  const { paths, ...options } = await readingOf(targets, given, { stdin });
  return loadConnectorFiles(paths, { ...options, whole });
}

/** @throws CONNECTOR_FILE_INVALID where two files describe one connector. */
export function assertUnique(files: readonly ConnectorFile[]): void {
  for (const [name, same] of Map.groupBy(files, (file) => file.name)) {
    if (same.length > 1) {
      throw new SluiceError(
        'CONNECTOR_FILE_INVALID',
        `${same.map((file) => file.file).join(' and ')} both describe "${name}"`,
        {
          hint: 'A connector stands in one file; leave one of them out.',
          details: { name, files: same.map((file) => file.file) },
        },
      );
    }
  }
}
