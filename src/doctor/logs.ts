import { parseDatabaseUrl } from '../config/database-url.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { connectorType } from '../connect/connector.ts';
import type { ListedConnector } from '../connect/types.ts';
import { ENGINE_CHECKS } from '../preflight/engines.ts';
import type { RetainedLog, Unpublished } from '../preflight/live-checks.ts';
import { databasesOf } from '../sources/databases.ts';
import { type SnapshotState, snapshotState } from '../sources/snapshot-state.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { sizeText } from '../text/size.ts';
import type { Endpoint } from '../topology/model.ts';
import { attempted } from './chain.ts';
import { type Visit, visit } from './databases.ts';
import { type DoctorFinding, finding, type NotRead } from './model.ts';
import type { DoctorPorts } from './ports.ts';
import { DEFAULTS } from './request.ts';
import { MUCH_LOG } from './stages/log.ts';

interface Server {
  endpoint: Endpoint;
  sources: ListedConnector[];
}

interface ServerFacts {
  now: string | null;
  unpublished: (Unpublished & { connector: string })[];
  retained: RetainedLog[];
}

/** What the servers of the sources retain, and how their clocks go. */
export async function readServers(
  connectors: readonly ListedConnector[],
  ports: DoctorPorts,
): Promise<{ findings: DoctorFinding[]; notRead: NotRead[] }> {
  const sources = connectors.filter((one) => connectorType(one) === 'source');
  const notRead: NotRead[] = [];
  const servers = new Map<string, Server>();
  const skipped = new Map<string, { names: string[]; error: NotRead['error'] }>();
  for (const one of sources) {
    const where = await databasesOf({ name: one.name, config: one.info.config }, ports);
    if ('reason' in where) {
      if (!where.known) continue;
      const alike = skipped.get(where.reason) ?? { names: [], error: where.error };
      alike.names.push(one.name);
      skipped.set(where.reason, alike);
      continue;
    }
    const [endpoint] = where.endpoints;
    if (endpoint === undefined) continue;
    const server = servers.get(endpoint.url) ?? { endpoint, sources: [] };
    server.sources.push(one);
    servers.set(endpoint.url, server);
  }
  for (const [reason, { names, error }] of skipped)
    notRead.push({ what: `databases of ${names.length === 1 ? names[0] : `${names.length} sources`}`, reason, error });
  const all = [...servers.values()];
  /** Servers that did not answer: their other databases do not answer, either. */
  const away = new Map<string, Visit<ServerFacts & { ahead: number }>>();
  const visits = await mapBounded(all, DEFAULTS.databases, async ({ endpoint, sources: ofServer }) => {
    const known = away.get(serverOf(endpoint));
    if (known !== undefined) return known;
    const visited = await visit(endpoint, ports.signal, async (session): Promise<ServerFacts & { ahead: number }> => {
      const { live } = ENGINE_CHECKS[endpoint.engine];
      const began = ports.clock.now().getTime();
      const [[now = null] = []] = await session.query(live.clock);
      const middle = (began + ports.clock.now().getTime()) / 2;
      const unpublished: ServerFacts['unpublished'] = [];
      for (const { name, info } of ofServer) {
        const gap = await live.unpublished(session, info.config);
        if (gap !== null) unpublished.push({ ...gap, connector: name });
      }
      return { now, ahead: Date.parse(now ?? '') - middle, retained: await live.retainedLogs(session), unpublished };
    });
    if (visited.reached.outcome === 'failed' && visited.reached.kind !== 'login') away.set(serverOf(endpoint), visited);
    return visited;
  });
  const snapshots = await snapshotsOf(
    sources,
    visits.flatMap(({ value }) => value?.retained ?? []),
    ports,
  );
  const slots = new Set<string>();
  const findings = all.flatMap((server, index) => {
    const visited = visits[index] as Visit<ServerFacts & { ahead: number }>;
    const { endpoint } = server;
    // One that stands for others of its server is stated once.
    if (visited.error !== null && visits.indexOf(visited) === index)
      notRead.push({ what: `database ${endpoint.display}`, reason: visited.error.message, error: visited.error });
    if (visited.value === undefined) return [];
    // Several databases of a server have the same slots.
    const fresh = visited.value.retained.filter(({ name }) => {
      const key = JSON.stringify([serverOf(endpoint), name]);
      const isNew = !slots.has(key);
      slots.add(key);
      return isNew;
    });
    return [
      ...visited.value.unpublished.map((gap) => unpublishedFinding(gap, endpoint.display)),
      ...retainedFindings(fresh, sources, endpoint.display, snapshots),
      ...clockFindings(`the database ${endpoint.display}`, visited.value.ahead),
    ];
  });
  return { findings, notRead };
}

