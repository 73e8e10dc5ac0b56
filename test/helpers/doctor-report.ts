import { type DoctorFinding, type DoctorReport, finding, type Stage, verdict } from '../../src/doctor/model.ts';

const AT = '2026-03-01T12:00:00.000Z';
const SINCE = '2026-03-01T11:42:07.120Z';

/** Of a cluster `prod`. */
export function clusterReport(findings: DoctorFinding[], more: Partial<DoctorReport> = {}): DoctorReport {
  const count = (severity: DoctorFinding['severity']) => findings.filter((one) => one.severity === severity).length;
  return {
    context: 'prod',
    at: AT,
    findings,
    walk: null,
    local: { sluice: '1.0.0', node: '24.1.0', worker: '4.3.1', workerClock: 0, project: '/srv/shop/sluice.yaml' },
    notRead: [],
    summary: { connectors: 3, errors: count('error'), warnings: count('warning'), notes: count('note') },
    ...more,
  };
}

export const FINDINGS: DoctorFinding[] = [
  finding('error', 'failed', ['orders-sink'], 'task 1 has FAILED', {
    details: ['PSQLException: ERROR: column "discount_percentage" of relation "orders" does not exist'],
    hint: 'The target table lacks a column: add it, or set schema.evolution=basic.',
    command: 'sluice restart orders-sink --failed',
  }),
  finding('error', 'refused-record', ['customers-sink'], 'a record is refused: task 0 has FAILED', {
    details: ['PSQLException: ERROR: new row for relation "customers" violates check constraint "adult"'],
    hint: 'Correct the target or the row. To find the record, and to go on without it:',
    command: 'sluice dlq quarantine customers-sink --dry-run',
  }),
  finding(
    'warning',
    'log-retained',
    [],
    'nobody reads the slot old on db:5432/shop, and the server retains 12.4 GiB of log for it',
    {
      since: SINCE,
      hint: 'No source of this cluster has it. If nobody else does, drop it; otherwise it may fill the disk.',
      statement: "SELECT pg_drop_replication_slot('old');",
    },
  ),
  finding('warning', 'file-permissions', [], 'others may read variables, which may be secrets', {
    details: ['/srv/shop/.env has mode 644'],
    hint: 'Run: chmod go-rwx /srv/shop/.env',
  }),
  finding(
    'note',
    'no-dead-letter-queue',
    ['a-sink', 'b-sink', 'c-sink', 'd-sink', 'e-sink', 'f-sink', 'g-sink'],
    'no dead letter queue: the first failed record stops its task',
    { hint: 'That may be what you want. For every sink and its queue:', command: 'sluice dlq list' },
  ),
];

/** A pipeline whose target a transaction has locked. */
export function walkReport(more: Partial<DoctorReport> = {}): DoctorReport {
  const stages: Stage[] = [
    { stage: 'source database', connector: 'shop-source', ...verdict('ok', 'db:5432/shop answers (PostgreSQL 18.4)') },
    {
      stage: 'log',
      connector: 'shop-source',
      ...verdict('ok', 'the slot shop moves', { details: ['1.2 KiB of log after what it has confirmed'] }),
    },
    {
      stage: 'source connector',
      connector: 'shop-source',
      ...verdict('ok', 'shop-source is RUNNING, 1 of 1 task running'),
    },
    {
      stage: 'topics',
      connector: null,
      ...verdict('ok', '12 records arrived in 2 s', {
        details: ['shop.public.orders: 48,211 offsets, 12 new, the last of 2026-03-01T11:59:58.000Z'],
      }),
    },
    {
      stage: 'sink connector',
      connector: 'orders-sink',
      ...verdict('ok', 'orders-sink is RUNNING, 2 of 2 tasks running'),
    },
    {
      stage: 'consumer group',
      connector: 'orders-sink',
      ...verdict('stuck', '1,204 records wait, and the committed offset has not moved for 8 s', {
        details: ['shop.public.orders-0: 1,204 behind (committed 47007, end 48211)'],
        since: SINCE,
      }),
    },
    { stage: 'records', connector: 'orders-sink', ...verdict('ok', 'no dead letter in dlq.orders') },
    {
      stage: 'target database',
      connector: 'orders-sink',
      ...verdict('stuck', "a session of the sink's user waits for a lock of public.orders that session 4711 has", {
        cause: 'user report, program psql, idle in transaction, transaction since 2026-03-01T11:42:01.000Z',
        since: SINCE,
        hint: 'Ask its owner to end the transaction. If nobody does, end the session; its changes are rolled back.',
        statement: 'SELECT pg_terminate_backend(4711);',
      }),
    },
  ];
  return {
    ...clusterReport([]),
    local: null,
    walk: {
      connector: 'orders-sink',
      sources: ['shop-source'],
      sinks: ['orders-sink'],
      outcome: 'stuck',
      at: 7,
      stages,
    },
    summary: { connectors: 2, errors: 2, warnings: 0, notes: 0 },
    ...more,
  };
}

const EVIL = `</style></script><script>alert(1)</script>"'<img src=x>\u0000\u001b[31m\u202egnp.exe @team #1 ${'W'.repeat(400)}`;

/** Both forms, with hostile texts in every place. */
export function hostileReports(): DoctorReport[] {
  const all = { message: EVIL, details: [EVIL], cause: EVIL, hint: EVIL, command: EVIL, statement: EVIL, since: EVIL };
  const notRead = [{ what: EVIL, reason: EVIL, error: null }];
  const [first, ...others] = walkReport().walk?.stages ?? [];
  return [
    clusterReport(
      (['error', 'warning', 'note'] as const).map((severity) => finding(severity, 'failed', [EVIL, EVIL], EVIL, all)),
      { context: EVIL, notRead, local: { sluice: EVIL, node: EVIL, worker: EVIL, workerClock: 99, project: EVIL } },
    ),
    walkReport({
      context: EVIL,
      notRead,
      walk: {
        connector: EVIL,
        sources: [EVIL],
        sinks: [EVIL],
        outcome: 'stuck',
        at: 0,
        stages: [{ ...(first as Stage), state: 'stuck', connector: EVIL, ...all }, ...others],
      },
    }),
  ];
}
