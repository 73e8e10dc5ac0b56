import { doctorHtml } from '../../src/cli/views/doctor-html.ts';
import { reconcileHistoryHtml } from '../../src/cli/views/reconcile-history-html.ts';
import { reconcileHtml } from '../../src/cli/views/reconcile-html.ts';
import { type ServePage, servePage } from '../../src/cli/views/serve-page.ts';
import { statusPageView } from '../../src/cli/views/status-html.ts';
import { SluiceError } from '../../src/errors/error.ts';
import { SpreadCounter } from '../../src/reconcile/compare/key-spread.ts';
import { type ListedDifference, noCounts, type ReconcileReport } from '../../src/reconcile/report.ts';
import type { ReconcileRun, ReconcileRunTable } from '../../src/store/comparisons.ts';
import { visibleTree } from '../../src/text/visible.ts';
import { clusterReport, FINDINGS, hostileReports, walkReport } from '../helpers/doctor-report.ts';
import { report, table } from '../helpers/reconcile-report.ts';
import { connectorSnapshot, snapshot, sourceLog } from '../helpers/snapshot.ts';
import { connectorReport, statusReport } from '../helpers/status-report.ts';

const html = (of: ReconcileReport) => reconcileHtml(visibleTree(of), of);
const MINUTE = 60_000;
const GIB = 1024 ** 3;
const BEGAN = Date.parse('2026-03-02T06:15:00.000Z');
const at = (ms: number) => new Date(BEGAN + ms).toISOString();

/** Missing rows at the end of the table, and a few changes all over it. */
function orders() {
  const counter = new SpreadCounter();
  for (let id = 78_900; id <= 80_000; id += 1) if (id % 3 !== 0) counter.add(String(id), 'missing', 1);
  for (const id of [41, 9_020, 9_022, 30_411, 52_998]) counter.add(String(id), 'different', 1);
  for (const id of [12_000, 12_001]) counter.add(String(id), 'extra', 1);
  const missing = 734;
  const listed: ListedDifference[] = [
    {
      kind: 'different',
      key: { id: '41' },
      rows: 1,
      columns: [
        { column: 'status', source: 'shipped', target: 'paid' },
        { column: 'total', source: '1189.50', target: '1189.00' },
        { column: 'note', source: null, target: '' },
      ],
    },
    {
      kind: 'different',
      key: { id: '9020' },
      rows: 1,
      columns: [
        {
          column: 'address',
          source: `${'Lindenstraße 7, Hinterhof, '.repeat(20)}10969 Berlin`,
          target: `${'Lindenstraße 7, Hinterhof, '.repeat(20)}10999 Berlin`,
        },
      ],
    },
    {
      kind: 'extra',
      key: { id: '12000' },
      rows: 1,
      columns: [
        { column: 'id', target: '12000' },
        { column: 'customer', target: '318' },
        { column: 'status', target: 'new' },
        { column: 'total', target: '19.90' },
      ],
    },
    ...[78_901, 78_902, 78_904].map(
      (id): ListedDifference => ({
        kind: 'missing',
        key: { id: String(id) },
        rows: 1,
        columns: [
          { column: 'id', source: String(id) },
          { column: 'customer', source: String(id % 997) },
          { column: 'status', source: 'new' },
          { column: 'total', source: `${id % 100}.90` },
          { column: 'created_at', source: '2026-03-01T23:58:11.204Z' },
        ],
      }),
    ),
  ];
  return table({
    verdict: 'different',
    rows: { source: 80_000, target: 79_268 },
    missing,
    extra: 2,
    different: 5,
    columns: ['id', 'customer', 'status', 'total', 'address', 'note', 'created_at'].map((name) => ({
      source: name,
      target: name,
      as: name === 'id' ? 'integer' : 'text',
    })),
    differences: listed,
    unlisted: 735,
    keySpread: { ...counter.report('id'), first: '1', last: '80000' },
  });
}

const EVIL = `</style></script><script>alert(1)</script>"'<img src=x>\u0000\u202egnp.exe ${'W'.repeat(400)}`;

function hostile(): ReconcileReport {
  return report(
    [
      table({
        source: EVIL,
        target: EVIL,
        verdict: 'different',
        missing: 1,
        different: 1,
        key: [EVIL],
        columns: [{ source: EVIL, target: EVIL, as: 'text', note: EVIL }],
        notes: [EVIL],
        differences: [
          { kind: 'different', key: { [EVIL]: EVIL }, rows: 1, columns: [{ column: EVIL, source: EVIL, target: 'x' }] },
          {
            kind: 'missing',
            key: { [EVIL]: EVIL },
            rows: 1,
            columns: Array.from({ length: 1500 }, (_, index) => ({ column: `c${index}`, source: EVIL })),
          },
        ],
      }),
    ],
    { pair: EVIL, skipped: [{ table: EVIL, kind: 'view', reason: EVIL }] },
  );
}

