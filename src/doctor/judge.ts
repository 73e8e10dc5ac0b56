import type { ListedConnector } from '../connect/types.ts';
import type { SinkQueue } from '../dlq/queues.ts';
import type { ConnectorReport } from '../monitor/health.ts';
import { cannotReach } from '../monitor/known-causes.ts';
import type { LogFacts } from '../preflight/live-checks.ts';
import type { SnapshotState } from '../sources/snapshot-state.ts';
import { bothHere, type Visit, type Visited } from './databases.ts';
import { NO_KAFKA, type Stage, type StageName, type StageVerdict, verdict } from './model.ts';
import type { TopicsRead } from './pipeline-topics.ts';
import { DEFAULTS } from './request.ts';
import { connectorVerdict } from './stages/connector.ts';
import { databaseVerdict } from './stages/database.ts';
import { groupVerdict } from './stages/group.ts';
import { logVerdict, type SourceState } from './stages/log.ts';
import { recordsVerdict } from './stages/records.ts';
import { type TargetSample, targetVerdict } from './stages/target.ts';
import { topicsVerdict } from './stages/topics.ts';

const SECONDS = DEFAULTS.pause / 1000;

/** A connector of the pipeline, and its databases in two samples. */
export interface Side<Sample> {
  one: ListedConnector;
  /** Undefined if it was deleted meanwhile. */
  report: ConnectorReport | undefined;
  visits: readonly Visited<[Sample, Sample]>[];
}

export interface SourceSide extends Side<LogFacts> {
  snapshot: SnapshotState;
}

export interface PipelineFacts {
  sources: readonly SourceSide[];
  sinks: readonly Side<TargetSample>[];
  /** Undefined if Kafka could not be asked. */
  topics: TopicsRead | undefined;
  hasKafka: boolean;
  queues: readonly SinkQueue[];
  /** URLs of the worker. */
  urls: readonly string[];
}

/** The verdicts of all stages, in the order in which records pass them. Pure. */
export function judgePipeline({ sources, sinks, topics, hasKafka, queues, urls }: PipelineFacts): Stage[] {
  const stages: Stage[] = [];
  const add = (stage: StageName, connector: string | null, of: StageVerdict) =>
    stages.push({ stage, connector, ...of });
  for (const { one, report, visits, snapshot } of sources) {
    const state = { ...stateOf(one.name, report), snapshot };
    for (const where of visits) {
      const { visited, reason, known } = where;
      const near = bothHere(where, urls, report?.worker ?? null);
      add(
        'source database',
        one.name,
        databaseVerdict(nameOf(where), visited?.reached ?? skipped(reason), state, near),
      );
      if (known) add('log', one.name, ofLog(visited, state));
    }
    add('source connector', one.name, ofConnector(one.name, report));
  }
  add('topics', null, topics === undefined ? notOfKafka(!hasKafka) : topicsVerdict(topics.facts));
  for (const { one, report, visits } of sinks) {
    const state = stateOf(one.name, report);
    const group = topics?.groups.get(one.name);
    add('sink connector', one.name, ofConnector(one.name, report));
    const reads =
      report === undefined || group === undefined
        ? notOfKafka(!hasKafka)
        : groupVerdict({ report, partitions: group.partitions, waitingSince: group.waitingSince, seconds: SECONDS });
    add('consumer group', one.name, reads);
    const queue = queues.find((queued) => queued.sink === one.name);
    const depth = queue?.queue == null ? undefined : topics?.queues.get(queue.queue);
    add(
      'records',
      one.name,
      recordsVerdict({
        name: one.name,
        taskList: report?.taskList ?? [],
        partitions: group?.partitions[1],
        waitingSince: group?.waitingSince ?? null,
        queue:
          queue?.queue == null
            ? null
            : { topic: queue.queue, records: depth?.records ?? null, lastHour: depth?.recent ?? null },
        problems: queue?.problems ?? [],
      }),
    );
    for (const where of visits) {
      const { visited, reason } = where;
      const near = bothHere(where, urls, report?.worker ?? null);
      const answers = databaseVerdict(nameOf(where), visited?.reached ?? skipped(reason), state, near);
      const [first, last] = visited?.value ?? [];
      add(
        'target database',
        one.name,
        first === undefined
          ? unreadTarget(answers, visited)
          : targetVerdict(answers, first, last, SECONDS, reads.state),
      );
    }
  }
  return stages;
}

function nameOf({ endpoint }: Visited<unknown>): string {
  return endpoint?.display ?? 'its database';
}

function skipped(reason: string) {
  return { outcome: 'skipped', reason } as const;
}

function stateOf(name: string, report: ConnectorReport | undefined) {
  const active = report !== undefined && report.state !== 'PAUSED' && report.state !== 'STOPPED';
  const failed = report?.taskList.filter(({ state }) => state === 'FAILED') ?? [];
  const away = failed.find(({ trace }) => cannotReach(trace ?? ''));
  const own = report?.state === 'FAILED' && cannotReach(report.trace ?? '') ? report.cause : null;
  const runs = report?.state === 'RUNNING' && report.tasks.total > 0 && report.tasks.running === report.tasks.total;
  return { name, active, runs, cannotReach: away?.cause ?? own };
}

function ofConnector(name: string, report: ConnectorReport | undefined): StageVerdict {
  return report === undefined ? verdict('unknown', `${name} was deleted meanwhile`) : connectorVerdict(report);
}

function ofLog(visited: Visit<[LogFacts, LogFacts]> | undefined, state: SourceState): StageVerdict {
  if (visited?.value !== undefined) return logVerdict(...visited.value, state);
  if (visited?.reached.outcome === 'reached' && visited.error !== null)
    return verdict('unknown', 'not read', { cause: visited.error.message });
  return verdict('unknown', 'not read: only the database knows');
}

function unreadTarget(answers: StageVerdict, visited: Visit<unknown> | undefined): StageVerdict {
  if (visited?.error == null || visited.reached.outcome !== 'reached') return answers;
  return verdict('unknown', `${answers.message}, but its locks and tables could not be read`, {
    cause: visited.error.message,
  });
}

function notOfKafka(isAbsent: boolean): StageVerdict {
  return verdict('unknown', isAbsent ? `not read: ${NO_KAFKA.reason}` : 'not read: Kafka could not be asked');
}
