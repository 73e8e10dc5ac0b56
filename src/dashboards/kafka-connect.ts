import type { DashboardSpec, PanelSpec } from './panels.ts';

const TASKS = 'job=~"$job", connector=~"$connector"';
const WORKERS = 'job=~"$job", instance=~"$instance"';

/** Records a second by connector, from a counter of its tasks. */
function rateOf(title: string, metric: string, description: string): PanelSpec {
  return {
    ...{ title, description, kind: 'timeseries', unit: 'ops', width: 12 },
    queries: [{ expr: `sum by (connector) (rate(${metric}{${TASKS}}[$__rate_interval]))`, legend: '{{connector}}' }],
  };
}

/** The workers of a cluster and their tasks, as their JVMs report them through the JMX exporter. */
export const KAFKA_CONNECT: DashboardSpec = {
  uid: 'sluice-kafka-connect',
  title: 'Kafka Connect',
  description:
    'Workers and tasks, from the JMX exporter with the configuration that comes with this dashboard; health from sluice serve.',
  variables: [
    { name: 'job', label: 'Job of the workers', query: 'label_values(kafka_connect_worker_task_count, job)' },
    {
      name: 'instance',
      label: 'Worker',
      query: 'label_values(kafka_connect_worker_task_count{job=~"$job"}, instance)',
    },
    {
      name: 'connector',
      label: 'Connector',
      query: 'label_values(kafka_connect_connector_task_running_ratio{job=~"$job"}, connector)',
    },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Workers that answer',
          description: 'Workers that Prometheus can scrape.',
          ...{ kind: 'stat', unit: 'none', width: 4, least: 1 },
          queries: [{ expr: `count(kafka_connect_worker_task_count{${WORKERS}})`, legend: 'workers' }],
        },
        {
          title: 'Connectors',
          description: 'Connectors that the workers run.',
          ...{ kind: 'stat', unit: 'none', width: 4 },
          queries: [{ expr: `sum(kafka_connect_worker_connector_count{${WORKERS}})`, legend: 'connectors' }],
        },
        {
          title: 'Tasks',
          description: 'Tasks that the workers run.',
          ...{ kind: 'stat', unit: 'none', width: 4 },
          queries: [{ expr: `sum(kafka_connect_worker_task_count{${WORKERS}})`, legend: 'tasks' }],
        },
        {
          title: 'Failed tasks',
          description: 'Tasks that have FAILED, from sluice serve: the metrics of a task vanish when it fails.',
          ...{ kind: 'stat', unit: 'none', width: 4, limits: { critical: 1 } },
          queries: [
            {
              expr: 'sum(max by (context, connector) (sluice_connector_tasks{connector=~"$connector", state="failed"}))',
              legend: 'tasks',
            },
          ],
        },
        {
          title: 'Rebalancing',
          description: '1 while a worker rebalances.',
          ...{ kind: 'stat', unit: 'bool', width: 4, limits: { warning: 1 } },
          queries: [
            { expr: `max(kafka_connect_connect_worker_rebalance_rebalancing{${WORKERS}})`, legend: 'rebalancing' },
          ],
        },
        {
          title: 'Failed starts, last hour',
          description: 'Connectors and tasks that failed when they were started.',
          ...{ kind: 'stat', unit: 'none', width: 4, limits: { warning: 1 } },
          queries: [
            {
              expr: `sum(increase(kafka_connect_worker_connector_startup_failure_total{${WORKERS}}[1h])) + sum(increase(kafka_connect_worker_task_startup_failure_total{${WORKERS}}[1h]))`,
              legend: 'failures',
            },
          ],
        },
      ],
    },
    {
      title: 'Throughput',
      panels: [
        rateOf(
          'Sources: records read',
          'kafka_connect_source_task_source_record_poll_total',
          'Records that source tasks read from their systems.',
        ),
        rateOf(
          'Sources: records written',
          'kafka_connect_source_task_source_record_write_total',
          'Records that source tasks wrote to Kafka. Fewer than read: transforms filter, or records failed.',
        ),
        rateOf(
          'Sinks: records read',
          'kafka_connect_sink_task_sink_record_read_total',
          'Records that sink tasks read from Kafka.',
        ),
        rateOf(
          'Sinks: records given to the connector',
          'kafka_connect_sink_task_sink_record_send_total',
          'Records that sink tasks gave to their connector. Fewer than read: transforms filter, or records failed.',
        ),
      ],
    },
    {
      title: 'Lag',
      panels: [
        {
          title: 'Sources: records in flight',
          description: 'Records that were read and that Kafka has not confirmed.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [
            {
              expr: `sum by (connector) (kafka_connect_source_task_source_record_active_count{${TASKS}})`,
              legend: '{{connector}}',
            },
          ],
        },
        {
          title: 'Sinks: records in flight',
          description: 'Records that were read from Kafka and whose offsets are not committed.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [
            {
              expr: `sum by (connector) (kafka_connect_sink_task_sink_record_active_count{${TASKS}})`,
              legend: '{{connector}}',
            },
          ],
        },
        {
          title: 'Sinks: time of a write',
          description: 'How long a batch took to be written to the target, of the slowest task.',
          ...{ kind: 'timeseries', unit: 'ms', width: 12 },
          queries: [
            {
              expr: `max by (connector) (kafka_connect_sink_task_put_batch_avg_time_ms{${TASKS}})`,
              legend: '{{connector}}',
            },
          ],
        },
        {
          title: 'Behind, in records',
          description: 'Records that wait for a sink, from sluice serve.',
          ...{ kind: 'timeseries', unit: 'short', width: 12 },
          queries: [
            {
              expr: 'max by (context, connector) (sluice_connector_lag_records{connector=~"$connector"})',
              legend: '{{context}} {{connector}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Errors and dead letters',
      panels: [
        rateOf(
          'Failed operations',
          'kafka_connect_task_error_total_record_failures_total',
          'Conversions and transforms that failed, retries included.',
        ),
        rateOf(
          'Failed records',
          'kafka_connect_task_error_total_record_errors_total',
          'Records that could not be processed.',
        ),
        rateOf(
          'Dead letters written',
          'kafka_connect_task_error_deadletterqueue_produce_requests_total',
          'Records that went to a dead letter queue.',
        ),
        rateOf(
          'Dead letters lost',
          'kafka_connect_task_error_deadletterqueue_produce_failures_total',
          'Records that should have gone to a dead letter queue, and could not be written there.',
        ),
      ],
    },
    {
      title: 'Tasks and workers',
      panels: [
        {
          title: 'Share of time running',
          description: 'Of the slowest task of each connector; below 1 it was paused or restarted.',
          ...{ kind: 'timeseries', unit: 'percentunit', width: 12 },
          queries: [
            {
              expr: `min by (connector) (kafka_connect_connector_task_running_ratio{${TASKS}})`,
              legend: '{{connector}}',
            },
          ],
        },
        {
          title: 'Offset commits that failed',
          description: 'Share of the commits of the worst task of each connector.',
          ...{ kind: 'timeseries', unit: 'percentunit', width: 12 },
          queries: [
            {
              expr: `max by (connector) (kafka_connect_connector_task_offset_commit_failure_percentage{${TASKS}})`,
              legend: '{{connector}}',
            },
          ],
        },
        {
          title: 'Rebalances',
          description: 'Completed in the last hour, as each worker counts them.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [
            {
              expr: `increase(kafka_connect_connect_worker_rebalance_completed_rebalances_total{${WORKERS}}[1h])`,
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Tasks of each worker',
          description: 'Uneven: a worker is overloaded while others wait.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [{ expr: `kafka_connect_worker_task_count{${WORKERS}}`, legend: '{{instance}}' }],
        },
        {
          title: 'Heap',
          description: 'Used heap, as a share of its limit.',
          ...{ kind: 'timeseries', unit: 'percentunit', width: 12 },
          queries: [
            {
              expr: `jvm_memory_used_bytes{${WORKERS}, area="heap"} / jvm_memory_max_bytes{${WORKERS}, area="heap"}`,
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'CPU',
          description: 'Processor time a second: 1 is one core.',
          ...{ kind: 'timeseries', unit: 'none', width: 12 },
          queries: [{ expr: `rate(process_cpu_seconds_total{${WORKERS}}[$__rate_interval])`, legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
