import { type ConnectorReport, HEALTHS, type Health } from '../../src/monitor/health.ts';
import type { StatusReport } from '../../src/monitor/status.ts';

/** A healthy sink, but for what is given. */
export function connectorReport(name: string, given: Partial<ConnectorReport> = {}): ConnectorReport {
  return {
    name,
    type: 'sink',
    class: 'io.debezium.connector.jdbc.JdbcSinkConnector',
    health: 'healthy',
    reasons: [],
    stalled: false,
    since: null,
    state: 'RUNNING',
    worker: 'connect-worker-1.kafka.internal.example.com:8083',
    tasks: { running: 2, total: 2, maximum: 2 },
    taskList: [],
    cause: null,
    trace: null,
    hint: null,
    group: { id: `connect-${name}`, checked: true, state: 'Stable', members: 2, lag: 1234567, standing: 0 },
    ...given,
  };
}

/** On the context `prod`. */
export function statusReport(connectors: ConnectorReport[], configured = true): StatusReport {
  const count = (health: Health) => connectors.filter((one) => one.health === health).length;
  return {
    context: 'prod',
    connectors,
    unreadable: [],
    summary: {
      total: connectors.length,
      ...(Object.fromEntries(HEALTHS.map((health) => [health, count(health)])) as Record<Health, number>),
    },
    kafka: { configured, error: null },
  };
}
