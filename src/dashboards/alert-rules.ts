import { command, setting } from '../text/settings.ts';

/** A rule of Prometheus. @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
interface AlertRule {
  alert: string;
  expr: string;
  /** How long it must hold. */
  for?: string;
  labels: { severity: 'warning' | 'critical' };
  annotations: { summary: string; description: string };
}

interface RuleGroup {
  name: string;
  rules: readonly AlertRule[];
}

const CONNECTOR = '{{ $labels.connector }} ({{ $labels.context }})';
/** A command about the context of an alert. */
const inContext = (words: string) => command(words, { context: '{{ $labels.context }}' });
const describe = () => inContext('describe {{ $labels.connector }}');

function rule(
  alert: string,
  severity: AlertRule['labels']['severity'],
  [expr, lasts]: readonly [expr: string, lasts?: string],
  [summary, description]: readonly [summary: string, description: string],
): AlertRule {
  return {
    ...{ alert, expr },
    ...(lasts === undefined ? {} : { for: lasts }),
    ...{ labels: { severity }, annotations: { summary, description } },
  };
}

/**
 * The same limits as the daemon's own alerts (docs/alerts.md), for people whose alerts come from Prometheus. Several instances
 * of the daemon may be scraped, of which one acts: `max by` counts a connector once.
 */
