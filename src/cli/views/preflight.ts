import { partialExit } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import type { PreflightConnector, PreflightFinding, PreflightReport } from '../../preflight/model.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { findingSamples } from '../finding-samples.ts';
import type { Style } from '../style.ts';
import { brokenCount, brokenLines } from './unreadable.ts';

/** @title sluice preflight --json */
export type PreflightDocument = WithWarnings<PreflightReport>;

/** @param strict warnings count as errors */
export function preflightView(strict: boolean): View<PreflightReport, PreflightDocument> {
  const exitCode = ({ connectors, broken, summary: report }: PreflightReport): ExitCode => {
    const errors = broken.map(({ error }) => error);
    if (errors.length > 0) return partialExit(connectors.length, errors);
    if (report.unreachable > 0) return EXIT.unreachable;
    return report.errors > 0 || (strict && report.warnings > 0) ? EXIT.invalid : EXIT.ok;
  };
  return {
    ...{ prose: true, table, exitCode },
    metrics: ({ summary: { errors, warnings, notes } }) =>
      findingSamples('sluice_preflight_findings', { errors, warnings, notes }),
  };
}

function table(report: PreflightReport, style: Style): string {
  if (report.connectors.length === 0 && report.broken.length === 0) return 'No connectors found.';
  const blocks = report.connectors.map((connector) =>
    block(
      connector,
      report.findings.filter((finding) => finding.connector === connector.name),
      style,
    ),
  );
  const broken = report.broken.length === 0 ? [] : ['', ...brokenLines(report.broken, style)];
  return [...blocks, ...broken, '', summary(report, style)].join('\n');
}

function block(connector: PreflightConnector, findings: readonly PreflightFinding[], style: Style): string {
  const { color } = style;
  const { name, role, database, outcome, reason } = connector;
  const failed = findings.some((finding) => finding.severity === 'error');
  const sign =
    outcome === 'skipped'
      ? color.dim('-')
      : outcome === 'unreachable'
        ? color.red('?')
        : failed
          ? color.red('✖')
          : color.green('✔');
  const what = [role, database].filter((part) => part !== null).join(' ');
  const head = `${sign} ${color.bold(name)}${what === '' ? '' : ` ${color.dim(`(${what})`)}`}`;
  const why = reason === null ? [] : [`    ${outcome === 'unreachable' ? 'not reached' : 'not checked'}: ${reason}`];
  return [head, ...why, ...findings.flatMap((finding) => lines(finding, style))].join('\n');
}

function lines({ severity, message, check, statement, hint }: PreflightFinding, { color }: Style): string[] {
  const paint = severity === 'error' ? color.red : severity === 'warning' ? color.yellow : color.blue;
  return [
    `    ${paint(severity)}: ${message} ${color.dim(`[${check}]`)}`,
    ...(statement === null ? [] : [`      ${color.cyan('→')} ${statement}`]),
    ...(hint === null ? [] : [`      ${hint}`]),
  ];
}

function summary(
  { connectors, broken, summary: { errors, warnings, unreachable } }: PreflightReport,
  { color }: Style,
): string {
  const checked = connectors.filter((connector) => connector.outcome === 'checked').length;
  const skipped = connectors.length - checked - unreachable;
  const parts = [
    `${checked} checked`,
    ...(unreachable > 0 ? [`${unreachable} not reached`] : []),
    ...(skipped > 0 ? [`${skipped} without a database to check`] : []),
    ...brokenCount(broken),
    errors === 0 && warnings === 0 ? 'no problems' : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`,
  ];
  const text = `${parts.join('; ')}.`;
  return errors > 0 || unreachable > 0 || broken.length > 0
    ? color.red(text)
    : warnings > 0
      ? color.yellow(text)
      : color.green(text);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
