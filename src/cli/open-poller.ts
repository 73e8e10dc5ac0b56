import type { Targets } from '../config/targets.ts';
import type { Selection } from '../connect/selection.ts';
import { HealthSince } from '../monitor/since.ts';
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
    metrics: await cluster.metrics(),
    since,
    limits: await lagLimits(targets, cluster.context, undefined),
  });
}
