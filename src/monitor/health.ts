import { connectorType } from '../connect/connector.ts';
import type { ListedConnector, TaskStatus } from '../connect/types.ts';
import type { GroupLag, GroupSummary } from '../ports/kafka.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { durationText } from '../text/duration.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { redactKnown, secretValues } from '../text/redact.ts';
import { thousands } from '../text/thousands.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import { knownHint } from './known-causes.ts';
import { rootCause } from './trace.ts';

/** What a connector needs, worst first; docs/operations.md#check-status-sluice-status has them as a table. */
export const HEALTHS = [
  'failed',
  'unassigned',
  'degraded',
  'unknown',
  'starting',
  'healthy',
  'paused',
  'stopped',
] as const;
export type Health = (typeof HEALTHS)[number];

/** Those that need a person, or something that heals. */
export const ILL: ReadonlySet<Health> = new Set(['failed', 'unassigned', 'degraded']);

export interface TaskReport {
  id: Count;
  state: string;
  worker: string;
  /** The relevant line of the trace; null unless the task has failed. */
  cause: string | null;
  /** Whole, secrets masked. */
  trace: string | null;
}

export interface GroupReport {
  id: string;
  /** False if Kafka was not, or could not be, queried. */
  checked: boolean;
  /** Kafka's name for the group's state. */
  state: string | null;
  members: Integer | null;
  /** Records behind. */
  lag: Integer | null;
  /** Of these, in partitions whose committed offset did not move meanwhile, for too short a time to call the sink stalled. */
  standing: Integer;
}

export interface ConnectorReport {
  name: string;
  type: 'source' | 'sink' | 'unknown';
  class: string | null;
  health: Health;
  /** Why it is not healthy, in sentences. */
  reasons: string[];
  /** Everything runs, but records wait, and the committed offset does not move. */
  stalled: boolean;
  /** Since when it has been seen like this (ISO 8601, UTC); null if it is seen for the first time. */
  since: string | null;
  /** Null: the worker has no status for it. */
  state: string | null;
  worker: string | null;
  tasks: {
    running: Count;
    total: Count;
    /** `tasks.max`; null if it is not a number. */
    maximum: Integer | null;
  };
  taskList: TaskReport[];
  /** Why the connector itself has failed. */
  cause: string | null;
  trace: string | null;
  /** What to do, if the cause is known. */
  hint: string | null;
  /** The sink's consumer group; null for a source. */
  group: GroupReport | null;
}

/** What is known about one sink's lag besides its size. */
export interface LagFacts {
  /** Records in partitions whose committed offset has not moved; null if all move, or nothing waits. */
  standing: { records: number; forMs: number; proven: boolean } | null;
  /** Records that stand still for too short a time to say more. */
  early: number;
  /** Limits that are exceeded. */
  exceeded: ({ records: number } | { ms: number })[];
}

export interface GroupFacts {
  summary: GroupSummary | undefined;
  lag: GroupLag | undefined;
  /** Undefined if the lag was not examined. */
  lagFacts?: LagFacts | undefined;
}

const ON_PURPOSE: Readonly<Record<string, Health>> = { PAUSED: 'paused', STOPPED: 'stopped' };

/**
 * Judges one connector. Pure.
 * @param facts about its consumer group; undefined if Kafka was not queried
 */
export function judgeConnector(connector: ListedConnector, facts: GroupFacts | undefined): ConnectorReport {
  const { name, info, status } = connector;
  const type = connectorType(connector);
  const isTraced = [status?.connector, ...(status?.tasks ?? [])].some((one) => one?.trace);
  // They are only masked in traces, and finding them takes most of the time of a poll.
  const secrets = isTraced ? secretValues(info.config) : [];
  const taskList = (status?.tasks ?? []).map((task) => taskReport(task, secrets)).sort((a, b) => a.id - b.id);
  const running = taskList.filter((task) => task.state === 'RUNNING').length;
  const group = type === 'sink' ? groupReport(sinkGroup(name, info.config), facts) : null;
  const ofTasks = [...stateVerdicts(connector, taskList), ...groupVerdicts(connector, group, running)];
  const ofLag = lagVerdicts(connector, facts);
  const verdicts = [...ofTasks, ...ofLag];
  const onPurpose = ON_PURPOSE[status?.connector.state ?? ''];
  return {
    name,
    type,
    class: info.config['connector.class'] ?? null,
    health: worst(verdicts.map((verdict) => verdict.health)) ?? onPurpose ?? 'healthy',
    reasons: verdicts.map((verdict) => verdict.reason),
    stalled: ofLag.some(({ stalled }) => stalled) && !ofTasks.some(({ health }) => ILL.has(health)),
    since: null,
    state: status?.connector.state ?? null,
    worker: status?.connector.worker_id ?? null,
    tasks: { running, total: taskList.length, maximum: tasksMaximum(info.config) },
    taskList,
    cause: status?.connector.trace ? rootCause(status.connector.trace, secrets) : null,
    trace: status?.connector.trace ? redactKnown(status.connector.trace, secrets) : null,
    hint: hintOf(connector),
    group,
  };
}

