import type { Targets } from '../config/targets.ts';
import type { Selection } from '../connect/selection.ts';
import { HealthSince } from '../monitor/since.ts';
import { WaitingTimes } from '../monitor/waiting.ts';
import { Poller, type PollPorts } from '../serve/poll.ts';
import type { OpenContext } from './context.ts';
import { lagLimits } from './lag-limits.ts';

/** What polls a context, with everything that the context names. */
export async function openPoller(
  cluster: OpenContext,
  {
    targets,
    since = new HealthSince(),
    ...given
  }: { targets: Targets; since?: HealthSince; selection?: Selection } & Pick<
    PollPorts,
    'clock' | 'signal' | 'sources' | 'certificates'
  >,
): Promise<Poller> {
  return new Poller({
    ...given,
    context: cluster.name,
    client: cluster.client,
    groups: await cluster.groups(),
    kafka: cluster.kafkaOpener(),
    waiting: waitingTimes(cluster),
    metrics: await cluster.metrics(),
    since,
    limits: await lagLimits(targets, cluster.context, undefined),
  });
}

/** Opens the records of its topics on the first call, and again after a failure; undefined if the context has no Kafka. */
export function waitingTimes(cluster: OpenContext): (() => Promise<WaitingTimes>) | undefined {
  if (cluster.context.kafka === undefined) return undefined;
  let waiting: Promise<WaitingTimes> | undefined;
  return () => {
    waiting ??= cluster.records().then((records) => new WaitingTimes(records));
    waiting.catch(() => {
      waiting = undefined;
    });
    return waiting;
  };
}