function runs(): ReconcileRun[] {
  const pairs = [
    { pair: 'shop', rows: 80_000, bad: new Set([11, 12, 13, 27]) },
    { pair: 'warehouse-nightly', rows: 3_400_000, bad: new Set([5]) },
  ];
  return pairs
    .flatMap(({ pair, rows, bad }, which) =>
      Array.from({ length: 36 }, (_, index): ReconcileRun => {
        const lost = which === 0 && index === 20;
        const differ = bad.has(index) ? 7 * (index % 5) + 12 : 0;
        const one: ReconcileRunTable = {
          source: 'public.orders',
          target: 'public.orders',
          verdict: differ > 0 ? 'different' : 'equal',
          rows: { source: rows + index * 140 * (which + 1), target: rows + index * 140 * (which + 1) - differ },
          missing: differ,
          extra: 0,
          different: 0,
          undetermined: 0,
          durationMs: 1200,
          error: null,
        };
        return {
          id: index * 2 + which + 1,
          at: at(index * 60 * MINUTE + which * 11 * MINUTE),
          who: 'ann@build-7',
          trigger: 'schedule',
          pair,
          connector: null,
          source: 'shop',
          target: 'warehouse',
          mode: 'rows',
          verdict: lost ? null : one.verdict,
          exitCode: lost ? 12 : differ > 0 ? 10 : 0,
          error: lost ? 'DATABASE_UNREACHABLE' : null,
          durationMs: 1400 + ((index * 7919) % 600) + which * 21_000,
          tables: lost ? [] : [one],
          repair: null,
        };
      }),
    )
    .sort((a, b) => b.id - a.id);
}

const connectors = [
  connectorReport('orders-sink', {
    health: 'failed',
    state: 'RUNNING',
    tasks: { running: 1, total: 2, maximum: 2 },
    reasons: ['task 1 has FAILED'],
    taskList: [
      {
        id: 1,
        state: 'FAILED',
        worker: 'a:8083',
        cause:
          'org.postgresql.util.PSQLException: ERROR: column "discount_percentage" of relation "orders" does not exist',
        trace: null,
      },
    ],
    hint: 'The target table lacks a column: add it, or set schema.evolution=basic.',
    group: { id: 'connect-orders-sink', checked: true, state: 'Stable', members: 1, lag: 48_211, standing: 0 },
  }),
  connectorReport('customers-sink', {
    group: { id: 'c', checked: true, state: 'Stable', members: 2, lag: 12, standing: 0 },
  }),
  connectorReport('invoices-sink-with-a-rather-long-name-for-a-connector', {
    group: { id: 'i', checked: true, state: 'Stable', members: 2, lag: 0, standing: 0 },
  }),
  connectorReport('shop-source', { type: 'source', group: null }),
  connectorReport('archive-source', { type: 'source', group: null, health: 'stopped', state: 'PAUSED' }),
];

function looks() {
  return Array.from({ length: 48 }, (_, index) => ({
    at: at(index * 5 * MINUTE),
    connectors: [
      {
        name: 'orders-sink',
        health: index > 38 ? 'failed' : 'healthy',
        lag: index > 38 ? (index - 38) * 4_600 : (index * 37) % 90,
      },
      { name: 'customers-sink', health: 'healthy', lag: index === 17 ? null : Math.abs(((index * 53) % 240) - 60) },
    ],
  }));
}

const page = (earlier: ReturnType<typeof looks> | null) =>
  statusPageView.forms.html({ ...statusReport(connectors), at: at(48 * 5 * MINUTE), earlier });

const keyless = table({
  source: 'public.events',
  target: 'public.events_copy',
  verdict: 'different',
  key: [],
  rows: { source: 500, target: 500 },
  missing: 1,
  extra: 1,
  notes: ['no key: rows compared as a multiset, so a changed row counts as one missing and one extra'],
  differences: [
    { kind: 'extra', key: {}, rows: 1, columns: [{ column: 'body', target: '{"a": 2}' }] },
    { kind: 'missing', key: {}, rows: 1, columns: [{ column: 'body', source: '{"a": 1}' }] },
  ],
});

