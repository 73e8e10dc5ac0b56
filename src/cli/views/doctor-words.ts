import type { DoctorReport, LocalSide, Severity, StageState, Walk } from '../../doctor/model.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';

export const HEADINGS: Record<Severity, string> = { error: 'WRONG', warning: 'WARNINGS', note: 'ADVICE' };

/** A sign beside the word, for those who see no colours. */
export const STAGE_SIGN: Record<StageState, string> = {
  ok: '✔',
  idle: '✔',
  stuck: '✖',
  warning: '!',
  unknown: '?',
  inactive: '‖',
};

export function sinceText(since: string | null): string {
  return since === null ? '' : ` (since ${isoSeconds(since)})`;
}

/** Where a pipeline is stuck, or that it is not. */
export function headline({ outcome, at, stages, sources, sinks }: Walk): string {
  const stage = at === null ? undefined : stages[at];
  const place =
    stage === undefined ? '' : `the ${stage.stage}${stage.connector === null ? '' : ` (${stage.connector})`}`;
  const open = stages.filter(({ state }) => state === 'unknown').map((one) => one.stage);
  const but = open.length === 0 ? '' : ` Not known: ${[...new Set(open)].join(', ')}.`;
  if (outcome === 'flowing') return `Records flow.${but}`;
  if (outcome === 'idle') {
    const alone =
      sources.length === 0 ? ' No source of this cluster feeds it.' : sinks.length === 0 ? ' No sink reads it.' : '';
    // Without the log, nobody knows what has not arrived yet; nor without the topics.
    const all =
      stages.some(({ stage: of }) => of === 'log') &&
      stages.every(({ stage: of, state }) => (of !== 'log' && of !== 'topics') || state !== 'unknown');
    const quiet = sinks.length === 0 ? 'Nothing arrives.' : 'Nothing arrives, and what has arrived is read.';
    return `${all ? 'Nothing to do: nothing changes.' : quiet}${alone}${but}`;
  }
  const message = stage === undefined ? '' : `: ${stage.message}`;
  const text = `${place}${sinceText(stage?.since ?? null)}${message}`;
  if (outcome === 'stuck') return `Stuck at ${text}`;
  if (outcome === 'warning') return `Not right at ${text}`;
  if (outcome === 'inactive') return `Not running on purpose: ${stage?.message ?? ''}`;
  return `Not known whether records move: ${text}`;
}

export function localFacts({ sluice, node, worker, workerClock, project }: LocalSide): [key: string, value: string][] {
  return [
    ['versions', `sluice ${sluice}, Node.js ${node}, Kafka Connect ${worker}`],
    ['project', project ?? 'none'],
    ['clock', workerClock === null ? 'the worker does not tell the time' : clockText(workerClock)],
  ];
}

function clockText(seconds: number): string {
  // A response has whole seconds.
  if (Math.abs(seconds) <= 2) return 'the worker has the same time';
  return `the worker is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
}

export function summaryText({ summary, context, walk, notRead }: DoctorReport): string {
  if (walk !== null) return headline(walk);
  const { connectors, errors, warnings, notes } = summary;
  const count = (number: number, what: string) => `${number} ${number === 1 ? what : `${what}s`}`;
  const parts = [
    ...(errors > 0 ? [`${errors} wrong`] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(errors + warnings === 0 ? ['nothing wrong was found'] : []),
    ...(notes > 0 ? [`${count(notes, 'piece')} of advice`] : []),
    ...(notRead.length > 0 ? [`${notRead.length} not read`] : []),
  ];
  return `${count(connectors, 'connector')} on ${context}: ${parts.join(', ')}`;
}
