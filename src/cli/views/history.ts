import type { HistoryEntry } from '../../history/history.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

export interface HistoryReport {
  deploys: HistoryEntry[];
}

export const historyView: View<HistoryReport> = {
  table: ({ deploys }, style) =>
    deploys.length === 0
      ? 'Nothing was deployed from here yet.'
      : renderTable(
          [
            { header: 'when', value: (row: HistoryEntry) => row.at.replace(/\.\d+Z$/, 'Z') },
            { header: 'who', value: (row) => row.who, wrap: true },
            { header: 'context', value: (row) => row.context, wrap: true },
            { header: 'exit', value: (row) => paint(row.exitCode, style), align: 'right' },
            { header: 'connectors', value: what, wrap: true },
          ],
          deploys,
          style,
        ),
};

function paint(exitCode: number, { color }: Style): string {
  return exitCode === 0 ? color.green('0') : color.red(String(exitCode));
}

function what({ connectors, topics, error }: HistoryEntry): string {
  const changed = [
    ...topics.map((topic) => ({ ...topic, name: `topic ${topic.name}` })),
    ...connectors.map(({ name, outcome }) => ({ name, outcome })),
  ].filter((one) => one.outcome !== 'unchanged');
  const said = changed.map((one) => `${one.name} ${one.outcome}`).join(', ');
  if (error !== null) return said === '' ? error : `${error}; ${said}`;
  return said === '' ? `${connectors.length} unchanged` : said;
}
