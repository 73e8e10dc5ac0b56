import { describe, expect, it } from 'vitest';
import { type ServePage, servePage } from '../../../../src/cli/views/serve-page.ts';
import type { Alert } from '../../../../src/store/alerts.ts';
import { connectorSnapshot, NOON, snapshot } from '../../../helpers/snapshot.ts';

const HOSTILE = '<img src=x onerror=alert(1)>\u001b[2J"\'';

const alert: Alert = {
  context: 'prod',
  kind: 'lag',
  target: HOSTILE,
  rule: 'lag',
  severity: 'critical',
  notify: [],
  status: 'firing',
  summary: HOSTILE,
  hint: HOSTILE,
  since: NOON,
  firedAt: NOON,
  notified: true,
};

function view(given: Partial<ServePage> = {}): ServePage {
  return {
    at: new Date(NOON).toISOString(),
    leads: true,
    contexts: [
      { context: 'prod', snapshot: snapshot([connectorSnapshot('orders')]), cluster: undefined, trends: new Map() },
    ],
    alerts: [],
    alerting: true,
    comparisons: null,
    changes: null,
    ...given,
  };
}

describe('servePage', () => {
  it('says how connectors are, and what is not known', () => {
    const { html, policy } = servePage(
      view({
        contexts: [
          {
            context: 'prod',
            snapshot: snapshot([
              connectorSnapshot('orders', { lagMs: null, deadLetters: { queue: 'q', depth: 3 } }),
              connectorSnapshot('users', { health: 'failed', reasons: ['task 0 has FAILED'], cause: 'E: no' }),
            ]),
            cluster: undefined,
            trends: new Map(),
          },
        ],
      }),
    );
    expect(html).toContain('<title>sluice: 1 failed, 1 healthy</title>');
    expect(html).toContain('task 0 has FAILED');
    expect(html).toContain('data-label="behind">?</td>');
    expect(html).toContain('data-label="dead letters">3</td>');
    expect(html).not.toContain('<script');
    expect(policy).toContain("script-src 'none'");
  });

  it('writes no text from elsewhere as markup, nor a character that acts', () => {
    const { html } = servePage(
      view({
        alerts: [alert],
        contexts: [
          {
            context: HOSTILE,
            snapshot: snapshot([
              connectorSnapshot(HOSTILE, { health: 'failed', reasons: [HOSTILE], cause: HOSTILE, hint: HOSTILE }),
            ]),
            cluster: undefined,
            trends: new Map([
              [
                HOSTILE,
                [1, 2].map((at) => ({
                  at,
                  health: 'healthy',
                  lagRecords: at,
                  lagMs: at,
                  recordsPerSecond: null,
                  errorsPerMinute: null,
                })),
              ],
            ]),
          },
        ],
      }),
    );
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u001b');
    expect(html).toContain('&lt;img src=x');
  });

  it('tells a context that is away from one that has not been read yet', () => {
    const error = { code: 'CONNECT_UNREACHABLE' as const, message: 'no answer' };
    const { html } = servePage(
      view({
        leads: false,
        contexts: [
          { context: 'prod', snapshot: snapshot([], { error }), cluster: undefined, trends: new Map() },
          { context: 'test', snapshot: undefined, cluster: undefined, trends: new Map() },
        ],
      }),
    );
    expect(html).toContain('prod cannot be reached, test has not been read yet');
    expect(html).toContain('no answer. What follows is older.');
    expect(html).toContain('another process acts');
  });

  it('says that alerts are off, rather than that none fires', () => {
    expect(servePage(view({ alerting: false })).html).toContain('Off: serve.alerts is not set');
    expect(servePage(view()).html).toContain('None fires.');
  });
});
