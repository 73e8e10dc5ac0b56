import { loadEnvironment } from '../config/environment.ts';
import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { SluiceError } from '../errors/error.ts';
import { diffAll, type Plan, toPlan } from '../plan/plan.ts';
import { keyCheck, PLAN_KIND, type SavedPlan, saveChanges, saveTopics, seal } from '../plan/saved.ts';
import { assertKnown, type Selection, select } from '../plan/select.ts';
import type { Clock } from '../ports/clock.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import { assertUnique, readDesired } from './files.ts';
import { planKey, writePlan } from './plan-file.ts';
import { type TopicOpener, topicChanges, topicsWanted } from './topics.ts';

export interface PlanRequest extends Selection {
  paths: readonly string[];
  targets: Targets;
  envFiles: readonly string[] | undefined;
  stdin: () => Promise<Buffer>;
  client: Pick<ConnectClient, 'listing'>;
  /** Connectors whose values are sent where the worker masks them. */
  sendMasked?: readonly string[] | undefined;
  clock: Clock;
  context: string;
  topics: TopicOpener;
  /** File to save the plan to. */
  save?: string | undefined;
}

/**
 * Desired against live, in two calls to Connect. Nothing is sent. A read that fails ends the run: taken for "not
 * there" it would become a creation.
 */
export async function planFiles(request: PlanRequest): Promise<Plan> {
  if (request.save !== undefined && request.paths.includes('-')) {
    throw new SluiceError('USAGE', 'a plan of stdin cannot be saved: a deploy could not read it again', {
      hint: 'Put the connectors into a file.',
    });
  }
  const all = await readDesired(request.paths, request.targets, request.stdin);
  assertUnique(all);
  const chosen = select(all, request);
  const sendMasked = request.sendMasked ?? [];
  assertKnown(
    '--send-masked',
    sendMasked,
    chosen.map((file) => file.name),
  );
  const { context, topics: open } = request;
  const wanted = await topicsWanted(request.targets, chosen, request, { context, open });
  const [live, topics] = await Promise.all([request.client.listing(), topicChanges(wanted)]);
  const diff = diffAll(chosen, live, sendMasked);
  const store = await projectSchemas(request.targets);
  const declared = new Set(all.map((file) => file.name));
  const plan = toPlan(request.context, diff, live, declared, (connector) => configSecrets(connector, store), topics);
  if (request.save !== undefined) {
    // A deploy of it would find there what the plan knows nothing of.
    if (diff.unreadable[0] !== undefined) throw diff.unreadable[0].error;
    const key = planKey(loadEnvironment(request.envFiles));
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
