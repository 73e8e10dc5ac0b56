import type { DashboardSpec } from './panels.ts';

/** Of sluice's own metrics. */
const OURS = 'context=~"$context", connector=~"$connector"';
/**
 * Each connector once: several instances of sluice serve may be scraped, and runs with --metrics-to.
 * @param matching more labels that must match
 */
function ofConnectors(metric: string, matching = ''): string {
  return `max by (context, connector) (${metric}{${OURS}${matching}})`;
}
/** Of what Debezium reports through the JMX exporter. */
const STREAMING = 'name=~"$source", context="streaming"';

/** From the database to the target: is it in time, does anything get lost, does anything fill a disk. */
export const CDC_PIPELINE: DashboardSpec = {
  uid: 'sluice-cdc-pipeline',
  title: 'CDC pipeline',
  description: 'Connectors that sluice serve watches, with what Debezium itself reports through the JMX exporter.',
  variables: [
    { name: 'context', label: 'Context', query: 'label_values(sluice_cluster_up, context)' },
    {
      name: 'connector',
      label: 'Connector',
      query: 'label_values(sluice_connector_health{context=~"$context"}, connector)',
    },
    { name: 'source', label: 'Debezium server', query: 'label_values(debezium_metrics_Connected, name)' },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Clusters that answer',
          description: '1: every Connect cluster answered the last poll.',
          ...{ kind: 'stat', unit: 'bool', width: 4, least: 1 },
          queries: [{ expr: 'min(max by (context) (sluice_cluster_up{context=~"$context"}))', legend: 'all' }],
        },
        {
          title: 'Connectors that are not healthy',
          description: 'Failed, unassigned or degraded. Paused and stopped ones are meant to be.',
          ...{ kind: 'stat', unit: 'none', width: 4, limits: { critical: 1 } },
          queries: [
            {
              expr: 'sum(max by (context, health) (sluice_connectors{context=~"$context", health=~"failed|unassigned|degraded"}))',
              legend: 'connectors',
            },
          ],
        },
        {
          title: 'Alerts that fire',
          description: 'Alerts of sluice serve, if serve.alerts is on.',
          ...{ kind: 'stat', unit: 'none', width: 4, limits: { warning: 1 } },
          queries: [{ expr: 'sum(max by (context, severity) (sluice_alerts{context=~"$context"}))', legend: 'alerts' }],
        },
        {
          title: 'Furthest behind',
          description: 'How long the oldest record has waited that has not been processed.',
          ...{ kind: 'stat', unit: 's', width: 4, limits: { warning: 60, critical: 300 } },
          queries: [{ expr: `max(sluice_connector_lag_seconds{${OURS}})`, legend: 'lag' }],
        },
        {
          title: 'Dead letters',
          description: 'Records in all dead letter queues. Look into them: sluice dlq list',
          ...{ kind: 'stat', unit: 'short', width: 4, limits: { warning: 1 } },
          queries: [{ expr: `sum(${ofConnectors('sluice_connector_dead_letters')})`, legend: 'records' }],
        },
        {
          title: 'Last poll',
          description: 'How long ago sluice serve last read the clusters. If this grows, nothing here is current.',
          ...{ kind: 'stat', unit: 's', width: 4, limits: { warning: 60, critical: 120 } },
          queries: [
            {
              expr: 'time() - min(max by (context) (sluice_last_poll_timestamp_seconds{context=~"$context"}))',
              legend: 'ago',
            },
          ],
        },
      ],
    },
    {
      title: 'Lag',
      panels: [
        {
          title: 'Behind, in time',
          description: 'Sinks: how long the oldest waiting record has waited. Sources: how far behind their database.',
          ...{ kind: 'timeseries', unit: 's', width: 12 },
          queries: [{ expr: ofConnectors('sluice_connector_lag_seconds'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Behind, in records',
          description: 'Records that wait for a sink.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [{ expr: ofConnectors('sluice_connector_lag_records'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Debezium: behind its database',
          description: 'Keeps its last value while nothing happens: read it together with the panel beside it.',
          ...{ kind: 'timeseries', unit: 'ms', width: 12 },
          queries: [
            { expr: `debezium_metrics_MilliSecondsBehindSource{${STREAMING}} >= 0`, legend: '{{plugin}} {{name}}' },
          ],
        },
        {
          title: 'Debezium: since its last event',
          description: 'Longer than the heartbeat interval: the source no longer reads the log.',
          ...{ kind: 'timeseries', unit: 'ms', width: 12 },
          queries: [
            { expr: `debezium_metrics_MilliSecondsSinceLastEvent{${STREAMING}} >= 0`, legend: '{{plugin}} {{name}}' },
          ],
        },
      ],
    },
    {
      title: 'Throughput',
      panels: [
        {
          title: 'Records a second',
          description: 'Records that connectors processed.',
          ...{ kind: 'timeseries', unit: 'ops', width: 12 },
          queries: [{ expr: ofConnectors('sluice_connector_records_per_second'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Debezium: changes by kind',
          description: 'Changes that Debezium read from the log of the database.',
          ...{ kind: 'timeseries', unit: 'ops', width: 12 },
          queries: (['Create', 'Update', 'Delete'] as const).map((kind) => ({
            expr: `sum by (name) (rate(debezium_metrics_TotalNumberOf${kind}EventsSeen{${STREAMING}}[$__rate_interval]))`,
            legend: `{{name}} ${kind.toLowerCase()}`,
          })),
        },
        {
          title: 'Debezium: queue',
          description: 'How full its queue is. Full: Kafka or the worker is the bottleneck, not the database.',
          ...{ kind: 'timeseries', unit: 'percentunit', width: 12 },
          queries: [
            {
              expr: `1 - debezium_metrics_QueueRemainingCapacity{${STREAMING}} / debezium_metrics_QueueTotalCapacity{${STREAMING}}`,
              legend: '{{plugin}} {{name}}',
            },
          ],
        },
        {
          title: 'Snapshots: tables left',
          description: 'Tables that a running snapshot has not read yet.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [
            {
              expr: 'debezium_metrics_RemainingTableCount{name=~"$source", context="snapshot"}',
              legend: '{{plugin}} {{name}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          title: 'Health of each connector',
          description: 'Red while it is failed, unassigned or degraded.',
          ...{ kind: 'state-timeline', unit: 'bool', width: 12, least: 1 },
          queries: [
            {
              expr: `1 - (${ofConnectors('sluice_connector_health', ', health=~"failed|unassigned|degraded"')} or 0 * ${ofConnectors('sluice_connector_health')})`,
              legend: '{{context}} {{connector}}',
            },
          ],
        },
        {
          title: 'Failed records a minute',
          description: 'Records that could not be processed, as the workers count them.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [{ expr: ofConnectors('sluice_connector_errors_per_minute'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Dead letters',
          description: 'Records in the dead letter queue of each sink.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [{ expr: ofConnectors('sluice_connector_dead_letters'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Restarts by healing',
          description: 'Restarts in the last hour, by the kind of the cause, if serve.heal is on.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [
            {
              expr: 'sum by (context, kind) (increase(sluice_heal_restarts_total{context=~"$context"}[1h]))',
              legend: '{{context}} {{kind}}',
            },
          ],
        },
        {
          title: 'Connectors that healing gave up',
          description: 'They need a person: sluice serve says why, and what to do.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [
            {
              expr: 'max by (context) (sluice_heal_connectors{context=~"$context", stage="given_up"})',
              legend: '{{context}}',
            },
          ],
        },
        {
          title: 'Debezium: erroneous events',
          description: 'Events that Debezium could not process.',
          ...{ kind: 'timeseries', unit: 'ops', width: 12 },
          queries: [
            {
              expr: `sum by (plugin, name) (rate(debezium_metrics_NumberOfErroneousEvents{${STREAMING}}[$__rate_interval]))`,
              legend: '{{plugin}} {{name}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Database',
      panels: [
        {
          title: 'WAL retained by slots',
          description: 'WAL that PostgreSQL keeps for the slot of each source. If it grows, nobody reads the slot.',
          ...{ kind: 'timeseries', unit: 'bytes', width: 12 },
          queries: [{ expr: ofConnectors('sluice_slot_retained_bytes'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'WAL left before slots are lost',
          description: 'At zero PostgreSQL gives the slot up, and a new snapshot is needed. Empty without a limit.',
          ...{ kind: 'timeseries', unit: 'bytes', width: 12 },
          queries: [
            {
              expr: `min by (context, connector) (sluice_slot_safe_bytes{${OURS}})`,
              legend: '{{context}} {{connector}}',
            },
          ],
        },
        {
          title: 'Log of the database after what was read',
          description: 'Bytes that a source has not confirmed or committed. Changes of other tables count.',
          ...{ kind: 'timeseries', unit: 'bytes', width: 12 },
          queries: [{ expr: ofConnectors('sluice_source_behind_bytes'), legend: '{{context}} {{connector}}' }],
        },
        {
          title: 'Since the last heartbeat',
          description: 'Of sources with heartbeats. Longer than their interval: the source stands still.',
          ...{ kind: 'timeseries', unit: 's', width: 12 },
          queries: [
            {
              expr: `time() - ${ofConnectors('sluice_source_last_heartbeat_timestamp_seconds')}`,
              legend: '{{context}} {{connector}}',
            },
          ],
        },
        {
          title: 'Schema changes',
          description:
            'Changes of the columns of captured tables in the last hour. What they do to sinks: docs/alerts.md.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [
            {
              expr: `sum by (context, connector) (increase(sluice_schema_changes_total{${OURS}}[1h]))`,
              legend: '{{context}} {{connector}}',
            },
          ],
        },
        {
          title: 'Debezium: connected',
          description: '1 while Debezium reads the log of the database.',
          ...{ kind: 'state-timeline', unit: 'bool', width: 12, least: 1 },
          queries: [{ expr: `debezium_metrics_Connected{${STREAMING}}`, legend: '{{plugin}} {{name}}' }],
        },
        {
          title: 'Debezium: schema changes',
          description: 'Changes of tables that Debezium applied to its schema history; not all sources have one.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [
            {
              expr: 'increase(debezium_metrics_ChangesApplied{name=~"$source", context="schema-history"}[$__rate_interval])',
              legend: '{{plugin}} {{name}}',
            },
          ],
        },
      ],
    },
  ],
};