function hintOf(connector: ListedConnector): string | null {
  const { name, status } = connector;
  const traces = [status?.connector.trace, ...(status?.tasks ?? []).map((task) => task.trace)];
  const sink = connectorType(connector) === 'sink' ? name : undefined;
  return traces.map((trace) => knownHint(trace ?? '', sink)).find((hint) => hint !== undefined) ?? null;
}

/** Another poll a moment later may give a different verdict: statuses and groups lag behind. */
export function isDoubtful(report: ConnectorReport): boolean {
  if (report.state === null || report.state === 'RESTARTING') return true;
  if (report.state !== 'RUNNING' || report.taskList.some((task) => task.state === 'FAILED')) return false;
  const { running, total } = report.tasks;
  return (
    report.health !== 'healthy' && (report.group === null || report.group.checked || running < total || total === 0)
  );
}

interface Verdict {
  health: Health;
  reason: string;
  stalled?: true;
}

function stateVerdicts({ status }: ListedConnector, tasks: readonly TaskReport[]): Verdict[] {
  if (status === null) return [{ health: 'starting', reason: 'the worker reports no status for it yet' }];
  const verdicts: Verdict[] = [];
  const { state } = status.connector;
  if (state === 'FAILED') verdicts.push({ health: 'failed', reason: 'the connector has FAILED' });
  if (state === 'UNASSIGNED') verdicts.push({ health: 'unassigned', reason: 'no worker has taken the connector' });
  if (state === 'RESTARTING') verdicts.push({ health: 'starting', reason: 'the connector is restarting' });
  if (!CONNECTOR_STATES.has(state)) verdicts.push({ health: 'unknown', reason: `the connector is ${state}` });
  for (const { state, all, some, sentence } of TASK_VERDICTS) {
    const ids = tasks.filter((task) => task.state === state).map((task) => task.id);
    if (ids.length > 0)
      verdicts.push({
        health: ids.length === tasks.length ? all : some,
        reason: `${ids.length === 1 ? 'task' : 'tasks'} ${ids.join(', ')} ${sentence(ids.length)}`,
      });
  }
  if (state === 'RUNNING') verdicts.push(...idleVerdicts(tasks));
  if (state === 'RUNNING' && tasks.length === 0) {
    verdicts.push({ health: 'failed', reason: 'RUNNING, but it has no task: no records are processed' });
  }
  return verdicts;
}

/** States that are healthy, or reported elsewhere. */
export const CONNECTOR_STATES: ReadonlySet<string> = new Set([
  'RUNNING',
  'PAUSED',
  'STOPPED',
  'FAILED',
  'UNASSIGNED',
  'RESTARTING',
]);

/** Tasks of a running connector that do not run: still paused, or in an unknown state. */
function idleVerdicts(tasks: readonly TaskReport[]): Verdict[] {
  const idle = tasks.filter(
    ({ state }) => state !== 'RUNNING' && !TASK_VERDICTS.some((known) => known.state === state),
  );
  return [...Map.groupBy(idle, ({ state }) => state)].map(([state, { length }]) => ({
    health: 'degraded',
    reason: `the connector is RUNNING, but ${length} of its tasks ${length === 1 ? 'is' : 'are'} ${state}`,
  }));
}

