import type { ErrorDocument } from '../../errors/error.ts';
import { ERRORS, EXIT, type ExitCode } from '../../errors/registry.ts';
import type { Sample } from '../../metrics/run/families.ts';
import type { Finding } from '../../monitor/gate.ts';
import { HEALTHS, type Health, ILL } from '../../monitor/health.ts';
import { blinds, type GateReport, type MonitorReport } from '../../serve/monitor.ts';
import { type ConnectorReading, type MonitorReading, readingOf } from '../../serve/reading.ts';
import type { Snapshot } from '../../serve/snapshot.ts';
import { durationText } from '../../text/duration.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleTree } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { BodyOf, Versioned, WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { type Column, renderTable } from '../table.ts';
import { behindText, paintHealth, paintState, rateText, sinkLagText, tasksText } from './health.ts';

/** @title sluice monitor --once --json */
export type MonitorDocument = WithWarnings<MonitorReport>;

/** @title One line of sluice monitor --json */
export type MonitorLineDocument = Versioned<
  | MonitorReading
  | {
      context: string;
      /** ISO 8601, UTC. */
      at: string;
      /** Why the worker could not be read this time. */
      error: ErrorDocument;
    }
>;

export const monitorView: View<MonitorReport, MonitorDocument> = {
  prose: true,
  table: (report, style) =>
    [readingText(report, style), ...(report.gate === null ? [] : ['', ...gateLines(report.gate, report, style)])].join(
      '\n',
    ),
  metrics: samplesOf,
  exitCode: ({ gate, ...reading }) => {
    if (gate === null) return readingExit(reading);
    if (gate.verdict === 'passed') return EXIT.ok;
    if (gate.verdict === 'failed') return EXIT.negative;
    const failure = gate.verdict === 'unreadable' ? reading.failures.find(blinds) : undefined;
    return failure === undefined ? EXIT.undetermined : ERRORS[failure.code].exit;
  },
};

/** As the daemon has them: what is not known has no series. */
function samplesOf({ context, connectors }: MonitorReport): Sample[] {
  const counts = HEALTHS.map((health): Sample => {
    const value = connectors.filter((one) => one.health === health).length;
    return { name: 'sluice_connectors', labels: { context, health }, value };
  });
  const ofConnectors = connectors.flatMap((one): Sample[] => {
    const { name: connector, type, health, deadLetters } = one;
    const labels = { context, connector };
    const known = (name: Sample['name'], value: number | null | undefined): Sample[] =>
      value == null ? [] : [{ name, labels, value }];
    return [
      { name: 'sluice_connector_health', labels: { ...labels, type, health }, value: 1 },
      ...known('sluice_connector_lag_records', one.lagRecords),
      ...known('sluice_connector_lag_seconds', one.lagMs === null ? null : one.lagMs / 1000),
      ...known('sluice_connector_records_per_second', one.recordsPerSecond),
      ...known('sluice_connector_errors_per_minute', one.errorsPerMinute),
      ...known('sluice_connector_dead_letters', deadLetters?.depth),
    ];
  });
  return [...counts, ...ofConnectors];
}

function readingExit({
  failures,
  connectors,
}: {
  failures: readonly ErrorDocument[];
  connectors: readonly { health: Health }[];
}): ExitCode {
  const [failure] = failures;
  if (failure !== undefined) return ERRORS[failure.code].exit;
  return connectors.some(({ health }) => ILL.has(health)) ? EXIT.negative : EXIT.ok;
}

/** What a view that was left by a key ends with. */
export function snapshotExit(snapshot: Snapshot): ExitCode {
  return snapshot.error === null ? readingExit(snapshot) : ERRORS[snapshot.error.code].exit;
}

/** One snapshot as a document of a JSON Lines stream. */
export function monitorLine(snapshot: Snapshot): BodyOf<MonitorLineDocument> {
  const { context, at, error } = snapshot;
  return error === null ? readingOf(snapshot) : { context, at: new Date(at).toISOString(), error };
}

/** Snapshots that follow one another on a terminal that has no screen of its own. */
export function monitorText(snapshot: Snapshot, style: Style): string {
  const line = visibleTree(monitorLine(snapshot));
  const text = 'error' in line ? failureLines([line.error], style).join('\n') : readingText(line, style);
  return `${style.color.dim(line.at)}\n${text}\n`;
}

