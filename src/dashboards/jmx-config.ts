/** Values of one kind of MBean that the dashboards show, or that the daemon reads. */
interface Beans {
  /** Pattern of the object names that are asked for at all. */
  objects: string;
  /** Keys of the object names, in the exporter's notation, and the labels that they become; one for each order that occurs. */
  forms: readonly { keys: string; labels: Readonly<Record<string, string>> }[];
  /** Of the metric, before the name of the value. */
  prefix: string;
  gauges: readonly string[];
  counters: readonly string[];
  /** Counters are counters, with `_total` behind their name; Debezium's names stay as its own example has them. */
  typed: boolean;
}

const TASK = [{ keys: 'connector=([^,]+), task=([^>]+)', labels: { connector: '$1', task: '$2' } }];
const WORKER = [{ keys: '', labels: {} }];

/**
 * The MBeans of a worker that are worth a series, named as Debezium's and Strimzi's examples name them: a catch-all rule gives
 * 10,000 series a worker.
 * @see https://debezium.io/documentation/reference/stable/operations/monitoring.html
 */
const BEANS: readonly Beans[] = [
  {
    objects: 'debezium.*:type=connector-metrics,*',
    prefix: 'debezium_metrics_',
    typed: false,
    forms: [
      {
        keys: 'context=([^,]+), server=([^,>]+)',
        labels: { plugin: '$1', context: '$2', name: '$3' },
      },
      {
        keys: 'server=([^,]+), task=([^,]+), context=([^,>]+)',
        labels: { plugin: '$1', name: '$2', task: '$3', context: '$4' },
      },
      {
        keys: 'server=([^,]+), task=([^,]+), context=([^,]+), database=([^,>]+)',
        labels: { plugin: '$1', name: '$2', task: '$3', context: '$4', database: '$5' },
      },
    ],
    gauges: [
      ...['MilliSecondsBehindSource', 'MilliSecondsSinceLastEvent', 'Connected'],
      ...['QueueTotalCapacity', 'QueueRemainingCapacity'],
      ...['SnapshotRunning', 'SnapshotCompleted', 'SnapshotAborted', 'SnapshotPaused', 'SnapshotSkipped'],
      ...['TotalTableCount', 'RemainingTableCount', 'SnapshotDurationInSeconds'],
    ],
    counters: [
      ...['TotalNumberOfEventsSeen', 'TotalNumberOfCreateEventsSeen', 'TotalNumberOfUpdateEventsSeen'],
      ...['TotalNumberOfDeleteEventsSeen', 'NumberOfErroneousEvents', 'NumberOfEventsFiltered', 'ChangesApplied'],
    ],
  },
  {
    objects: 'kafka.connect:type=connector-task-metrics,*',
    prefix: 'kafka_connect_connector_task_',
    typed: true,
    forms: TASK,
    gauges: ['running-ratio', 'offset-commit-failure-percentage'],
    counters: [],
  },
  {
    objects: 'kafka.connect:type=source-task-metrics,*',
    prefix: 'kafka_connect_source_task_',
    typed: true,
    forms: TASK,
    gauges: ['source-record-active-count'],
    counters: ['source-record-poll-total', 'source-record-write-total'],
  },
  {
    objects: 'kafka.connect:type=sink-task-metrics,*',
    prefix: 'kafka_connect_sink_task_',
    typed: true,
    forms: TASK,
    gauges: ['sink-record-active-count', 'put-batch-avg-time-ms'],
    counters: ['sink-record-read-total', 'sink-record-send-total'],
  },
  {
    objects: 'kafka.connect:type=task-error-metrics,*',
    prefix: 'kafka_connect_task_error_',
    typed: true,
    forms: TASK,
    gauges: ['last-error-timestamp'],
    counters: [
      ...['total-record-failures', 'total-record-errors', 'total-records-skipped', 'total-retries'],
      ...['deadletterqueue-produce-requests', 'deadletterqueue-produce-failures'],
    ],
  },
  {
    objects: 'kafka.connect:type=connect-worker-metrics',
    prefix: 'kafka_connect_worker_',
    typed: true,
    forms: WORKER,
    gauges: ['connector-count', 'task-count'],
    counters: ['connector-startup-failure-total', 'task-startup-failure-total'],
  },
  {
    objects: 'kafka.connect:type=connect-worker-rebalance-metrics',
    prefix: 'kafka_connect_connect_worker_rebalance_',
    typed: true,
    forms: WORKER,
    gauges: ['rebalancing'],
    counters: ['completed-rebalances-total'],
  },
];

/** A rule of the exporter. @see https://prometheus.github.io/jmx_exporter/ */
interface Rule {
  pattern: string;
  name: string;
  labels?: Readonly<Record<string, string>>;
  type?: 'GAUGE' | 'COUNTER';
}

/** Configuration of the Prometheus JMX exporter for workers: only what the dashboards show, and what `metrics` of a context reads. */
export async function jmxConfig(): Promise<string> {
  const { stringify } = await import('yaml');
  const config = {
    includeObjectNames: BEANS.map(({ objects }) => objects),
    rules: BEANS.flatMap(rulesOf),
  };
  return `${HEADER}${stringify(config, { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true })}`;
}

const HEADER = `# What the dashboards of sluice show of a worker, for the Prometheus JMX exporter (jmx_prometheus_javaagent):
#   KAFKA_OPTS="-javaagent:/opt/jmx_prometheus_javaagent.jar=9404:/opt/kafka-connect.yaml"
# Only this is exported: a rule for everything would give thousands of series.
`;

function rulesOf({ objects, forms, gauges, counters, prefix, typed }: Beans): Rule[] {
  const [, domain = '', type = ''] = /^(.+):type=([a-z-]+)/.exec(objects) ?? [];
  const pattern = domain === 'debezium.*' ? 'debezium\\.([^:<]+)' : domain.replace('.', '\\.');
  return forms.flatMap(({ keys, labels }) => {
    const isLabelled = Object.keys(labels).length > 0;
    // The group behind those of the labels.
    const value = `$${Object.keys(labels).length + 1}`;
    const kinds: readonly [type: Rule['type'], values: readonly string[]][] = typed
      ? [
          ['GAUGE', gauges],
          ['COUNTER', counters],
        ]
      : [[undefined, [...gauges, ...counters]]];
    return kinds.flatMap(([kind, values]) => {
      if (values.length === 0) return [];
      // The exporter puts `_total` behind counters itself.
      const [names, end] = kind === 'COUNTER' ? [values.map(withoutTotal), '(?:-total)?'] : [values, ''];
      return {
        pattern: `${pattern}<type=${type}${keys === '' ? '' : `, ${keys}`}><>(${names.join('|')})${end}:`,
        name: `${prefix}${value}`,
        ...(isLabelled ? { labels } : {}),
        ...(kind === undefined ? {} : { type: kind }),
      };
    });
  });
}

const withoutTotal = (value: string) => value.replace(/-total$/, '');
