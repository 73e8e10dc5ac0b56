import { CDC_PIPELINE } from '../../src/dashboards/cdc-pipeline.ts';
import { dashboardFiles } from '../../src/dashboards/export.ts';
import { KAFKA_CONNECT } from '../../src/dashboards/kafka-connect.ts';

/** A query of what `sluice dashboards export` writes, and where it stands. */
export interface WrittenQuery {
  where: string;
  expr: string;
}

export const DASHBOARDS = [CDC_PIPELINE, KAFKA_CONNECT];

/** Of the panels, with the variables of the dashboards in them. */
export function panelQueries(): WrittenQuery[] {
  return DASHBOARDS.flatMap(({ title, rows }) =>
    rows.flatMap((row) =>
      row.panels.flatMap((panel) =>
        panel.queries.map(({ expr }) => ({ where: `${title} / ${row.title} / ${panel.title}`, expr })),
      ),
    ),
  );
}

export interface WrittenRule {
  alert: string;
  expr: string;
}

export async function alertRules(): Promise<WrittenRule[]> {
  const { parse } = await import('yaml');
  const text = (await dashboardFiles()).find(({ name }) => name === 'prometheus-rules.yaml')?.text ?? '';
  return (parse(text) as { groups: { rules: WrittenRule[] }[] }).groups.flatMap(({ rules }) => rules);
}

/** Names of the metrics that an exporter serves with jmx-exporter.yaml, besides those of the JVM. */
export async function jmxMetricNames(): Promise<string[]> {
  const { parse } = await import('yaml');
  const text = (await dashboardFiles()).find(({ name }) => name === 'jmx-exporter.yaml')?.text ?? '';
  const { rules } = parse(text) as { rules: { pattern: string; name: string; type?: string }[] };
  const names = rules.flatMap(({ pattern, name, type }) => {
    const [, values = ''] = /><>\(([^)]*)\)/.exec(pattern) ?? [];
    return values
      .split('|')
      .map((value) => `${name.replace(/\$\d$/, '')}${value.replaceAll('-', '_')}${type === 'COUNTER' ? '_total' : ''}`);
  });
  return [...new Set(names)];
}

const FUNCTIONS_AND_WORDS = new Set(['and', 'or', 'unless', 'by', 'on', 'without', 'group_left', 'ignoring', 'bool']);

/** The names of metrics in a PromQL expression: identifiers that are neither functions, words nor labels. */
export function metricNames(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left)\s*\([^)]*\)/g, '');
  const found = [...bare.matchAll(/[A-Za-z_:][\w:]*(?!\w)(?!\s*\()/g)].map(([name]) => name);
  return [...new Set(found.filter((name) => !FUNCTIONS_AND_WORDS.has(name)))];
}