/** Of the sources that run, although nobody reads their part of the log. */
async function snapshotsOf(
  sources: readonly ListedConnector[],
  retained: readonly RetainedLog[],
  { client, signal }: DoctorPorts,
): Promise<ReadonlyMap<string, SnapshotState>> {
  const unread = sources.filter(
    ({ info, status }) =>
      status?.connector.state === 'RUNNING' &&
      retained.some(({ active, lost, isOf }) => !active && !lost && isOf(info.config)),
  );
  const states = await mapBounded(unread, DEFAULTS.databases, async ({ name, info }) => {
    // Without them it is not known, and the finding stands.
    const offsets = await attempted(`offsets of ${name}`, () => client.offsets(name), [], signal);
    return [name, snapshotState(info.config, offsets)] as const;
  });
  return new Map(states);
}

function unpublishedFinding(
  { connector, message, statement }: ServerFacts['unpublished'][number],
  where: string,
): DoctorFinding {
  return finding('error', 'unpublished', [connector], `${message} (${where})`, {
    hint: 'What is missing by now is not sent later: compare source and target afterwards.',
    ...(statement === null ? { command: command(`doctor ${shellWord(connector)}`) } : { statement }),
  });
}

function serverOf({ url }: Endpoint): string {
  const { host, port, instance } = parseDatabaseUrl(url);
  return JSON.stringify([host.toLowerCase(), port, instance]);
}

/**
 * Readers for whom a server retains its log although they do not read. Pure.
 * @param where the server
 * @param snapshots of sources that run
 */
export function retainedFindings(
  retained: readonly RetainedLog[],
  sources: readonly Pick<ListedConnector, 'name' | 'info' | 'status'>[],
  where: string,
  snapshots: ReadonlyMap<string, SnapshotState> = new Map(),
): DoctorFinding[] {
  return retained.flatMap(({ name, isOf, statement, active, retained: bytes, inactiveSince, lost }) => {
    const names = sources.filter(({ info }) => isOf(info.config)).map((one) => one.name);
    const of = `${name} on ${where}`;
    const [first] = names;
    if (lost)
      return [
        finding('error', 'log-lost', names, `${of} has lost log that it needs`, {
          since: inactiveSince,
          hint: 'Take a new snapshot: stop the connector, drop its slot, reset its offsets, and resume it.',
          ...(first === undefined ? {} : { command: command(`doctor ${shellWord(first)}`) }),
        }),
      ];
    const loading = names.find((one) => /^(?:none|running)$/.test(snapshots.get(one) ?? ''));
    if (!active && loading !== undefined)
      return bytes <= MUCH_LOG
        ? []
        : [
            finding(
              'warning',
              'log-retained',
              names,
              `nobody reads ${of} before the snapshot of ${loading} ends, and the server retains ${sizeText(bytes)} of log for it`,
              {
                hint: 'It may fill the disk of the source. A restart would begin the snapshot again.',
                command: command(`doctor ${shellWord(loading)}`),
              },
            ),
          ];
    if (!active)
      return [
        finding(
          'warning',
          'log-retained',
          names,
          `nobody reads ${of}, and the server retains ${sizeText(bytes)} of log for it`,
          {
            since: inactiveSince,
            hint:
              first === undefined
                ? 'No source of this cluster has it. If nobody else does, drop it; otherwise it may fill the disk.'
                : 'It may fill the disk of the source. If the connector is not to come back, delete it and drop its slot.',
            ...(first === undefined ? { statement } : { command: command(`doctor ${shellWord(first)}`) }),
          },
        ),
      ];
    if (bytes > MUCH_LOG)
      return [
        finding(
          'warning',
          'log-retained',
          names,
          `${of} is read, but the server retains ${sizeText(bytes)} of log for it`,
          {
            hint: 'If the captured tables are quiet and others are not, set heartbeat.interval.ms and heartbeat.action.query.',
            ...(first === undefined ? {} : { command: command(`doctor ${shellWord(first)}`) }),
          },
        ),
      ];
    return [];
  });
}

/** HTTP has whole seconds, and a call takes time. */
const SKEW_MS = 10_000;

/** @param ahead ms that it is ahead of this machine; NaN or undefined if not known */
export function clockFindings(whose: string, ahead: number | undefined): DoctorFinding[] {
  if (ahead === undefined || Number.isNaN(ahead) || Math.abs(ahead) < SKEW_MS) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  return [
    finding(
      'warning',
      'clock',
      [],
      `the clock of ${whose} is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`,
      {
        hint: 'Times and ages in reports are wrong by as much. Synchronize the clocks (NTP).',
      },
    ),
  ];
}
