import { connectorType } from '../connect/connector.ts';
import type { ListedConnector, Listing } from '../connect/types.ts';
import { queueDepths } from '../dlq/depths.ts';
import { queuesOf } from '../dlq/queues.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import { workerDefinitions } from '../inspect/definitions.ts';
import { fromListing } from '../inspect/describe.ts';
import { type ConnectorReport, ILL } from '../monitor/health.ts';
import { judgeRefusal } from '../monitor/refusal.ts';
import { readStatus, type StatusReport } from '../monitor/status.ts';
import type { ReconcileRun } from '../store/comparisons.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { thousands } from '../text/thousands.ts';
import { comparedFindings } from './compared.ts';
import { configFindings, queueFindings } from './configs.ts';
import { clockFindings, readServers } from './logs.ts';
import { CHECKS, type DoctorFinding, finding, NO_KAFKA, type NotRead, SEVERITIES } from './model.ts';
import type { DoctorPorts } from './ports.ts';
import { failedText } from './stages/connector.ts';
import { refusedTask } from './stages/records.ts';

const HOUR_MS = 3_600_000;
/** Runs of the history that are searched. */
const RUNS = 5_000;

/**
 * Everything that is wrong on a cluster, worst first. It lists the connectors in two calls, and asks for the definition of
 * each class once.
 * @throws the client's errors
 */
export async function examineCluster(
  ports: DoctorPorts,
): Promise<{ findings: DoctorFinding[]; notRead: NotRead[]; connectors: ListedConnector[] }> {
  const { client, signal, groups, schemas, targets, clock } = ports;
  const listing = await client.listing();
  const { connectors } = listing;
  const notRead: NotRead[] = listing.unreadable.map(({ name, error }) => ({
    what: `connector ${name}`,
    reason: error.message,
    error: toErrorDocument(error),
  }));
  const configs = connectors.map(({ info }) => info.config);
  const [status, servers, definitions, queues, project, runs] = await Promise.all([
    readStatus({ ...ports, client: relisting(ports, listing) }),
    readServers(connectors, ports),
    workerDefinitions(client, configs, schemas, signal),
    readQueues(connectors, ports),
    targets.project(),
    readRuns(ports),
  ]);
  notRead.push(...definitions.unread, ...servers.notRead, ...queues.notRead);
  if (ports.kafka === undefined) notRead.push(NO_KAFKA);
  else if (status.kafka.error !== null && groups.configured && queues.topics !== undefined)
    notRead.push({ what: 'consumer groups', reason: status.kafka.error.message, error: status.kafka.error });
  const findings = [
    ...statusFindings(status),
    ...servers.findings,
    ...queues.findings,
    ...queueFindings(connectors),
    ...configFindings(connectors, definitions.store, project?.document.validate ?? {}),
    ...comparedFindings(connectors, queues.topics, runs, clock.now()),
    ...clockFindings('the worker', client.aheadMs),
  ];
  return { findings, notRead, connectors };
}

/** Worst first, in the order of the checks. Pure. */
export function worstFirst(findings: readonly DoctorFinding[]): DoctorFinding[] {
  return findings.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check) ||
      compareTexts(a.connectors[0] ?? '', b.connectors[0] ?? ''),
  );
}

/** Rechecks doubtful connectors by listing all of them again: two calls for any number, not two for each. */
function relisting(
  { client, clock }: Pick<DoctorPorts, 'client' | 'clock'>,
  listing: Listing,
): ReturnType<typeof fromListing> {
  let latest = { at: Number.NEGATIVE_INFINITY, listing: Promise.resolve(listing) };
  return {
    ...fromListing(listing, client),
    async find(name) {
      const now = clock.now().getTime();
      if (now - latest.at >= AGAIN_MS) latest = { at: now, listing: client.listing() };
      const { connectors, unreadable } = await latest.listing;
      const failed = unreadable.find((one) => one.name === name);
      if (failed !== undefined) throw failed.error;
      return connectors.find((one) => one.name === name);
    },
  };
}

const AGAIN_MS = 250;