const groups = (): readonly RuleGroup[] => [
  {
    name: 'sluice',
    rules: [
      rule(
        'SluiceClusterAway',
        'critical',
        ['max by (context) (sluice_cluster_up) == 0', '1m'],
        [
          'The Connect cluster of {{ $labels.context }} cannot be reached',
          `Look: ${inContext('doctor')}. Alerts about its connectors are silent meanwhile.`,
        ],
      ),
      rule(
        'SluiceConnectorFailed',
        'critical',
        ['max by (context, connector) (sluice_connector_health{health="failed"}) == 1'],
        [`${CONNECTOR} has failed`, `Look: ${describe()}`],
      ),
      rule(
        'SluiceConnectorDown',
        'critical',
        ['max by (context, connector) (sluice_connector_health{health=~"failed|unassigned"}) == 1', '10m'],
        [`${CONNECTOR} has been down for 10 minutes`, `Nothing restarts it by itself. Look: ${describe()}`],
      ),
      rule(
        'SluiceConnectorBehind',
        'warning',
        ['max by (context, connector) (sluice_connector_lag_seconds) > 300', '1m'],
        [
          `${CONNECTOR} is behind by {{ $value | humanizeDuration }}`,
          `Records arrive faster than it processes them, or it is stalled. Look: ${describe()}`,
        ],
      ),
      rule(
        'SluiceConnectorDegraded',
        'warning',
        ['max by (context, connector) (sluice_connector_health{health="degraded"}) == 1', '1m'],
        [`${CONNECTOR} is degraded`, `It is stalled, or some of its tasks do not run. Look: ${describe()}`],
      ),
      rule(
        'SluiceConnectorErrors',
        'warning',
        ['max by (context, connector) (sluice_connector_errors_per_minute) > 10', '5m'],
        [
          `${CONNECTOR}: {{ $value | humanize }} records a minute fail`,
          `Look: ${describe()}; and sluice dlq show {{ $labels.connector }}, if it has a dead letter queue.`,
        ],
      ),
      rule(
        'SluiceDeadLetters',
        'warning',
        ['max by (context, connector) (sluice_connector_dead_letters) > 0'],
        [
          `${CONNECTOR} has {{ $value | humanize }} dead letters`,
          `Look: ${inContext('dlq show {{ $labels.connector }}')}`,
        ],
      ),
      rule(
        'SluiceHealingGaveUp',
        'warning',
        ['max by (context) (sluice_heal_connectors{stage="given_up"}) > 0'],
        [
          'Healing gave up on {{ $value }} connectors of {{ $labels.context }}',
          `They are not restarted any more. Which, why and what to do: ${inContext('status')}`,
        ],
      ),
      rule(
        'SluiceSlotInactive',
        'warning',
        ['max by (context, connector) (sluice_slot_active) == 0', '5m'],
        [`Nobody reads the slot of ${CONNECTOR}`, `PostgreSQL retains WAL meanwhile. Look: ${describe()}`],
      ),
      rule(
        'SluiceSlotWal',
        'warning',
        ['max by (context, connector) (sluice_slot_retained_bytes) > 10 * 1024^3'],
        [
          `PostgreSQL retains {{ $value | humanize1024 }}B of WAL for ${CONNECTOR}`,
          `The disk of the database fills up. Look: ${describe()}`,
        ],
      ),
      rule(
        'SluiceSlotNearlyLost',
        'critical',
        ['min by (context, connector) (sluice_slot_safe_bytes) < 1024^3'],
        [
          `The slot of ${CONNECTOR} is lost after {{ $value | humanize1024 }}B more of WAL`,
          'Then a new snapshot is needed. Let the source run, or raise max_slot_wal_keep_size.',
        ],
      ),
      rule(
        'SluiceSlotLost',
        'critical',
        ['max by (context, connector) (sluice_slot_status{status="lost"}) == 1'],
        [
          `PostgreSQL has given up the slot of ${CONNECTOR}`,
          'Changes are missing from now on: the source needs a new slot and a snapshot, then compare with sluice reconcile.',
        ],
      ),
      rule(
        'SluiceSchemaChanged',
        'warning',
        ['time() - max by (context, connector) (sluice_source_last_schema_change_timestamp_seconds) < 3600'],
        [
          `The columns of a table of ${CONNECTOR} have changed`,
          'What that does to its sinks is in the alerts of sluice serve, and in docs/alerts.md.',
        ],
      ),
      rule(
        'SluiceCertificateEnds',
        'warning',
        ['min by (context, address) (sluice_certificate_end_timestamp_seconds) - time() < 14 * 86400'],
        [
          'The certificate of {{ $labels.address }} ends in {{ $value | humanizeDuration }}',
          'Replace it before that, or connections fail.',
        ],
      ),
      rule(
        'SluiceDrift',
        'warning',
        ['max by (context) (sluice_drift{state="drift"}) == 1', '15m'],
        ['{{ $labels.context }} differs from its project', `Look: ${inContext('plan')}`],
      ),
      rule(
        'SluiceNothingKept',
        'critical',
        ['min by (context, store) (sluice_store_kept) == 0', '5m'],
        [
          'sluice serve cannot keep the {{ $labels.store }} of {{ $labels.context }}',
          'Check the free space and the permissions of its state folder. Without the history it neither alerts nor heals.',
        ],
      ),
      rule(
        'SluiceNotPolled',
        'critical',
        ['time() - max by (context) (sluice_last_poll_timestamp_seconds) > 120', '1m'],
        [
          'sluice serve does not poll {{ $labels.context }}',
          'Its last poll was {{ $value | humanizeDuration }} ago: no other alert about this context can be trusted.',
        ],
      ),
      rule(
        'SluiceNobodyActs',
        'critical',
        ['max(sluice_leader) == 0 or absent(sluice_leader)', '2m'],
        [
          'No sluice serve watches the connectors',
          'It has ended, cannot be scraped, or all instances stand by: no alert about a connector will fire.',
        ],
      ),
      rule(
        'SluiceNoticesLost',
        'warning',
        ['sum by (receiver) (increase(sluice_alert_notices_total{outcome="given up"}[1h])) > 0'],
        [
          'Notices to {{ $labels.receiver }} were given up',
          'The receiver refused them. Check its settings under alerts.receivers in sluice.yaml.',
        ],
      ),
    ],
  },
  {
    name: 'sluice-runs',
    rules: [
      rule(
        'SluiceReconcileDifferent',
        'critical',
        ['sluice_run_outcome{command="reconcile", outcome="negative"} == 1'],
        [
          'Rows differ between source and target',
          `Compare again with sluice reconcile, and repair with ${setting('repair')}.`,
        ],
      ),
      rule(
        'SluiceRunFailed',
        'warning',
        [
          'sluice_run_success == 0 unless on (instance, job, run, command, context) sluice_run_outcome{command="reconcile", outcome="negative"} == 1',
        ],
        [
          'sluice {{ $labels.command }} did not succeed',
          'The exit code is in sluice_run_exit_code; docs/errors.md explains it.',
        ],
      ),
      rule(
        'SluiceRunMissing',
        'warning',
        ['time() - sluice_run_timestamp_seconds > 26 * 3600'],
        [
          'sluice {{ $labels.command }} has not run for {{ $value | humanizeDuration }}',
          'The limit is for runs that are due each day: change it for others.',
        ],
      ),
    ],
  },
  {
    name: 'kafka-connect',
    rules: [
      rule(
        'ConnectDeadLettersLost',
        'critical',
        ['sum by (connector) (increase(kafka_connect_task_error_deadletterqueue_produce_failures_total[10m])) > 0'],
        [
          '{{ $labels.connector }} could not write dead letters',
          'These records are in no queue. Look into the log of the worker, and compare the rows with sluice reconcile.',
        ],
      ),
      rule(
        'ConnectHeapFull',
        'warning',
        [
          'jvm_memory_used_bytes{area="heap"} / jvm_memory_max_bytes{area="heap"} > 0.9 and on (job, instance) kafka_connect_worker_task_count',
          '10m',
        ],
        [
          'The heap of {{ $labels.instance }} is nearly full',
          'Give the worker more memory, or give its connectors smaller queues and batches.',
        ],
      ),
      rule(
        'DebeziumDisconnected',
        'critical',
        ['debezium_metrics_Connected{context="streaming"} == 0', '2m'],
        [
          'Debezium ({{ $labels.name }}) does not read the log of its database',
          'Its log grows meanwhile. Look into the status of the connector, and into sluice preflight.',
        ],
      ),
      rule(
        'DebeziumBehind',
        'warning',
        ['debezium_metrics_MilliSecondsBehindSource{context="streaming"} > 300000', '5m'],
        [
          'Debezium ({{ $labels.name }}) is behind its database by {{ $value | humanize }} ms',
          'The database writes faster than Debezium reads, or Kafka or the worker is slow.',
        ],
      ),
    ],
  },
];

/** A file of rules for Prometheus. */
export async function alertRules(): Promise<string> {
  const { stringify } = await import('yaml');
  return `${HEADER}${stringify({ groups: groups() }, { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true })}`;
}

const HEADER = `# Alerts about connectors, for Prometheus. If sluice serve notifies your receivers itself (serve.alerts), leave the group
# sluice out, or you get each notice twice.
`;
