import { describe, expect, it } from 'vitest';
import { statusPageView } from '../../../../src/cli/views/status-html.ts';
import type { StatusWithTrends } from '../../../../src/monitor/trends.ts';
import type { StatusSample } from '../../../../src/store/status-samples.ts';
import { connectorReport, statusReport } from '../../../helpers/status-report.ts';

const sink = connectorReport('orders-sink', {
  health: 'failed',
  reasons: ['task 1 has FAILED'],
  taskList: [{ id: 1, state: 'FAILED', worker: 'w', cause: 'ERROR: <column> does not exist', trace: null }],
  hint: 'Add it.',
});
const source = connectorReport('orders-source', { type: 'source', group: null });

function page(earlier: StatusSample[] | null, connectors = [sink, source]): StatusWithTrends {
  return { ...statusReport(connectors), at: '2026-01-01T12:00:00.000Z', earlier };
}
const html = (of: StatusWithTrends) => statusPageView.forms.html(of);
const sample = (hour: number, lag: number | null, health = 'healthy'): StatusSample => ({
  at: `2026-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`,
  connectors: [{ name: 'orders-sink', health, lag }],
});

describe('the page of the status', () => {
  it('shows what is wrong with its cause and what to do', () => {
    const shown = html(page([]));
    expect(shown).toContain('✖ failed</span> orders-sink');
    expect(shown).toContain('<code>ERROR: &lt;column&gt; does not exist</code>');
    expect(shown).toContain('→ Add it.');
    expect(shown).toContain('aria-label="failed 1, healthy 1"');
    expect(statusPageView.exitCode?.(page([]))).toBe(10);
  });

  it('says that there are no earlier reports, or that they cannot be read', () => {
    expect(html(page([]))).toContain('No earlier reports: this is the first page');
    expect(html(page(null))).toContain('Earlier reports cannot be read');
    expect(html(page([], [source]))).not.toContain('over time');
  });

  it('draws the lag of each report, and nothing where it was not known', () => {
    const shown = html(
      page([sample(1, 5), sample(2, 900, 'degraded'), sample(3, null), { at: sample(4, 0).at, connectors: [] }]),
    );
    expect(shown).toContain('At 5 reports from 2026-01-01 01:00:00 UTC to 2026-01-01 12:00:00 UTC');
    expect(shown).toContain('orders-sink: 3 values, 5 to 1,234,567, latest 1,234,567');
    expect(/class="s-bad" d="([^"]*)"/.exec(shown)?.[1]?.match(/h0/g)).toHaveLength(2);
    const [path = ''] = /(?<=class="s-line" d=")[^"]*/.exec(shown) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('draws all sinks over the same time', () => {
    const late = connectorReport('late-sink');
    const samples = [sample(0, 1), { ...sample(6, 1), connectors: [{ name: 'late-sink', health: 'healthy', lag: 3 }] }];
    const paths = [...html(page(samples, [late])).matchAll(/class="s-line" d="M([\d.]+) /g)].map(([, x]) => Number(x));
    expect(paths[0]).toBeCloseTo(500);
  });

  it('draws no sink whose lag was never known, and counts it', () => {
    const stopped = connectorReport('stopped-sink', {
      health: 'stopped',
      group: { id: 'g', checked: true, state: 'Dead', members: 0, lag: null, standing: 0 },
    });
    const shown = html(page([{ ...sample(1, 5), connectors: [] }], [stopped]));
    expect(shown).toContain('The lag of 1 sink was never known.');
    expect(shown).not.toContain('stopped-sink: ');
    expect(shown).not.toContain('not known</');
  });

  it('shows what could not be checked or read', () => {
    const unread = {
      ...page([]),
      unreadable: [{ name: 'x<y', error: { code: 'CONNECT_BAD_ANSWER', message: 'odd' } }],
    };
    const shown = html({
      ...unread,
      kafka: { configured: true, error: { code: 'KAFKA_UNREACHABLE', message: 'no broker' } },
    } as StatusWithTrends);
    expect(shown).toContain('x&lt;y: odd [CONNECT_BAD_ANSWER]');
    expect(shown).toContain('Consumer groups were not checked: no broker');
  });
});