/** Of connectors that are not healthy. Pure. */
export function statusFindings({ connectors }: Pick<StatusReport, 'connectors'>): DoctorFinding[] {
  return connectors.flatMap((one) => {
    if (one.stalled)
      return [
        finding('error', 'stalled', [one.name], one.reasons.join('; '), {
          hint: 'Everything runs, and nothing is read: the target may be slow, or locked.',
          command: command(`doctor ${shellWord(one.name)}`),
        }),
      ];
    if (ILL.has(one.health)) return [failedFinding(one)];
    // What no consumer group was asked about is stated once.
    if (one.health === 'unknown' && one.group?.checked !== false)
      return [
        finding('note', 'unclear', [one.name], one.reasons.join('; '), {
          command: command(`doctor ${shellWord(one.name)}`),
        }),
      ];
    return [];
  });
}

function failedFinding(one: ConnectorReport): DoctorFinding {
  const { name, taskList, cause, hint, reasons } = one;
  const refused = refusedTask(taskList);
  const failed = taskList.filter(({ state }) => state === 'FAILED');
  const causes = new Set([cause, ...failed.map((task) => task.cause)].filter((text) => text !== null));
  if (refused !== undefined)
    return finding(
      'error',
      'refused-record',
      [name],
      `a record is refused: ${failedText(failed.map(({ id }) => id))}`,
      {
        details: [...causes],
        hint: `${judgeRefusal(refused.trace ?? '').hint ?? 'Correct the target or the row.'} To find the record, and to go on without it:`,
        command: command(`dlq quarantine ${shellWord(name)}`, { dryRun: true }),
      },
    );
  const restarts = failed.length > 0 || one.state === 'FAILED';
  return finding('error', 'failed', [name], reasons.filter((reason) => !/ was not checked$/.test(reason)).join('; '), {
    details: [...causes],
    hint,
    command: restarts ? command(`restart ${shellWord(name)}`, { failed: true }) : command(`doctor ${shellWord(name)}`),
  });
}

interface QueuesRead {
  findings: DoctorFinding[];
  notRead: NotRead[];
  /** Of the cluster; undefined if Kafka could not be asked. */
  topics: string[] | undefined;
}

async function readQueues(connectors: readonly ListedConnector[], ports: DoctorPorts): Promise<QueuesRead> {
  const { kafka, clock, signal } = ports;
  if (kafka === undefined) return { findings: [], notRead: [], topics: undefined };
  const sinks = queuesOf(connectors.filter((one) => connectorType(one) === 'sink'));
  const queues = [...new Set(sinks.flatMap(({ queue }) => queue ?? []))];
  try {
    const port = await kafka();
    const [topics, depths] = await Promise.all([
      port.topics(),
      queueDepths(port, queues, clock.now().getTime() - HOUR_MS),
    ]);
    const findings = [...depths].flatMap(([queue, { records, recent }]): DoctorFinding[] => {
      const names = sinks.filter((one) => one.queue === queue).map(({ sink }) => sink);
      const show = command(`dlq show ${shellWord(names[0] ?? '')}`);
      const count = (number: number) => `${thousands(number)} ${number === 1 ? 'record' : 'records'}`;
      if (recent > 0)
        return [
          finding(
            'warning',
            'dead-letters',
            names,
            `${count(recent)} of the last hour in the dead letter queue ${queue}`,
            {
              details: [`up to ${count(records)} in all`],
              hint: 'They are missing in the target. To see why:',
              command: show,
            },
          ),
        ];
      if (records === 0) return [];
      return [
        finding(
          'note',
          'dead-letters-kept',
          names,
          `up to ${count(records)} in the dead letter queue ${queue}, none of the last hour`,
          {
            command: show,
          },
        ),
      ];
    });
    return { findings, notRead: [], topics };
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return {
      findings: [],
      notRead: [{ what: 'Kafka', reason: error.message, error: toErrorDocument(error) }],
      topics: undefined,
    };
  }
}

/** Opening the history would create it. */
async function readRuns({ store, logger }: DoctorPorts): Promise<ReconcileRun[] | undefined> {
  try {
    const opened = await store();
    return opened.exists ? opened.comparisons.list({ limit: RUNS }) : [];
  } catch (error) {
    logger.warn(`the history of comparisons cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
