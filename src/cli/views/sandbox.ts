import path from 'node:path';
import { upCommand } from '../../config/sandbox-record.ts';
import { EXIT } from '../../errors/registry.ts';
import type { DownResult } from '../../sandbox/down.ts';
import type { ComponentHealth, SandboxStatus } from '../../sandbox/status.ts';
import type { HealthySandbox } from '../../sandbox/up.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** @title sluice sandbox status --json */
export type SandboxStatusDocument = WithWarnings<SandboxStatus>;

/** Shows credentials: they are the same in every sandbox, and reachable from this machine only. */
export const sandboxStatusView: View<SandboxStatus, SandboxStatusDocument> = {
  table: (status, style) =>
    status.health === 'stopped'
      ? `The sandbox ${status.name} is not running. Start it: ${upCommand(status.name)}`
      : [renderParts(status, style), '', ...howToReach(status)].join('\n'),
  forms: { env: assignments },
  exitCode: (status) => (status.health === 'healthy' ? EXIT.ok : EXIT.negative),
};

/** @title sluice sandbox up --json */
export type SandboxUpDocument = WithWarnings<HealthySandbox>;

export const sandboxUpView: View<HealthySandbox, SandboxUpDocument> = {
  table: sandboxStatusView.table,
  forms: { env: assignments },
};

/** @title sluice sandbox down --json */
export type SandboxDownDocument = WithWarnings<DownResult>;

export const sandboxDownView: View<DownResult, SandboxDownDocument> = {
  table: ({ name, stopped, gone, purged }) =>
    [
      stopped.length > 0
        ? `Stopped the sandbox ${name}: ${stopped.join(', ')}.`
        : `The sandbox ${name} was not running; nothing was stopped.`,
      ...(gone.length > 0 ? [`Already ended: ${gone.join(', ')}.`] : []),
      ...(purged ? ['Its data and logs were removed.'] : []),
    ].join('\n'),
};

/** For a shell's `eval`. The names of the passwords are those that the templates refer to. */
function assignments({ connect, kafka, databases }: SandboxStatus): string {
  const values = [
    ...(connect ? [['CONNECT_URL', connect.url]] : []),
    ...(kafka ? [['BOOTSTRAP_SERVERS', kafka.bootstrapServers]] : []),
    ...Object.entries(databases).flatMap(([component, { name: _name, ...address }]) =>
      Object.entries(address).map(([key, value]) => [`${component}_${key}`.toUpperCase(), String(value)]),
    ),
  ];
  return values.map(([name, value = '']) => `export ${name}='${value.replaceAll("'", "'\\''")}'`).join('\n');
}

function renderParts(status: SandboxStatus, style: Style): string {
  return renderTable(
    [
      { header: 'component', value: (row) => row.part },
      { header: 'health', value: (row) => paint(row.health, style) },
      { header: 'pid', value: (row) => String(row.pid), align: 'right' },
      { header: 'detail', value: (row) => row.detail, wrap: true },
    ],
    status.parts,
    style,
  );
}

function paint(health: ComponentHealth, style: Style): string {
  if (health === 'starting') return style.color.yellow(health);
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
