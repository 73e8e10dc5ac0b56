import type { OffsetChange } from '../../operate/offsets/model.ts';
import { kafkaOffset, topicPartition } from '../../operate/offsets/plan.ts';
import { redactTree } from '../../text/redact.ts';
import { visibleValue } from '../../text/visible.ts';
import type { Style } from '../style.ts';
import { type Column, renderTable } from '../table.ts';

type Row = Pick<OffsetChange, 'partition' | 'range'>;

/** A table of partitions: of a sink with topic, number and range, of a source with the partition as JSON. */
export function partitionsTable<One extends Row>(
  rows: readonly One[],
  columns: readonly Column<One>[],
  style: Style,
): string {
  const isSink = rows.every(({ partition }) => topicPartition(partition) !== undefined);
  const hasRange = rows.some(({ range }) => range !== null);
  const range: Column<One> = {
    header: 'range',
    value: ({ range: one }) => (one === null ? '-' : `${one.earliest}–${one.end}`),
    optional: 1,
  };
  const sink: Column<One>[] = [
    { header: 'topic', value: ({ partition }) => visibleValue(topicPartition(partition)?.topic ?? ''), wrap: true },
    {
      header: 'partition',
      value: ({ partition }) => String(topicPartition(partition)?.partition ?? ''),
      align: 'right',
    },
    ...columns.map((column) => ({ ...column, align: 'right' as const })),
    ...(hasRange ? [range] : []),
  ];
  const source: Column<One>[] = [
    { header: 'source partition', value: ({ partition }) => jsonText(partition), wrap: true },
    ...columns.map((column) => ({ ...column, wrap: true })),
  ];
  return renderTable(isSink ? sink : source, rows, style);
}

/** An offset in a cell: the number of a sink, the document of a source. */
export function offsetText(offset: Record<string, unknown> | null): string {
  if (offset === null) return 'none';
  return String(kafkaOffset(offset) ?? jsonText(offset));
}

function jsonText(value: Record<string, unknown>): string {
  return visibleValue(JSON.stringify(redactTree(value)));
}
