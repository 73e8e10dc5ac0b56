import type { Change } from '../../store/changes.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { firstNames } from '../../text/lists.ts';
import { visibleValue } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

export interface HistoryReport {
  changes: Change[];
  /** One change was asked for: show each connector, topic and table. */
  detailed: boolean;
  /** Only some changes were asked for. */
  filtered: boolean;
}

/** @title sluice history --json */
export type HistoryDocument = WithWarnings<Pick<HistoryReport, 'changes'>>;

export const historyView: View<HistoryReport, HistoryDocument> = {
  table({ changes, detailed, filtered }, style) {
    const [only] = changes;
    if (only === undefined)
      return filtered ? 'None of the changes made from here matches.' : 'No changes have been made from here yet.';
    const overview = renderTable<Change>(
      [
        { header: 'n', value: ({ id }) => String(id), align: 'right' },
        { header: 'when', value: ({ at }) => isoSeconds(at) },
        // With `history N`, it is always shown.
        { header: 'who', value: ({ who }) => who, wrap: true, ...(detailed ? {} : { optional: 1 }) },
        { header: 'what', value: ({ verb }) => verb },
        { header: 'where', value: ({ context }) => visibleValue(context), wrap: true },
        { header: 'exit', value: ({ exitCode }) => paint(exitCode, style), align: 'right' },
        { header: 'result', value: (change) => visibleValue(resultOf(change)), wrap: true },
      ],
      changes,
      style,
    );
    return detailed ? [overview, ...details(only, style)].join('\n\n') : overview;
  },
  document: ({ changes }) => ({ changes }),
};

function paint(exitCode: number | null, { color }: Style): string {
  if (exitCode === null) return color.yellow('?');
  return exitCode === 0 ? color.green('0') : color.red(String(exitCode));
}

/** Names are given for this many; `history N` has all. */
const NAMED = 3;

function resultOf({ connectors, topics, tables, loggers, alerts, error, exitCode }: Change): string {
  const changed = [...topics.map(({ name, outcome }) => ({ name: `topic ${name}`, outcome })), ...connectors].filter(
    ({ outcome }) => outcome !== 'unchanged',
  );
  const outcomes = [
    ...[...Map.groupBy(changed, ({ outcome }) => outcome)].map(([outcome, those]) => {
      const names = those.map(({ name }) => name);
      return `${firstNames(names, NAMED)} ${outcome}`;
    }),
    ...tables.map((one) => `${one.name} ${rowsOf(one)}`),
    ...[...loggers, ...alerts].map(({ name, outcome }) => `${name} ${outcome}`),
  ].join('; ');
  if (exitCode === null) {
    const names = [...connectors, ...loggers, ...alerts].map(({ name }) => name).join(', ');
    return `${names === '' ? '' : `${names}: `}running, or killed before it ended`;
  }
  if (error !== null) return outcomes === '' ? error : `${error}: ${outcomes}`;
  if (outcomes !== '') return outcomes;
  return connectors.length === 0 ? 'nothing to do' : `${connectors.length} unchanged`;
}

function rowsOf({ inserted, updated, deleted, left }: Change['tables'][number]): string {
  return `${inserted} inserted, ${updated} updated, ${deleted} deleted, ${left} skipped`;
}

function details({ connectors, topics, tables, loggers, alerts }: Change, style: Style): string[] {
  const rows = [
    ...topics.map(({ name, outcome }) => ({ kind: 'topic', name, outcome, error: null })),
    ...connectors.map((one) => ({ kind: 'connector', ...one })),
    ...loggers.map((one) => ({ kind: 'logger', ...one, error: null })),
    ...alerts.map((one) => ({ kind: 'alert', ...one, error: null })),
    ...tables.map((one) => ({ kind: 'table', name: one.name, outcome: rowsOf(one), error: one.error })),
  ];
  if (rows.length === 0) return [];
  const table = renderTable<(typeof rows)[number]>(
    [
      { header: 'kind', value: ({ kind }) => kind },
      { header: 'name', value: ({ name }) => visibleValue(name), wrap: true },
      { header: 'result', value: ({ outcome }) => visibleValue(outcome), wrap: true },
      { header: 'error', value: ({ error }) => (error === null ? '-' : style.color.red(error)) },
    ],
    rows,
    style,
  );
  return [table];
}
