import { EXIT } from '../../errors/registry.ts';
import type { ConnectorDescription, DescribedPartition, DescribeReport } from '../../inspect/describe.ts';
import type { DescribedEntry } from '../../inspect/entries.ts';
import type { Neighbour } from '../../inspect/neighbours.ts';
import { firstNames } from '../../text/lists.ts';
import { thousands } from '../../text/thousands.ts';
import { simpleName } from '../../topology/transforms.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { detail } from './status.ts';
import { topicTable, unreadLines } from './topics.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

/** @title sluice describe NAME --json */
export type DescribeDocument = WithWarnings<DescribeReport>;

export const describeView: View<DescribeReport, DescribeDocument> = {
  prose: true,
  table: (report, style) => text(report, style, false),
  exitCode: exitCodeOf,
};

/** With whole stack traces. */
export const tracesView: View<DescribeReport, DescribeDocument> = {
  ...describeView,
  table: (report, style) => text(report, style, true),
};

function exitCodeOf(report: DescribeReport) {
  const isPartial = report.connectors.some(({ unread }) => unread.some(({ error }) => error !== null));
  return unreadableExit(report) ?? (isPartial ? EXIT.partial : EXIT.ok);
}

function text({ context, connectors, unreadable }: DescribeReport, style: Style, traces: boolean): string {
  if (connectors.length + unreadable.length === 0) return `No matching connectors on ${context}.`;
  const blocks = connectors.map((one) => [
    detail(one.status, context, style),
    ...(traces ? traceLines(one) : []),
    ...configLines(one, style),
    ...section('task configurations', taskLines(one, style), style),
    ...section('topics in use', topicLines(one, style), style),
    ...section('offsets', offsetLines(one), style),
    ...section('lag', lagLines(one, style), style),
    ...section('dead letter queue', queueLines(one), style),
    ...section('fed by', one.fedBy.flatMap(neighbourLines), style),
    ...section('feeds', one.feeds.flatMap(neighbourLines), style),
    ...(one.unread.length === 0 ? [] : ['', ...unreadLines(one.unread, style)]),
  ]);
  return [...blocks.map((lines) => lines.join('\n')), unreadableLines(unreadable, style).join('\n')]
    .filter((block) => block !== '')
    .join('\n\n\n');
}

function section(title: string, lines: readonly string[], { color }: Style): string[] {
  return lines.length === 0 ? [] : ['', color.bold(title.toUpperCase()), ...lines];
}

function traceLines({ status }: ConnectorDescription): string[] {
  const traces = [
    ...(status.trace === null ? [] : [`connector: ${status.trace}`]),
    ...status.taskList.flatMap(({ id, trace }) => (trace === null ? [] : [`task ${id}: ${trace}`])),
  ];
  return traces.flatMap((trace) => ['', trace.trimEnd()]);
}

/** The configuration, secrets masked. */
export function configLines({ config, definition }: ConnectorDescription, style: Style): string[] {
  const of = (kind: DescribedEntry['kind']) => config.filter((entry) => entry.kind === kind);
  const plugin =
    definition === null
      ? 'The keys of its plugin are not known.'
      : `Compared with ${simpleName(definition.class)} ${definition.version}, ${definition.from === 'worker' ? 'as the worker defines it' : 'as packaged with sluice'}`;
  return [
    ...section('configuration', entryLines(of('set'), style), style),
    ...section('as by default', entryLines(of('default'), style), style),
    ...section('not used by its plugins', entryLines(of('unused'), style), style),
    '',
    plugin,
  ];
}

function entryLines(entries: readonly DescribedEntry[], style: Style): string[] {
  if (entries.length === 0) return [];
  const shown = (value: string) => (value === '' ? '""' : value);
  const remark = ({ kind, default: fallback, note }: DescribedEntry) => [
    ...(kind === 'set' && fallback !== null ? [`default ${shown(fallback)}`] : []),
    ...(note === null ? [] : [note]),
  ];
  const table = renderTable<DescribedEntry>(
    [
      { header: 'key', value: ({ key }) => key },
      {
        header: 'value',
        value: (entry) => {
          const remarks = remark(entry);
          return remarks.length === 0 ? shown(entry.value) : `${shown(entry.value)} (${remarks.join('; ')})`;
        },
        wrap: true,
      },
    ],
    entries,
    style,
  );
  return [table];
}

/** Only what the connector's configuration does not say. */
function taskLines({ taskConfigs, config }: ConnectorDescription, style: Style): string[] {
  const own = new Map(config.map(({ key, value }) => [key, value]));
  return (taskConfigs ?? []).flatMap(({ id, config: ofTask }) => {
    const more = Object.entries(ofTask).filter(([key, value]) => own.get(key) !== value);
    if (more.length === 0) return [`task ${id}: as the connector`];
    return [
      `task ${id}`,
      renderTable(
        [
          { header: 'key', value: ([key]: [string, string]) => key },
          { header: 'value', value: ([, value]) => value, wrap: true },
        ],
        more,
        style,
      ),
    ];
  });
}

/** Topics in use. */
export function topicLines({ topics }: ConnectorDescription, style: Style): string[] {
  if (topics === null) return [];
  return [topics.length === 0 ? 'none yet' : topicTable(topics, style)];
}

function offsetLines({ offsets }: ConnectorDescription): string[] {
  if (offsets === null) return [];
  if (offsets.length === 0) return ['none yet'];
  return offsets.map(({ partition, offset }) => `${partition} → ${offset ?? 'none'}`);
}

function lagLines({ partitions }: ConnectorDescription, style: Style): string[] {
  if (partitions === null) return [];
  if (partitions.length === 0) return ['the group has no partitions yet'];
  const table = renderTable<DescribedPartition>(
    [
      { header: 'topic', value: ({ topic }) => topic },
      { header: 'partition', value: ({ partition }) => String(partition), align: 'right' },
      { header: 'committed', value: ({ committed }) => String(committed ?? '-'), align: 'right' },
      { header: 'end', value: ({ end }) => String(end), align: 'right' },
      { header: 'lag', value: ({ lag }) => thousands(lag), align: 'right' },
    ],
    partitions,
    style,
  );
  return [table];
}

function queueLines({ deadLetters, status }: ConnectorDescription): string[] {
  if (status.type !== 'sink') return [];
  if (deadLetters === null) return ['none'];
  const { topic, records } = deadLetters;
  return [
    records === null
      ? `${topic}: not known`
      : `${topic}: ${records === 0 ? '' : 'up to '}${thousands(records)} ${records === 1 ? 'record' : 'records'}`,
  ];
}

const TOPICS_SHOWN = 5;

function neighbourLines({ connector, topics, tables }: Neighbour): string[] {
  const by = topics.length === 0 ? 'by its configuration; no such topic is known' : firstNames(topics, TOPICS_SHOWN);
  return [
    `${connector}: ${by}`,
    ...tables.slice(0, TOPICS_SHOWN).map(({ from, to }) => `  ${from} → ${to}`),
    ...(tables.length > TOPICS_SHOWN ? [`  and ${tables.length - TOPICS_SHOWN} tables more`] : []),
  ];
}
