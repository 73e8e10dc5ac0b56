import { visible } from '../../text/visible.ts';

/** Metrics of one run of a command, by name, with their help texts; docs/metrics.md lists them. */
export const RUN_FAMILIES = {
  sluice_run_success: '1 if the last run ended with exit code 0, else 0.',
  sluice_run_exit_code: 'Exit code of the last run.',
  sluice_run_outcome: '1 for the meaning of the exit code of the last run, 0 for all others.',
  sluice_run_duration_seconds: 'How long the last run took.',
  sluice_run_timestamp_seconds: 'When the last run ended.',
  sluice_connectors: 'Connectors by health.',
  sluice_connector_health: '1 for the health that the connector has.',
  sluice_connector_lag_records: 'Records that wait for a sink.',
  sluice_connector_lag_seconds:
    'How long the oldest record that is not processed has waited, or how far a source is behind its database.',
  sluice_connector_records_per_second: 'Records processed, between the last two polls.',
  sluice_connector_errors_per_minute: 'Records that failed, between the last two polls.',
  sluice_connector_dead_letters: 'Records in the dead letter queue.',
  sluice_deploy_connectors: 'Connectors of the last deploy, by outcome.',
  sluice_plan_connectors: 'Connectors of the last plan, by what a deploy would do.',
  sluice_validate_findings: 'Findings in connector files, by severity.',
  sluice_preflight_findings: 'Findings in databases, by severity.',
  sluice_reconcile_table_equal: '1 if the last comparison found the table equal, else 0.',
  sluice_reconcile_rows: 'Rows that the last comparison read, by side.',
  sluice_reconcile_differences: 'Rows that differ, by kind.',
} as const;

export interface Sample {
  name: keyof typeof RUN_FAMILIES;
  /** Of a bounded set of values; never an error text or a value of a row. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Series of one family: beyond that a server of metrics would suffer more than it learns. */
const MAX_SERIES = 5_000;

/**
 * The samples in Prometheus's text format.
 * @returns also the families of which some series were left out
 */
export async function runMetricsText(samples: readonly Sample[]): Promise<{ text: string; bounded: string[] }> {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const bounded: string[] = [];
  for (const [name, all] of Map.groupBy(samples, (sample) => sample.name)) {
    const labelNames = [...new Set(all.flatMap(({ labels }) => Object.keys(labels)))];
    const gauge = new Gauge({ name, help: RUN_FAMILIES[name], labelNames, registers: [registry] });
    if (all.length > MAX_SERIES) bounded.push(name);
    for (const { labels, value } of all.slice(0, MAX_SERIES)) gauge.set(shown(labels), value);
  }
  return { text: (await registry.metrics()).replaceAll(/\n{2,}/g, '\n'), bounded };
}

/** A name of a connector or a table may hold what a terminal acts on. */
function shown(labels: Sample['labels']): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, visible(value)]));
}
