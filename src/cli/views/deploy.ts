import type { DeployReport, DeployResult } from '../../deploy/deploy.ts';
import type { ShownKey } from '../../plan/show.ts';
import type { ShownTopic } from '../../plan/topics.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { resultText } from './operate.ts';

/** @title sluice deploy --json */
export type DeployDocument = WithWarnings<Omit<DeployReport, 'exitCode'>>;

export const deployView: View<DeployReport, DeployDocument> = {
  prose: true,
  table: (report, style) => table(report, style, summary(report)),
  document: ({ exitCode: _exitCode, ...report }) => report,
  metrics: ({ context, results }) =>
    [...Map.groupBy(results, ({ outcome }) => outcome)].map(([outcome, { length }]) => ({
      ...{ name: 'sluice_deploy_connectors', labels: { context, outcome }, value: length },
    })),
  exitCode: (report) => report.exitCode,
};

/** What a deploy is about to do, before it is confirmed. */
export function plannedText(report: DeployReport, style: Style): string {
  return table(report, style, plannedSummary(report));
}

function table(report: DeployReport, style: Style, ending: string): string {
  const rows = renderTable(
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
  const kept = keptLines(report.results, style);
  return [
    ...(topics.length > 0 ? [...topics, ''] : []),
    rows,
    ...(pruned.length > 0 ? ['', ...pruned] : []),
    ...(details.length > 0 ? ['', ...details] : []),
    ...(failures.length > 0 ? ['', ...failures] : []),
    ...(masked.length > 0 ? ['', ...maskedHint(masked)] : []),
    ...(kept.length > 0 ? ['', ...kept] : []),
    '',
    ending,
  ].join('\n');
}

function paint({ outcome }: DeployResult, { color }: Style): string {
  if (outcome === 'failed' || outcome === 'rolled back') return color.red(outcome);
  return outcome === 'unchanged' ? color.dim(outcome) : color.green(outcome);
}

function changes(row: DeployResult): string {
  const parts = [
    ...(row.action === 'update' ? [`${row.keys.length} ${row.keys.length === 1 ? 'key' : 'keys'}`] : []),
    ...(row.state === null ? [] : [`${row.state.before ?? 'absent'} → ${row.state.after}`]),
    ...(row.keeps === null ? [] : [`stays ${row.keeps}`]),
    ...(row.unknown.length > 0 ? [`${row.unknown.length} masked, not compared`] : []),
  ];
  return parts.join(', ') || '-';
}

/** How to send values that were not compared. */
export function maskedHint(connectors: readonly { name: string }[]): string[] {
  const flags = connectors.map(({ name }) => `--send-masked ${shellWord(name)}`).join(' ');
  return [`If a value that the worker masks has changed, send it: sluice deploy ${flags}`];
}

/** Connectors that stay paused or stopped, because their files do not say what their state should be. */
export function keptLines(connectors: readonly Pick<DeployResult, 'name' | 'keeps'>[], { color }: Style): string[] {
  const kept = connectors.filter(({ keeps }) => keeps !== null);
  if (kept.length === 0) return [];
  const names = kept.map(({ name, keeps }) => `${name} (${keeps})`);
  return [
    color.yellow(`Not running, and left so because no file sets the state: ${names.join(', ')}`),
    `  To start: ${command(`resume ${kept.map(({ name }) => shellWord(name)).join(' ')}`)}`,
  ];
}

function keyLines(row: DeployResult, style: Style): string[] {
  return [style.color.bold(row.name), ...row.keys.map((key) => `  ${keyLine(key, style)}`)];
}

/** A changed secret has the same mask on both sides; only the fact that it changed is shown. */
export function keyLine({ key, change, before, after }: ShownKey, { color }: Style): string {
  if (change === 'added') return color.green(`+ ${key} = ${after}`);
  if (change === 'removed') return color.red(`- ${key} = ${before}`);
  return color.yellow(before === after ? `~ ${key} = ${after} (changed)` : `~ ${key} = ${before} → ${after}`);
}

/** Differences of one topic: `partitions: 1 → 3`, then its keys. */
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
    const pending = dryRun ? 'would be deleted' : 'not deleted, because not everything was deployed';
    const result = one.outcome === null && one.error === null ? pending : resultText(one, style);
    return `${style.color.red('-')} ${one.name}: ${result}${one.kept === null ? '' : `, ${one.kept} kept`}`;
  });
}

function failure({ name, error }: DeployResult, { color }: Style): string[] {
  if (error === null) return [];
  const message = error.message.startsWith(`"${name}"`) ? error.message : `"${name}": ${error.message}`;
  return [`${color.red('✖')} ${message} ${color.dim(`[${error.code}]`)}`, ...(error.hint ? [`  ${error.hint}`] : [])];
}

function plannedSummary({ results, pruned, topics, context }: DeployReport): string {
  const count = (action: DeployResult['action']) => results.filter((row) => row.action === action).length;
  const parts = [
    [topics.filter(({ outcome }) => outcome === 'planned').length, 'topics to create or update'],
    [count('create'), 'to create'],
    [count('update'), 'to update'],
    [count('state'), 'to change state'],
    [pruned?.length ?? 0, 'to delete'],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `On ${context}: ${shown.join(', ')}.`;
}

function summary({ results, dryRun, waited, writes, context }: DeployReport): string {
  const counts = [...Map.groupBy(results, (row) => row.outcome)].map(([outcome, rows]) => `${rows.length} ${outcome}`);
  const text = `${results.length} ${results.length === 1 ? 'connector' : 'connectors'} on ${context}: ${counts.join(', ')}`;
  if (dryRun) return `${text}; nothing was sent (--dry-run)`;
  return writes > 0 && !waited ? `${text}; accepted by Connect; the tasks may not be running yet (--no-wait)` : text;
}
