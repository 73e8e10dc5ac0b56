import { EXIT } from '../../errors/registry.ts';
import type { DownResult } from '../../sandbox/down.ts';
import { DEFAULT_SANDBOX } from '../../sandbox/record.ts';
import type { PartHealth, SandboxStatus } from '../../sandbox/status.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** Its credentials are shown: they are the same in every sandbox, and what listens there is this machine's alone. */
export const sandboxStatusView: View<SandboxStatus> = {
  table: (status, style) =>
    status.health === 'stopped'
      ? `The sandbox ${status.name} is not running. Start it: ${command('up', status.name)}`
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
      { header: 'address', value: (row) => row.address },
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
  const databases = Object.values(status.databases).map((database) => database.name);
  const [part] = status.parts;
  return [
    `Context:   ${status.context} (sluice status --context ${status.context})`,
    ...(databases.length > 0 ? [`Databases: ${databases.join(', ')}`] : []),
    ...(status.metrics ? [`Metrics:   ${status.metrics.url} (JMX of the worker, by Jolokia)`] : []),
    ...(part ? [`Logs:      ${part.log.replace(/\/[^/]+$/, '')}`] : []),
    ...(status.health === 'unhealthy' ? [`Start what died again: ${command('up', status.name)}`] : []),
  ];
}

function command(verb: string, name: string): string {
  return `sluice sandbox ${verb}${name === DEFAULT_SANDBOX ? '' : ` --name ${name}`}`;
}
