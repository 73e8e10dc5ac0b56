import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { Listing } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { brokenError, type Loaded, loadReadable, selectLoaded, showBroken } from '../connectors/load.ts';
import { openProjectFiles } from '../connectors/reading.ts';
import { assertKnown, type Selection } from '../connectors/select.ts';
import { SluiceError } from '../errors/error.ts';
import { type Diff, diffAll, type Plan, toPlan } from '../plan/plan.ts';
import { keyCheck, PLAN_KIND, type SavedPlan, saveChanges, saveTopics, seal } from '../plan/saved.ts';
import type { TopicChange } from '../plan/topics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { runSecrets } from '../schemas/secrets.ts';
import { setting } from '../text/settings.ts';
import { warnOfErrors } from './offline-validation.ts';
import { planKey, writePlan } from './saved-plan-file.ts';
import { type TopicOpener, topicChanges, topicsWanted } from './topics.ts';

export interface PlanRequest extends Selection {
  paths: readonly string[];
  targets: Targets;
  stdin: () => Promise<Buffer>;
  client: Pick<ConnectClient, 'listing'>;
  /** Connectors whose values are sent even if the worker masks them. */
  sendMasked?: readonly string[] | undefined;
  clock: Clock;
  logger: Logger;
  context: string;
  topics: TopicOpener;
  signal: AbortSignal;
  /** Do not compare values with variables that are not set, instead of ending with an error. */
  allowUnset?: boolean | undefined;
  /** File to save the plan to. */
  save?: string | undefined;
}

/**
 * Compares files with live connectors, in two calls to Connect. Nothing is changed. A failed read ends the run: treated
 * as "does not exist" it would become a creation. A file with errors does not hide the others.
 * @throws CONNECTOR_FILE_INVALID and REFERENCE_UNRESOLVED if no file can be used, or the plan is saved
 */
export async function planFiles(request: PlanRequest): Promise<Plan> {
  if (request.save !== undefined && request.paths.includes('-')) {
    throw new SluiceError('REQUEST_INVALID', 'a plan of stdin cannot be saved: a deploy could not read stdin again', {
      hint: 'Save the connectors to a file first.',
    });
  }
  if (request.save !== undefined && request.allowUnset) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `a plan with ${setting('allowUnset')} cannot be saved: a deploy needs every value`,
      { hint: `Set the variables, and plan without ${setting('allowUnset')}.` },
    );
  }
  // A plan that is saved needs every value.
  const unsetHint = request.save === undefined ? `To plan without secrets, use ${setting('allowUnset')}.` : undefined;
  const { loaded, chosen, live, diff, topics } = await compareFiles(request, unsetHint);
  const { broken } = loaded;
  const sendMasked = request.sendMasked ?? [];
  const store = await projectSchemas(request.targets);
  const policy = (await request.targets.project())?.document.validate;
  // A value with a variable that is not set cannot be judged.
  await warnOfErrors(
    chosen.filter(({ unset }) => unset.size === 0),
    { store, logger: request.logger, policy },
  );
  const declared = new Set([...loaded.connectors.map(({ name }) => name), ...broken.flatMap((one) => one.connectors)]);
  const secrets = runSecrets(chosen, store);
  const plan = toPlan(request.context, diff, live, declared, secrets, topics, {
    broken: broken.map((one) => showBroken(one, { unsetHint })),
    incomplete: broken.some(({ incomplete }) => incomplete),
  });
  if (request.save !== undefined) {
    // A deploy of this plan would meet a connector that the plan knows nothing about.
    if (diff.unreadable[0] !== undefined) throw diff.unreadable[0].error;
    const key = planKey(request.targets.environment);
    const saved: SavedPlan = {
      kind: PLAN_KIND,
      version: 1,
      createdAt: request.clock.now().toISOString(),
      context: request.context,
      keyCheck: keyCheck(key),
      paths: [...request.paths],
      only: request.only === undefined ? null : [...request.only],
      exclude: request.exclude === undefined ? null : [...request.exclude],
      ...(sendMasked.length > 0 ? { sendMasked: [...sendMasked] } : {}),
      connectors: saveChanges(diff.changes, key),
      topics: saveTopics(topics, key),
      plan,
    };
    writePlan(request.save, seal(saved, key));
  }
  return plan;
}

export type CompareRequest = Omit<PlanRequest, 'clock' | 'logger'>;

/** What files say, what the cluster has, and where they differ. */
export interface Comparison {
  loaded: Loaded;
  chosen: ConnectorFile[];
  live: Listing;
  diff: Diff;
  topics: TopicChange[];
}

/**
 * What a plan shows, before it is made fit to be shown: it has secrets. Nothing is changed.
 * @throws what {@link planFiles} throws
 */
export async function compareFiles(request: CompareRequest, unsetHint?: string): Promise<Comparison> {
  const { paths, ...reading } = await openProjectFiles(request.targets, request.paths, request);
  const { allowUnset } = request;
  const loaded = await loadReadable(paths, { ...reading, allowUnset, selection: request, unsetHint });
  // A deploy reads the same files again, and refuses broken ones.
  if (request.save !== undefined && loaded.broken.length > 0) throw brokenError(loaded.broken);
  const chosen = selectLoaded(loaded, request);
  const sendMasked = request.sendMasked ?? [];
  assertKnown(
    'sendMasked',
    sendMasked,
    chosen.map((file) => file.name),
  );
  const { context, topics: open, signal } = request;
  const wanted = await topicsWanted(request.targets, chosen.map(withoutUnset), request, { context, open, signal });
  const [live, topics] = await Promise.all([request.client.listing(), topicChanges(wanted)]);
  return { loaded, chosen, live, diff: diffAll(chosen, live, sendMasked), topics };
}

/** A name with a variable that is not set is not the name of a topic. */
function withoutUnset({ config, unset }: ConnectorFile): Pick<ConnectorFile, 'config'> {
  return { config: Object.fromEntries(Object.entries(config).filter(([key]) => !unset.has(key))) };
}
