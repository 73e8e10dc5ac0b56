import { NO_KAFKA } from '../../config/without-kafka.ts';
import { ERRORS, EXIT } from '../../errors/registry.ts';
import type { AdviceReport, TaskAdvice } from '../../operate/advise.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { sinkLagText } from './health.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

/** @title sluice scale --advise --json */
export type ScaleAdviceDocument = WithWarnings<AdviceReport>;

export const adviceView: View<AdviceReport, ScaleAdviceDocument> = {
  prose: true,
  table: (report, style) => {
    const { context, connectors, unreadable, kafka } = report;
    if (connectors.length + unreadable.length === 0) return `No matching connectors on ${context}.`;
    const wrong = connectors.filter(({ verdict }) => verdict === 'too few' || verdict === 'too many');
    const unknown = connectors.filter(({ verdict }) => verdict === 'unknown');
    return [
      ...(wrong.length > 0 ? [table(wrong, style), '', ...wrong.flatMap((one) => adviceLines(one, style)), ''] : []),
      ...unknown.map(({ name, because }) => `${style.color.yellow('?')} ${name}: ${because}`),
      ...(unknown.length > 0 ? [''] : []),
      ...(unreadable.length > 0 ? [...unreadableLines(unreadable, style), ''] : []),
      `${countText(connectors.length)} on ${context}: ${wrong.length} with too few or too many tasks${unknown.length > 0 ? `, ${unknown.length} not judged` : ''}`,
      ...(kafka.configured ? [] : [style.color.yellow(`The sinks were not judged: ${NO_KAFKA}.`)]),
      ...(kafka.error === null ? [] : [style.color.yellow(`The sinks were not judged: ${kafka.error.message}`)]),
    ].join('\n');
  },
  exitCode: (report) =>
    report.kafka.error === null ? (unreadableExit(report) ?? EXIT.ok) : ERRORS[report.kafka.error.code].exit,
};

function countText(count: number): string {
  return count === 1 ? '1 connector' : `${count} connectors`;
}

function table(rows: readonly TaskAdvice[], style: Style): string {
  return renderTable<TaskAdvice>(
    [
      { header: 'connector', value: ({ name }) => name },
      { header: 'tasks.max', value: ({ maximum }) => String(maximum ?? '?'), align: 'right' },
      { header: 'running', value: ({ running }) => String(running), align: 'right', optional: 1 },
      { header: 'can work', value: ({ workable }) => String(workable.likely ?? '?'), align: 'right' },
      { header: 'lag', value: sinkLagText, align: 'right' },
      { header: 'verdict', value: ({ verdict }) => style.color.yellow(verdict) },
    ],
    rows,
    style,
  );
}

function adviceLines({ name, because, advised }: TaskAdvice, { color }: Style): string[] {
  const change = advised === null ? [] : [`  ${color.cyan('→')} ${command(`scale ${shellWord(name)} ${advised}`)}`];
  return [`${color.bold(name)}: ${because}`, ...change];
}