/** A day of the daemon: a sink that was locked out for an hour, a source that has failed, and names of all lengths. */
function serveView(): ServePage {
  const now = BEGAN + 24 * 60 * MINUTE;
  const long = 'crm-customers-and-their-addresses-to-the-warehouse-of-the-north-sink-01';
  const day = (lag: (minute: number) => number | null) =>
    Array.from({ length: 24 * 12 }, (_, index) => ({
      at: BEGAN + index * 5 * MINUTE,
      health: (lag(index * 5) ?? 0) > 600_000 ? 'degraded' : 'healthy',
      lagRecords: null,
      lagMs: lag(index * 5),
      recordsPerSecond: 10,
      errorsPerMinute: 0,
    }));
  const connectors = [
    connectorSnapshot('orders-source', {
      type: 'source',
      health: 'failed',
      since: at(23 * 60 * MINUTE),
      reasons: ['task 0 has FAILED'],
      taskList: [
        { id: 0, state: 'FAILED', worker: 'w:1', cause: 'PSQLException: Connection to db:5432 refused', trace: null },
      ],
      hint: 'The worker cannot reach the host: check its name and port as seen from the worker, not from here.',
      group: null,
      lagMs: null,
      recordsPerSecond: null,
      tasks: { running: 0, total: 1, maximum: 1 },
      source: {
        reason: null,
        logs: [
          sourceLog({
            ...{ database: 'db.internal.example.com:5432/orders', log: 'the slot orders_source', active: false },
            ...{ status: 'extended', behindBytes: 3 * GIB, retainedBytes: 12 * GIB, safeBytes: GIB / 2 },
          }),
        ],
      },
    }),
    connectorSnapshot('crm-source', {
      ...{ type: 'source', group: null, lagMs: 300 },
      source: {
        reason: null,
        logs: [
          sourceLog({
            ...{ database: 'crm:3306', log: 'the binary log', active: null, status: null, behindFiles: 3 },
            ...{ behindBytes: 3_210_000, retainedBytes: null },
          }),
        ],
      },
    }),
    connectorSnapshot('hidden-source', {
      ...{ type: 'source', group: null, lagMs: null },
      source: { logs: [], reason: 'database.password is filled in by the worker; name a database for it' },
    }),
    connectorSnapshot(long, { lagMs: 421_000, deadLetters: { queue: 'dlq', depth: 12_345 } }),
    ...Array.from({ length: 12 }, (_, index) => connectorSnapshot(`billing-${index}-sink`, { lagMs: index * 90 })),
    connectorSnapshot('archive-sink', { health: 'paused', state: 'PAUSED', lagMs: null }),
  ];
  return {
    at: new Date(now).toISOString(),
    leads: true,
    contexts: [
      {
        context: 'prod',
        snapshot: snapshot(connectors, {
          at: now,
          failures: [
            { code: 'METRICS_UNREADABLE', message: 'no metrics from http://worker-2:8778/jolokia (ECONNREFUSED)' },
          ],
        }),
        cluster: {
          health: 'drifted',
          reasons: ['2 connectors and 1 topic differ from the project: orders-sink (batch.size)'],
          since: now - 2 * 60 * MINUTE,
        },
        drift: {
          ...{ at: now - 4 * MINUTE, state: 'drift' as const },
          differences: [
            {
              kind: 'connector' as const,
              name: long,
              action: 'update' as const,
              keys: ['batch.size', 'consumer.override.max.poll.records'],
            },
            { kind: 'connector' as const, name: 'invoices-sink', action: 'create' as const, keys: [] },
            { kind: 'topic' as const, name: 'shop.public.orders', action: 'refused' as const, keys: ['partitions'] },
          ],
          unknown: ['connectors/refunds.json: connectors/refunds.json:14: a comma is missing'],
        },
        healing: {
          connectors: [
            {
              ...{ connector: 'orders-source', stage: 'trying', kind: 'transient', restarts: 4, left: 16 },
              ...{ lastAt: now - 12 * MINUTE, nextAt: now + 8 * MINUTE, why: null },
            },
            {
              ...{ connector: long, stage: 'trying', kind: 'unknown', restarts: 1, left: 2 },
              ...{ lastAt: now - 30 * MINUTE, nextAt: now },
              why: 'ann@build-7.ci.internal.example.com has been running "deploy" since 2026-01-10T11:58:00Z',
            },
            {
              ...{ connector: 'billing-3-sink', stage: 'given up', kind: 'permanent', restarts: 0, left: 0 },
              ...{ lastAt: null, nextAt: null, why: 'It is not restarted: it would fail again.' },
            },
            {
              ...{ connector: 'billing-4-sink', stage: 'watching', kind: 'unknown', restarts: 1, left: 2 },
              ...{ lastAt: now - MINUTE / 4, nextAt: null, why: null },
            },
          ],
          restarts: [
            { at: at(24 * 60 * MINUTE - MINUTE / 4), connector: 'billing-4-sink', outcome: 'not known' },
            {
              at: at(24 * 60 * MINUTE - 12 * MINUTE),
              connector: 'orders-source',
              outcome: 'restarted, and failed again after 12s',
            },
          ],
        },
        trends: new Map([
          [
            long,
            day((minute) => (minute > 600 && minute < 660 ? (minute - 600) * 60_000 : minute % 40 === 0 ? null : 800)),
          ],
          ['billing-1-sink', day((minute) => 100 + (minute % 17) * 10)],
        ]),
      },
    ],
    alerts: [
      {
        context: 'prod',
        kind: 'task-failed',
        target: 'orders-source',
        rule: 'task-failed',
        severity: 'critical',
        notify: [],
        status: 'firing',
        summary: 'Task 0 of 1 has FAILED: PSQLException: Connection to db:5432 refused',
        hint: 'See: sluice doctor orders-source',
        since: now - 60 * MINUTE,
        firedAt: now - 60 * MINUTE,
        notified: true,
        givenUp: false,
      },
    ],
    alerting: true,
    mutes: [
      {
        ...{ id: 3, context: null, rule: 'lag', target: 'billing-*', since: now, until: now + 2 * 60 * MINUTE },
        ...{ who: 'ann@build-7', reason: 'load test of the warehouse' },
      },
    ],
    coming: [
      { pair: 'shop', tables: 'public.orders, public.customers', next: at(25 * 60 * MINUTE), runningSince: null },
      { pair: 'warehouse', tables: `those of ${long}`, next: null, runningSince: at(24 * 60 * MINUTE - MINUTE) },
    ],
    comparisons: runs().slice(0, 3),
    changes: [],
  };
}

