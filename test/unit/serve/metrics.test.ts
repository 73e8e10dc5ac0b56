import { describe, expect, it } from 'vitest';
import { DaemonMetrics } from '../../../src/serve/metrics.ts';
import { connectorSnapshot, snapshot, sourceLog } from '../../helpers/snapshot.ts';

const away = { code: 'CONNECT_UNREACHABLE' as const, message: 'no' };

async function lines(metrics: DaemonMetrics, pattern: RegExp): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
}

describe('DaemonMetrics', () => {
  it('has the numbers of each connector, and none for what is not known', async () => {
    const metrics = new DaemonMetrics('1.2.3');
    metrics.observe(
      snapshot([
        connectorSnapshot('orders', { lagMs: 1500, deadLetters: { queue: 'q', depth: 4 } }),
        connectorSnapshot('users', {
          type: 'source',
          health: 'failed',
          group: null,
          lagMs: null,
          recordsPerSecond: null,
        }),
      ]),
    );
    expect(await lines(metrics, /connector="users"/)).toEqual([
      'sluice_connector_health{context="prod",connector="users",type="source",health="failed"} 1',
      ...['running', 'failed', 'paused', 'unassigned', 'other'].map(
        (state) => `sluice_connector_tasks{context="prod",connector="users",state="${state}"} 0`,
      ),
      'sluice_connector_errors_per_minute{context="prod",connector="users"} 0',
    ]);
    expect(await lines(metrics, /lag_seconds|dead_letters/)).toEqual([
      'sluice_connector_lag_seconds{context="prod",connector="orders"} 1.5',
      'sluice_connector_dead_letters{context="prod",connector="orders"} 4',
    ]);
    expect(await lines(metrics, /^sluice_connectors\{/)).toContain(
      'sluice_connectors{context="prod",health="failed"} 1',
    );
  });

  it('has where a source is in its databases: the worst of several, and nothing that is not known', async () => {
    const metrics = new DaemonMetrics('1');
    const logs = [
      sourceLog({ safeBytes: 100, captureMs: 1500 }),
      sourceLog({ safeBytes: 50, active: false, retainedBytes: 9000, status: 'extended', behindFiles: 2 }),
    ];
    const source = { logs, reason: null };
    const heartbeat = { everyMs: 1, lastAt: 5000, beatsWhenIdle: true, logKnown: true, unansweredSince: null };
    metrics.observe(snapshot([connectorSnapshot('s', { source, heartbeat })]));
    expect(await lines(metrics, /slot|source_/)).toEqual([
      'sluice_slot_active{context="prod",connector="s"} 0',
      'sluice_slot_retained_bytes{context="prod",connector="s"} 9000',
      'sluice_slot_safe_bytes{context="prod",connector="s"} 50',
      'sluice_slot_status{context="prod",connector="s",status="reserved"} 1',
      'sluice_source_behind_bytes{context="prod",connector="s"} 16',
      'sluice_source_behind_files{context="prod",connector="s"} 2',
      'sluice_source_capture_latency_seconds{context="prod",connector="s"} 1.5',
      'sluice_source_last_heartbeat_timestamp_seconds{context="prod",connector="s"} 5',
    ]);
    const unknown = sourceLog({ active: null, status: 'other', behindBytes: null, retainedBytes: null });
    metrics.observe(snapshot([connectorSnapshot('s', { source: { logs: [unknown], reason: null } })]));
    expect(await lines(metrics, /slot|source_/)).toEqual([]);
  });

  it('counts from 0, which is scraped before there is one, and forgets what is gone', async () => {
    const metrics = new DaemonMetrics('1');
    const source = { logs: [], reason: null };
    const total = (name: string, value: number) =>
      `sluice_schema_changes_total{context="prod",connector="${name}"} ${value}`;
    metrics.observe(snapshot([connectorSnapshot('s', { source }), connectorSnapshot('odd\u202e', { source })]));
    expect(await lines(metrics, /schema_changes_total/)).toEqual([total('s', 0), total('odd\\\\u202e', 0)]);
    metrics.countSchemaChange('prod', 'odd\u202e');
    metrics.observe(snapshot([connectorSnapshot('odd\u202e', { source: null })], { unreadable: ['s'] }));
    expect(await lines(metrics, /schema_changes_total/)).toEqual([total('s', 0), total('odd\\\\u202e', 1)]);
    metrics.observe(snapshot([connectorSnapshot('odd\u202e')]));
    expect(await lines(metrics, /schema_changes_total/)).toEqual([total('odd\\\\u202e', 1)]);
    metrics.expectReceivers(['team']);
    metrics.showHealing('prod', []);
    expect(await lines(metrics, /notices_total|heal_.*_total/)).toEqual([
      ...['delivered', 'failed', 'given up'].map(
        (outcome) => `sluice_alert_notices_total{receiver="team",outcome="${outcome}"} 0`,
      ),
      ...['transient', 'unknown'].map((kind) => `sluice_heal_restarts_total{context="prod",kind="${kind}"} 0`),
      ...['runs_again', 'failed_again', 'not_restarted'].map(
        (outcome) => `sluice_heal_outcomes_total{context="prod",outcome="${outcome}"} 0`,
      ),
    ]);
  });

  it('shows when the tables of a source were last seen to change', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(snapshot([connectorSnapshot('s'), connectorSnapshot('t')]));
    metrics.showSchemaChanges('prod', new Map([['s', 5000]]));
    const shown = 'sluice_source_last_schema_change_timestamp_seconds{context="prod",connector="s"} 5';
    expect(await lines(metrics, /last_schema_change/)).toEqual([shown]);
    metrics.showLeader(new Set());
    expect(await lines(metrics, /schema_change/)).toEqual([]);
  });

  it('forgets connectors that are gone, and healths of before', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(snapshot([connectorSnapshot('a', { health: 'failed' }), connectorSnapshot('b')]));
    metrics.observe(snapshot([connectorSnapshot('a')]));
    expect(await lines(metrics, /connector_health/)).toEqual([
      'sluice_connector_health{context="prod",connector="a",type="sink",health="healthy"} 1',
    ]);
    expect(await lines(metrics, /connector="b"/)).toEqual([]);
  });

  it('of a worker that is away it is down, and shows no numbers of before', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(snapshot([connectorSnapshot('a')]));
    metrics.observe(snapshot([connectorSnapshot('a')], { error: away }));
    expect(await lines(metrics, /cluster_up|connector=/)).toEqual(['sluice_cluster_up{context="prod"} 0']);
    expect(await lines(metrics, /poll_failures/)).toEqual([
      'sluice_poll_failures_total{context="prod",code="CONNECT_UNREACHABLE"} 1',
    ]);
  });

  it('has when certificates end, also while the worker is away, and forgets servers that are not used', async () => {
    const metrics = new DaemonMetrics('1');
    const certificates = [
      { address: 'a:443', endsAt: 5000 },
      { address: 'b:443', endsAt: null },
    ];
    metrics.observe(snapshot([], { certificates, error: away }));
    expect(await lines(metrics, /certificate/)).toEqual([
      'sluice_certificate_end_timestamp_seconds{context="prod",address="a:443"} 5',
    ]);
    metrics.observe(snapshot([], { certificates: null }));
    expect(await lines(metrics, /certificate/)).toEqual([]);
  });

  it('keeps contexts apart', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(snapshot([connectorSnapshot('a')]));
    metrics.observe(snapshot([], { context: 'test' }));
    expect(await lines(metrics, /cluster_up/)).toHaveLength(2);
    expect(await lines(metrics, /connector="a"/)).not.toHaveLength(0);
  });

  it('of one that stands by shows nothing that it saw while it acted', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.showLeader(new Set(['prod']));
    metrics.observe(snapshot([connectorSnapshot('a')]));
    metrics.showAlerts(['prod'], [], 0);
    metrics.showCluster('prod', 'healthy');
    metrics.showHealing('prod', []);
    metrics.showLeader(new Set());
    expect(await lines(metrics, /^(?!sluice_poll_|sluice_heal_\w+_total).*context=/)).toEqual([]);
    expect(await lines(metrics, /^sluice_leader/)).toEqual(['sluice_leader 0']);
  });

  it('shows nothing of the contexts on which another process acts, and goes on with its own', async () => {
    const metrics = new DaemonMetrics('1');
    for (const context of ['prod', 'test']) metrics.observe(snapshot([connectorSnapshot('a')], { context }));
    metrics.showLeader(new Set(['test']));
    expect(await lines(metrics, /^sluice_(?:cluster_up|leader)/)).toEqual([
      'sluice_cluster_up{context="test"} 1',
      'sluice_leader 1',
    ]);
  });

  it('bounds its series, and says how many connectors have none', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(snapshot(Array.from({ length: 6_000 }, (_, index) => connectorSnapshot(`c${index}`))));
    expect(await lines(metrics, /connector_health/)).toHaveLength(5_000);
    expect(await lines(metrics, /without_series/)).toEqual(['sluice_connectors_without_series{context="prod"} 1000']);
  });
});
