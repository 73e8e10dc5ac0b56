import { describe, expect, it } from 'vitest';
import { monitorView } from '../../../../src/cli/views/monitor.ts';
import { reconcileView } from '../../../../src/cli/views/reconcile.ts';
import { statusView } from '../../../../src/cli/views/status.ts';
import { runMetricsText, type Sample } from '../../../../src/metrics/run/families.ts';
import { readingOf } from '../../../../src/serve/reading.ts';
import { report, table } from '../../../helpers/reconcile-report.ts';
import { connectorSnapshot, snapshot } from '../../../helpers/snapshot.ts';
import { connectorReport, statusReport } from '../../../helpers/status-report.ts';

async function lines(samples: readonly Sample[]): Promise<string[]> {
  const { text } = await runMetricsText(samples);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics of results', () => {
  it('has rows and differences of each compared table, and no number that is not known', async () => {
    const samples = reconcileView.metrics?.(
      report([
        table({ verdict: 'different', missing: 2, extra: 0, different: 1 }),
        table({
          ...{ source: 'public.users', target: 'public.users', verdict: 'failed' },
          ...{ rows: { source: 5, target: null }, missing: null, extra: null, different: null },
        }),
      ]),
    );
    expect(await lines(samples ?? [])).toEqual([
      'sluice_reconcile_table_equal{table="public.orders"} 0',
      'sluice_reconcile_table_equal{table="public.users"} 0',
      'sluice_reconcile_rows{table="public.orders",side="source"} 12345',
      'sluice_reconcile_rows{table="public.orders",side="target"} 12345',
      'sluice_reconcile_rows{table="public.users",side="source"} 5',
      'sluice_reconcile_differences{table="public.orders",kind="missing"} 2',
      'sluice_reconcile_differences{table="public.orders",kind="extra"} 0',
      'sluice_reconcile_differences{table="public.orders",kind="different"} 1',
    ]);
  });

  it('has what a reading of monitor knows, and nothing of what it does not', async () => {
    const connectors = [
      connectorSnapshot('orders', { lagMs: 1_500, deadLetters: { queue: 'q', depth: 3 }, recordsPerSecond: 2.5 }),
      connectorSnapshot('users', {
        ...{
          type: 'source',
          health: 'failed',
          group: null,
          lagMs: null,
          recordsPerSecond: null,
          errorsPerMinute: null,
        },
      }),
    ];
    const samples = monitorView.metrics?.({ ...readingOf(snapshot(connectors)), gate: null });
    expect((await lines(samples ?? [])).filter((line) => !line.endsWith(' 0'))).toEqual([
      'sluice_connectors{context="prod",health="failed"} 1',
      'sluice_connectors{context="prod",health="healthy"} 1',
      'sluice_connector_health{context="prod",connector="orders",type="sink",health="healthy"} 1',
      'sluice_connector_health{context="prod",connector="users",type="source",health="failed"} 1',
      'sluice_connector_lag_records{context="prod",connector="orders"} 1234567',
      'sluice_connector_lag_seconds{context="prod",connector="orders"} 1.5',
      'sluice_connector_records_per_second{context="prod",connector="orders"} 2.5',
      'sluice_connector_dead_letters{context="prod",connector="orders"} 3',
    ]);
  });

  it('has the health of each connector, and the lag of sinks, under the names that the daemon has', async () => {
    const samples = statusView.metrics(
      statusReport([
        connectorReport('orders'),
        connectorReport('users', { type: 'source', health: 'failed', group: null }),
      ]),
    );
    expect((await lines(samples)).filter((line) => !line.endsWith(' 0'))).toEqual([
      'sluice_connectors{context="prod",health="failed"} 1',
      'sluice_connectors{context="prod",health="healthy"} 1',
      'sluice_connector_health{context="prod",connector="orders",type="sink",health="healthy"} 1',
      'sluice_connector_health{context="prod",connector="users",type="source",health="failed"} 1',
      'sluice_connector_lag_records{context="prod",connector="orders"} 1234567',
    ]);
  });
});
