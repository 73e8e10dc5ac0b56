import path from 'node:path';
import { EXIT } from '../../errors/registry.ts';
import type { DownResult } from '../../sandbox/down.ts';
import { upCommand } from '../../sandbox/record.ts';
import type { PartHealth, SandboxStatus } from '../../sandbox/status.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** Its credentials are shown: they are the same in every sandbox, and what listens there is this machine's alone. */
export const sandboxStatusView: View<SandboxStatus> = {
  table: (status, style) =>
    status.health === 'stopped'
      ? `The sandbox ${status.name} is not running. Start it: ${upCommand(status.name)}`
      : [renderParts(status, style), '', ...howToReach(status)].join('\n'),
  exitCode: (status) => (status.health === 'healthy' ? EXIT.ok : EXIT.negative),
};

export const sandboxDownView: View<DownResult> = {
  table: ({ name, stopped, gone, purged }) =>
    [
      stopped.length > 0
        ? `Stopped the sandbox ${name}: ${stopped.join(', ')}.`
        : `The sandbox ${name} was not running; nothing was stopped.`,
      ...(gone.length > 0 ? [`Ended before: ${gone.join(', ')}.`] : []),
      ...(purged ? ['Its data and logs are removed.'] : []),
    ].join('\n'),
};

function renderParts(status: SandboxStatus, style: Style): string {
  return renderTable(
    [
      { header: 'part', value: (row) => row.part },
      { header: 'health', value: (row) => paint(row.health, style) },
      { header: 'pid', value: (row) => String(row.pid), align: 'right' },
      { header: 'detail', value: (row) => row.detail, wrap: true },
    ],
    status.parts,
    style,
  );
}

function paint(health: PartHealth, style: Style): string {
  return health === 'healthy' ? style.color.green(health) : style.color.red(health);
}

function howToReach(status: SandboxStatus): string[] {
  const [part] = status.parts;
  const lines: [string, string][] = [
    ['Context', `--context ${status.context}`],
    ...(status.connect ? [['Connect', status.connect.url] as [string, string]] : []),
    ...(status.kafka ? [['Kafka', status.kafka.bootstrapServers] as [string, string]] : []),
    ...(status.metrics ? [['Metrics', `${status.metrics.url} (the worker's JMX)`] as [string, string]] : []),
    ...Object.values(status.databases).map((database): [string, string] => [database.name, database.url]),
    ...(part ? [['Logs', path.dirname(part.log)] as [string, string]] : []),
    ...(status.health === 'unhealthy' ? [['Repair', upCommand(status.name)] as [string, string]] : []),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
