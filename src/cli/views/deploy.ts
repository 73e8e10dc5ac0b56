import type { DeployReport, DeployResult } from '../../deploy/deploy.ts';
import type { ShownKey } from '../../plan/show.ts';
import type { ShownTopic } from '../../plan/topics.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { resultText } from './operate.ts';

export const deployView: View<DeployReport> = {
  table: (report, style) => {
    const table = renderTable(
      [
        { header: 'connector', value: (row: DeployResult) => row.name, wrap: true },
        { header: 'result', value: (row) => paint(row, style) },
        { header: 'changes', value: changes, wrap: true },
      ],
      report.results,
      style,
    );
    const details = report.results.filter((row) => row.action === 'update').flatMap((row) => keyLines(row, style));
    const failures = report.results.flatMap((row) => failure(row, style));
    const pruned = pruneLines(report, style);
    const topics = topicsLines(report, style);
    const masked = report.results.filter((row) => row.outcome === 'unchanged' && row.unknown.length > 0);
    return [
      ...(topics.length > 0 ? [...topics, ''] : []),
      table,
      ...(pruned.length > 0 ? ['', ...pruned] : []),
      ...(details.length > 0 ? ['', ...details] : []),
      ...(failures.length > 0 ? ['', ...failures] : []),
      ...(masked.length > 0 ? ['', ...maskedHint(masked)] : []),
      '',
      summary(report),
    ].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: (report) => report.exitCode,
};

function paint({ outcome }: DeployResult, { color }: Style): string {
  if (outcome === 'failed' || outcome === 'rolled back') return color.red(outcome);
  return outcome === 'unchanged' ? color.dim(outcome) : color.green(outcome);
}

function changes(row: DeployResult): string {
  const parts = [
    ...(row.action === 'update' ? [`${row.keys.length} ${row.keys.length === 1 ? 'key' : 'keys'}`] : []),
    ...(row.state === null ? [] : [`${row.state.before ?? 'not there'} → ${row.state.after}`]),
    ...(row.unknown.length > 0 ? [`${row.unknown.length} masked, not compared`] : []),
  ];
  return parts.join(', ') || '-';
}

/** How to send what was not compared. */
export function maskedHint(connectors: readonly { name: string }[]): string[] {
  const flags = connectors.map(({ name }) => `--send-masked ${/^[\w.-]+$/.test(name) ? name : `'${name}'`}`).join(' ');
  return [`Where a value that the worker masks has changed, send it: sluice deploy ${flags}`];
}

function keyLines(row: DeployResult, style: Style): string[] {
  return [style.color.bold(row.name), ...row.keys.map((key) => `  ${keyLine(key, style)}`)];
}

/** A secret that changed has the same mask on both sides: that it changed is all there is to see. */
export function keyLine({ key, change, before, after }: ShownKey, { color }: Style): string {
  if (change === 'added') return color.green(`+ ${key} = ${after}`);
  if (change === 'removed') return color.red(`- ${key} = ${before}`);
  return color.yellow(before === after ? `~ ${key} = ${after} (changed)` : `~ ${key} = ${before} → ${after}`);
}

/** What differs about one topic: `partitions: 1 → 3`, then its keys. */
export function topicLines({ partitions, replicationFactor, configs }: ShownTopic, style: Style): string[] {
  const counts = [
    ['partitions', partitions],
    ['replication factor', replicationFactor],
  ] as const;
  return [
    ...counts.flatMap(([name, count]) =>
      count === null
        ? []
        : [`${name}: ${count.before === null ? '' : `${count.before} → `}${count.after ?? "the broker's default"}`],
    ),
    ...configs.map((key) => keyLine(key, style)),
  ];
}

function topicsLines({ topics }: DeployReport, style: Style): string[] {
  return topics
    .filter((topic) => topic.outcome !== 'unchanged')
    .flatMap((topic) => [
      `topic ${topic.name}: ${style.color.green(topic.outcome)}`,
      ...topicLines(topic, style).map((line) => `  ${line}`),
    ]);
}

function pruneLines({ pruned, dryRun }: DeployReport, style: Style): string[] {
  return (pruned ?? []).map((one) => {
    const left = dryRun ? 'would be deleted' : 'left alone: not everything was deployed';
    const said = one.outcome === null && one.error === null ? left : resultText(one, style);
    return `${style.color.red('-')} ${one.name}: ${said}${one.kept === null ? '' : `, ${one.kept} kept`}`;
  });
}

function failure({ name, error }: DeployResult, { color }: Style): string[] {
  if (error === null) return [];
  const said = error.message.startsWith(`"${name}"`) ? error.message : `"${name}": ${error.message}`;
  return [`${color.red('✖')} ${said} ${color.dim(`[${error.code}]`)}`, ...(error.hint ? [`  ${error.hint}`] : [])];
}

function summary({ results, dryRun, waited, writes, context }: DeployReport): string {
  const counts = [...Map.groupBy(results, (row) => row.outcome)].map(([outcome, rows]) => `${rows.length} ${outcome}`);
  const said = `${results.length} ${results.length === 1 ? 'connector' : 'connectors'} on ${context}: ${counts.join(', ')}`;
  if (dryRun) return `${said}; nothing was sent (--dry-run)`;
  return writes > 0 && !waited
    ? `${said}; Connect accepted, whether the tasks run was not waited for (--no-wait)`
    : said;
}