/** What tasks in a state mean if all of them are, or only some. */
const TASK_VERDICTS: readonly {
  state: string;
  all: Health;
  some: Health;
  sentence(count: number): string;
}[] = [
  {
    state: 'FAILED',
    all: 'failed',
    some: 'degraded',
    sentence: (count) => (count === 1 ? 'has FAILED' : 'have FAILED'),
  },
  {
    state: 'UNASSIGNED',
    all: 'unassigned',
    some: 'degraded',
    sentence: (count) => (count === 1 ? 'has no worker' : 'have no worker'),
  },
  {
    state: 'RESTARTING',
    all: 'starting',
    some: 'starting',
    sentence: (count) => (count === 1 ? 'is restarting' : 'are restarting'),
  },
];

/** REST still reports RUNNING for a task whose failure the worker could not record; its consumer is gone. */
function groupVerdicts({ status }: ListedConnector, group: GroupReport | null, running: number): Verdict[] {
  if (group === null || status?.connector.state !== 'RUNNING' || running === 0) return [];
  if (!group.checked) return [{ health: 'unknown', reason: `the consumer group ${group.id} was not checked` }];
  const members = group.members ?? 0;
  const all = status.tasks.length === running;
  const say = all ? 'its tasks say' : running === 1 ? 'one task says' : `${running} tasks say`;
  if (members === 0) {
    return [
      {
        health: 'failed',
        reason: `${say} RUNNING, but the consumer group ${group.id} has no member: nothing is read`,
      },
    ];
  }
  if (members < running) {
    return [
      { health: 'degraded', reason: `${running} tasks say RUNNING, but the consumer group has ${members} of them` },
    ];
  }
  return [];
}

/** Of a connector that runs: records wait, and nothing, or not enough, is read. */
function lagVerdicts({ status }: ListedConnector, facts: GroupFacts | undefined): Verdict[] {
  const { standing, exceeded } = facts?.lagFacts ?? { standing: null, exceeded: [] };
  if (status?.connector.state !== 'RUNNING') return [];
  const verdicts: Verdict[] = exceeded.map((limit) => ({
    health: 'degraded',
    reason:
      'records' in limit
        ? `more than ${thousands(limit.records)} records behind`
        : `a record has waited for more than ${durationText(limit.ms)}`,
  }));
  if (standing === null) return verdicts;
  const what = `${thousands(standing.records)} ${standing.records === 1 ? 'record waits' : 'records wait'}, and the committed offset`;
  const seconds = `${Math.floor(standing.forMs / 1000)} s`;
  const still = standing.forMs < 1000 ? 'was not seen to move yet' : `did not move in ${seconds}`;
  verdicts.push(
    standing.proven
      ? { health: 'degraded', stalled: true, reason: `stalled: ${what} has not moved for ${seconds}` }
      : {
          health: 'unknown',
          reason: `${what} ${still}: it is stalled, or catching up and commits less often than that`,
        },
  );
  return verdicts;
}

function groupReport(id: string, facts: GroupFacts | undefined): GroupReport {
  const summary = facts?.summary;
  return {
    id,
    checked: summary !== undefined,
    state: summary?.state ?? null,
    members: summary?.members ?? null,
    // A group that never read anything has unknown lag, not zero.
    lag: facts?.lag && facts.lag.partitions.length > 0 ? facts.lag.total : null,
    standing: facts?.lagFacts?.early ?? 0,
  };
}

function taskReport(task: TaskStatus, secrets: readonly string[]): TaskReport {
  return {
    id: task.id,
    state: task.state,
    worker: task.worker_id,
    cause: task.trace ? rootCause(task.trace, secrets) : null,
    trace: task.trace ? redactKnown(task.trace, secrets) : null,
  };
}

/** Connect's default is 1. */
export function tasksMaximum(config: Readonly<Record<string, string>>): number | null {
  const value = Number(config['tasks.max'] ?? '1');
  return Number.isInteger(value) ? value : null;
}

function worst(healths: readonly Health[]): Health | undefined {
  return HEALTHS.find((health) => healths.includes(health));
}

/** Problems first. */
export function byUrgency(a: ConnectorReport, b: ConnectorReport): number {
  return HEALTHS.indexOf(a.health) - HEALTHS.indexOf(b.health) || compareTexts(a.name, b.name);
}
