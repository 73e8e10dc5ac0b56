import type { AlertKind } from '../store/alerts.ts';
import type { AlertRule } from './rules.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const GIB = 1024 ** 3;

/** What the limit of a kind is, and how it is written; undefined for kinds without one. */
export const LIMITS: Readonly<Partial<Record<AlertKind, 'duration' | 'count' | 'per minute' | 'bytes'>>> = {
  downtime: 'duration',
  lag: 'duration',
  'error-rate': 'per minute',
  'dead-letters': 'count',
  'slot-wal': 'bytes',
  'slot-safe-size': 'bytes',
  heartbeat: 'count',
  'schema-change': 'duration',
  certificate: 'duration',
};

/** Kinds that fire below their limit, which is written as `under`. */
export const FROM_BELOW: ReadonlySet<AlertKind> = new Set(['slot-safe-size', 'certificate']);

type Default = Pick<AlertRule, 'kind' | 'limit' | 'forMs' | 'severity'>;

/** What is watched without a word in sluice.yaml. A rule of the same kind for `*` replaces one of these. */
const RULES: readonly Default[] = [
  { kind: 'worker-away', limit: null, forMs: MINUTE, severity: 'critical' },
  { kind: 'kafka-away', limit: null, forMs: MINUTE, severity: 'critical' },
  { kind: 'connector-failed', limit: null, forMs: 0, severity: 'critical' },
  { kind: 'task-failed', limit: null, forMs: 0, severity: 'critical' },
  { kind: 'downtime', limit: 10 * MINUTE, forMs: 0, severity: 'critical' },
  { kind: 'lag', limit: 5 * MINUTE, forMs: MINUTE, severity: 'warning' },
  { kind: 'stalled', limit: null, forMs: MINUTE, severity: 'critical' },
  { kind: 'error-rate', limit: 10, forMs: 5 * MINUTE, severity: 'warning' },
  { kind: 'dead-letters', limit: 0, forMs: 0, severity: 'warning' },
  { kind: 'reconcile', limit: null, forMs: 0, severity: 'critical' },
  { kind: 'reconcile-failed', limit: null, forMs: 0, severity: 'warning' },
  { kind: 'maintenance-overdue', limit: null, forMs: 0, severity: 'warning' },
  { kind: 'source-log', limit: null, forMs: 2 * MINUTE, severity: 'critical' },
  { kind: 'slot-inactive', limit: null, forMs: 5 * MINUTE, severity: 'warning' },
  { kind: 'slot-wal', limit: 10 * GIB, forMs: 0, severity: 'warning' },
  { kind: 'slot-safe-size', limit: GIB, forMs: 0, severity: 'critical' },
  { kind: 'heartbeat', limit: 5, forMs: 0, severity: 'warning' },
  { kind: 'schema-change', limit: DAY, forMs: 0, severity: 'warning' },
  { kind: 'certificate', limit: 14 * DAY, forMs: 0, severity: 'warning' },
  { kind: 'drift', limit: null, forMs: 15 * MINUTE, severity: 'warning' },
];

export const DEFAULT_RULES: readonly AlertRule[] = RULES.map((rule) => ({
  ...rule,
  name: rule.kind,
  scope: '*',
  enabled: true,
  notify: [],
}));