/** Pages by name, each with what is drawn on it. */
export const EXAMPLES: Record<string, string> = {
  reconcile: html(
    report(
      [
        orders(),
        table({ source: 'public.customers', target: 'public.customers', rows: { source: 12_345, target: 12_345 } }),
        keyless,
        table({
          source: 'public.payments',
          target: 'public.payments',
          verdict: 'failed',
          rows: { source: null, target: null },
          missing: null,
          extra: null,
          different: null,
          error: new SluiceError('TABLE_NOT_FOUND', 'there is no table payments on warehouse', {
            hint: 'Did you mean public.payment?',
          }),
          columns: [],
          key: [],
        }),
      ],
      {
        pair: 'shop',
        repair: {
          mode: 'sql',
          ...noCounts(),
          updated: 2,
          inserted: 3,
          tables: [],
          left: [
            {
              table: 'public.orders',
              rows: 2,
              reason: 'extra rows are only deleted with --allow-delete',
              keys: [{ id: '12000' }, { id: '12001' }],
            },
          ],
          script: [
            'BEGIN;',
            `UPDATE "public"."orders" SET "status" = 'shipped', "total" = 1189.50, "note" = NULL WHERE "id" = 41;`,
            `UPDATE "public"."orders" SET "address" = 'Lindenstraße 7, Hinterhof, 10969 Berlin' WHERE "id" = 9020;`,
            ...[78_901, 78_902, 78_904].map(
              (id) => `INSERT INTO "public"."orders" ("id", "customer", "status") VALUES (${id}, ${id % 997}, 'new');`,
            ),
            'COMMIT;',
          ],
        },
      },
    ),
  ),
  'reconcile-equal': html(
    report([
      table(),
      table({ source: 'public.customers', target: 'sales.customers', rows: { source: 40, target: 40 } }),
    ]),
  ),
  'reconcile-hostile': html(hostile()),
  history: reconcileHistoryHtml({ runs: runs(), detailed: false }),
  'history-empty': reconcileHistoryHtml({ runs: [], detailed: false }),
  'history-run': reconcileHistoryHtml({ runs: runs().slice(0, 1), detailed: true }),
  status: page(looks()),
  'status-first': page([]),
  serve: servePage(serveView()).html,
  'serve-empty': servePage({
    ...serveView(),
    contexts: [
      { context: 'prod', snapshot: undefined, cluster: undefined, drift: null, healing: undefined, trends: new Map() },
    ],
    alerts: [],
    alerting: false,
  }).html,
  doctor: doctorHtml(clusterReport(FINDINGS)),
  'doctor-walk': doctorHtml(walkReport()),
  ...Object.fromEntries(
    hostileReports().map((report, index) => [`doctor-hostile-${index}`, doctorHtml(visibleTree(report))]),
  ),
};