function readingText(reading: MonitorReading, style: Style): string {
  const { connectors, context, failures } = reading;
  const trouble = connectors.flatMap((one) => troubleLines(one, style));
  return [
    connectors.length === 0
      ? `No matching connectors on ${context}.`
      : renderTable(readingColumns(style), connectors, style),
    ...(trouble.length > 0 ? ['', ...trouble] : []),
    ...(connectors.length > 0 ? ['', countsText(connectors)] : []),
    ...failureLines(failures, style),
  ].join('\n');
}

/** Of a table: what fits goes on. */
function readingColumns(style: Style): Column<ConnectorReading>[] {
  return [
    { header: 'health', value: ({ health }) => paintHealth(health, style) },
    { header: 'connector', value: ({ name }) => name },
    { header: 'state', value: ({ state }) => paintState(state, style), optional: 2 },
    { header: 'tasks', value: tasksText, align: 'right' },
    { header: 'lag', value: ({ type, lagRecords }) => sinkLagText({ type, lag: lagRecords }), align: 'right' },
    { header: 'behind', value: behindText, align: 'right' },
    { header: 'rec/s', value: ({ recordsPerSecond }) => rateText(recordsPerSecond), align: 'right', optional: 1 },
    { header: 'err/min', value: ({ errorsPerMinute }) => rateText(errorsPerMinute), align: 'right', optional: 3 },
    {
      header: 'dead letters',
      value: ({ deadLetters }) =>
        deadLetters === null ? '-' : deadLetters.depth === null ? '?' : thousands(deadLetters.depth),
      align: 'right',
      optional: 4,
    },
  ];
}

/** Why a connector is not healthy. */
function troubleLines({ name, reasons, cause, hint }: ConnectorReading, { color }: Style): string[] {
  if (reasons.length === 0) return [];
  return [
    `${color.bold(name)}: ${reasons.join('; ')}`,
    ...(cause === null ? [] : [`  ${cause}`]),
    ...(hint === null ? [] : [`  ${color.cyan('→')} ${hint}`]),
  ];
}

/** `3 connectors: 1 failed, 2 healthy` */
export function countsText(connectors: readonly { health: Health }[]): string {
  const parts = HEALTHS.flatMap((health) => {
    const count = connectors.filter((one) => one.health === health).length;
    return count === 0 ? [] : [`${thousands(count)} ${health}`];
  });
  return `${thousands(connectors.length)} ${connectors.length === 1 ? 'connector' : 'connectors'}: ${parts.join(', ')}`;
}

/** What could not be read. */
export function failureLines(failures: readonly ErrorDocument[], { color }: Style): string[] {
  return failures.flatMap(({ message, hint, code }) => [
    `${color.yellow(message)} ${color.dim(`[${code}]`)}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ]);
}

const VERDICTS: Record<GateReport['verdict'], (gate: GateReport, style: Style) => string> = {
  passed: ({ forMs, readings }, { color }) =>
    color.green(
      `✔ No condition was true${forMs > 0 ? ` for ${durationText(forMs)}` : ''} (${readings} ${readings === 1 ? 'reading' : 'readings'}).`,
    ),
  failed: (_, { color }) => color.red('✖ A condition is true:'),
  undetermined: (_, { color }) => color.yellow('? It cannot be said whether a condition is true:'),
  unreadable: (_, { color }) => color.yellow('? It could not be read whether a condition is true.'),
};

/** Whether it is not known because the context lacks a setting. */
function needsMore({ name, text }: Finding, connectors: readonly ConnectorReading[]): boolean {
  const found = connectors.find((one) => one.name === name);
  return text.startsWith('its ') && (found?.groupChecked !== true || found.errorsPerMinute === null);
}

function gateLines(gate: GateReport, { connectors, failures }: MonitorReading, style: Style): string[] {
  const { verdict, violated, unknown } = gate;
  const found = verdict === 'failed' ? violated : verdict === 'passed' ? [] : unknown;
  const none = verdict === 'undetermined' && found.length === 0 ? ['  no connector was selected'] : [];
  const isWanting = failures.length === 0 && unknown.some((one) => needsMore(one, connectors));
  const unmeasured = verdict === 'undetermined' && isWanting;
  return [
    VERDICTS[verdict](gate, style),
    ...found.map(({ name, text, condition }) => `  ${name} ${text}${condition === '' ? '' : ` (${condition})`}`),
    ...none,
    ...(unmeasured
      ? ['  Lag and health of sinks need `kafka` of the context; lag of sources, and errors, need `metrics`.']
      : []),
  ];
}
