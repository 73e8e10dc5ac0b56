import { ERRORS, EXIT } from '../../errors/registry.ts';
import type { ConnectorLag, LaggingPartition, LagReadings, SourceLag } from '../../inspect/lag.ts';
import type { ProbeReport } from '../../inspect/probe.ts';
import type { SourceLog } from '../../monitor/source-reading.ts';
import { sizeText } from '../../text/size.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { lagTime } from './health.ts';
import { failureLines } from './monitor.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

interface LagReport extends LagReadings {
  /** What --probe measured; null without it. */
  probe: ProbeReport | null;
}

/** @title sluice lag NAME --json */
export type LagDocument = WithWarnings<LagReport>;

export const lagView: View<LagReport, LagDocument> = {
  prose: true,
  table: ({ connectors, context, unreadable, failures, probe }, style) => {
    if (connectors.length + unreadable.length === 0) return `No matching connectors on ${context}.`;
    const blocks = [
      ...connectors.map((one) => connectorLines(one, style)),
      ...(probe === null ? [] : [probeLines(probe)]),
      [...unreadableLines(unreadable, style), ...failureLines(failures, style)],
    ];
    return blocks
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n');
  },
  exitCode: (report) => {
    const [failure] = report.failures;
    return unreadableExit(report) ?? (failure === undefined ? EXIT.ok : ERRORS[failure.code].exit);
  },
};

function connectorLines(one: ConnectorLag, style: Style): string[] {
  const { name, behindMs, records, partitions, source, logs, unknown } = one;
  const time = behindMs === null ? '? behind' : `${lagTime(behindMs)} behind`;
  const waiting = records === null ? [] : [`${thousands(records)} ${records === 1 ? 'record' : 'records'} waiting`];
  return [
    `${style.color.bold(name)}: ${[time, ...waiting].join(', ')}`,
    ...(source === null ? [] : sourceLines(source)),
    ...(logs ?? []).filter(({ exists }) => exists !== null).map(logLine),
    ...unknown.map((reason) => `  ${style.color.yellow('?')} ${reason}`),
    ...(partitions === null || partitions.length === 0 ? [] : [partitionTable(partitions, style)]),
  ];
}

function sourceLines({ connected, sinceLastEventMs, queue, snapshot }: SourceLag): string[] {
  return [
    ...(connected === null ? [] : [`  log:        ${connected ? 'connected' : 'not connected'}`]),
    ...(sinceLastEventMs === null ? [] : [`  last event: ${lagTime(sinceLastEventMs)} ago`]),
    ...(queue === null ? [] : [`  queue:      ${thousands(queue.used)} of ${thousands(queue.capacity)}`]),
    ...(snapshot === null ? [] : [`  snapshot:   ${snapshot}`]),
  ];
}

function logLine(of: SourceLog): string {
  const { database, log, exists, broken, active, status } = of;
  const { behindBytes, behindFiles, retainedBytes, safeBytes, captureMs } = of;
  const size = (bytes: number | null, what: string) =>
    bytes === null ? [] : [`${sizeText(Math.max(0, bytes))} ${what}`];
  const parts = [
    ...(exists ? [] : ['missing']),
    ...(broken === null ? [] : [broken]),
    ...(active === false ? ['not read'] : []),
    ...size(behindBytes, 'behind'),
    ...(behindFiles === null || behindFiles === 0 ? [] : [`${thousands(behindFiles)} files`]),
    ...size(retainedBytes, 'retained'),
    ...(safeBytes === null || retainedBytes === null ? [] : size(safeBytes, 'left')),
    ...(status === null || status === 'reserved' ? [] : [status]),
    ...(captureMs === null ? [] : [`captured after ${lagTime(captureMs)}`]),
  ];
  return `  ${log} on ${database}: ${parts.join(', ')}`;
}

function partitionTable(partitions: readonly LaggingPartition[], style: Style): string {
  return renderTable<LaggingPartition>(
    [
      { header: 'topic', value: ({ topic }) => topic },
      { header: 'partition', value: ({ partition }) => String(partition), align: 'right' },
      { header: 'committed', value: ({ committed }) => String(committed ?? '-'), align: 'right', optional: 2 },
      { header: 'end', value: ({ end }) => String(end), align: 'right', optional: 1 },
      { header: 'lag', value: ({ lag }) => thousands(lag), align: 'right' },
      { header: 'behind', value: ({ waitedMs }) => (waitedMs === null ? '?' : lagTime(waitedMs)), align: 'right' },
    ],
    partitions,
    style,
  );
}

function probeLines({ from, to, connector, sink, topic, visibleAfterMs, removed }: ProbeReport): string[] {
  return [
    `A row committed in ${from} was visible in ${to} after ${thousands(visibleAfterMs)} ms (${connector}, ${topic}, ${sink}).`,
    removed === 'no' ? '  It could not be deleted from the target.' : `  It was deleted from the target ${removed}.`,
  ];
}
