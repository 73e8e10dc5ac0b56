import { parseDatabaseUrl } from '../config/database-url.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { Session } from '../databases/session.ts';
import { queuesOf } from '../dlq/queues.ts';
import { toErrorDocument } from '../errors/error.ts';
import { fromListing } from '../inspect/describe.ts';
import { GroupReader } from '../monitor/group-reader.ts';
import { readStatus } from '../monitor/status.ts';
import { ENGINE_CHECKS } from '../preflight/engines.ts';
import { databasesOf } from '../sources/databases.ts';
import { snapshotState } from '../sources/snapshot-state.ts';
import type { Endpoint } from '../topology/model.ts';
import { attempted, chainOf, configOf, tablesOf } from './chain.ts';
import { eachVisit, twice } from './databases.ts';
import { judgePipeline } from './judge.ts';
import { NO_KAFKA, type NotRead, type Walk } from './model.ts';
import { outcomeOf } from './outcome.ts';
import { readTopics } from './pipeline-topics.ts';
import type { DoctorPorts } from './ports.ts';
import { DEFAULTS } from './request.ts';
import type { TargetSample } from './stages/target.ts';

/**
 * Walks a pipeline from its source tables to its target tables. What cannot be read is a stage that is unknown.
 * @throws CONNECTOR_NOT_FOUND, the client's errors
 */
export async function walkPipeline(
  name: string,
  ports: DoctorPorts,
): Promise<{ walk: Walk; notRead: NotRead[]; connectors: ListedConnector[] }> {
  const { client, signal, clock } = ports;
  const listing = await client.listing();
  const own = await fromListing(listing, client).get(name);
  const notRead: NotRead[] = listing.unreadable.map(({ name: other, error }) => ({
    what: `connector ${other}`,
    reason: error.message,
    error: toErrorDocument(error),
  }));
  const attempt = <T>(what: string, read: () => Promise<T>) => attempted(what, read, notRead, signal);
  const { kafka } = ports;
  if (kafka === undefined) notRead.push(NO_KAFKA);
  const existing = kafka === undefined ? undefined : await attempt('Kafka', async () => (await kafka()).topics());
  const chain = await chainOf(own, listing, existing ?? [], ports, notRead);
  const connectors = [...chain.sources, ...chain.sinks];
  const pause = async (stop: AbortSignal) => clock.sleep(DEFAULTS.pause, stop);
  // All at the same time: each takes the time between its two samples.
  const source = async (one: ListedConnector) => {
    const databases = await databasesOf(configOf(one), ports);
    const { config } = one.info;
    let snapshot = snapshotState(config, undefined);
    const sample = async (session: Session, { engine }: Endpoint) => {
      const offsets = await attempt(`offsets of ${one.name}`, () => client.offsets(one.name));
      snapshot = snapshotState(config, offsets);
      return ENGINE_CHECKS[engine].live.log(session, config, offsets);
    };
    const visits = await eachVisit(databases, signal, (session, endpoint, stop) =>
      twice(
        () => sample(session, endpoint),
        () => pause(stop),
      ),
    );
    return { visits, snapshot };
  };
  const sink = async (one: ListedConnector) => {
    const databases = await databasesOf(configOf(one), ports);
    const wanted = tablesOf(one, chain);
    return eachVisit(databases, signal, (session, endpoint, stop) => {
      const { live } = ENGINE_CHECKS[endpoint.engine];
      const user = endpoint.user || (parseDatabaseUrl(endpoint.url).user ?? '');
      const sample = async (): Promise<TargetSample> => ({
        waits: await live.lockWaits(session, user),
        writes: await live.writes(session, wanted),
      });
      return twice(sample, () => pause(stop));
    });
  };
  const [status, topics, ofSources, ofSinks] = await Promise.all([
    readStatus({
      ...ports,
      // Kafka did not answer: not asked again.
      groups: existing === undefined ? new GroupReader(undefined) : ports.groups,
      client: fromListing(listing, client),
      selection: { names: connectors.map((one) => one.name) },
    }),
    existing === undefined ? undefined : attempt('topics', () => readTopics(chain, existing, ports)),
    Promise.all(chain.sources.map(source)),
    Promise.all(chain.sinks.map(sink)),
  ]);
  const reportOf = ({ name: of }: ListedConnector) => status.connectors.find((report) => report.name === of);
  const side = <T>(one: ListedConnector, visits: T[] | undefined) => ({
    one,
    report: reportOf(one),
    visits: visits ?? [],
  });
  const stages = judgePipeline({
    sources: chain.sources.map((one, index) => ({
      ...side(one, ofSources[index]?.visits),
      snapshot: ofSources[index]?.snapshot ?? null,
    })),
    sinks: chain.sinks.map((one, index) => side(one, ofSinks[index])),
    topics,
    hasKafka: kafka !== undefined,
    queues: queuesOf(listing.connectors),
    urls: client.urls,
  });
  for (const { endpoint, visited } of [...ofSources.map(({ visits }) => visits), ...ofSinks].flat())
    if (visited?.error != null && endpoint !== undefined)
      notRead.push({ what: `database ${endpoint.display}`, reason: visited.error.message, error: visited.error });
  const names = (those: readonly ListedConnector[]) => those.map((one) => one.name);
  const walk = { connector: name, sources: names(chain.sources), sinks: names(chain.sinks), stages };
  return { walk: { ...walk, ...outcomeOf(stages) }, notRead: onceEach(notRead), connectors };
}

/** Two samples may fail alike. */
function onceEach(notRead: readonly NotRead[]): NotRead[] {
  return [...new Map(notRead.map((one) => [JSON.stringify([one.what, one.reason]), one])).values()];
}
