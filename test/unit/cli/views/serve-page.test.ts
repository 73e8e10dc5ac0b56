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
  givenUp: false,
};

function view(given: Partial<ServePage> = {}): ServePage {
  return {
    at: new Date(NOON).toISOString(),
    leads: true,
    contexts: [
      {
        context: 'prod',
        snapshot: snapshot([connectorSnapshot('orders')]),
        cluster: undefined,
        drift: null,
        healing: undefined,
        trends: new Map(),
      },
    ],
    alerts: [],
    alerting: true,
    ...{ comparisons: null, mutes: [], coming: undefined },
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
            ...{ cluster: undefined, drift: null, healing: undefined },
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
            ...{ cluster: undefined, drift: null, healing: undefined },
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
          {
            context: 'prod',
            snapshot: snapshot([], { error }),
            cluster: undefined,
            drift: null,
            healing: undefined,
            trends: new Map(),
          },
          {
            context: 'test',
            snapshot: undefined,
            cluster: undefined,
            drift: null,
            healing: undefined,
            trends: new Map(),
          },
        ],
      }),
    );
    expect(html).toContain('prod cannot be reached, test has not been read yet');
    expect(html).toContain('no answer. What follows is older.');
    expect(html).toContain('another process acts');
  });

  it('says what healing does and did, what is muted, what differs, and what is compared next', () => {
    const drift = {
      ...{ at: NOON, state: 'drift' as const, unknown: ['b.json: it is empty'] },
      differences: [{ kind: 'connector' as const, name: HOSTILE, action: 'update' as const, keys: ['batch.size'] }],
    };
    const healing = {
      connectors: [
        {
          ...{ connector: HOSTILE, stage: 'given up' as const, kind: 'transient' as const, restarts: 20, left: 0 },
          ...{ lastAt: NOON, nextAt: null, why: 'It is for a person.' },
        },
      ],
      restarts: [{ at: new Date(NOON).toISOString(), connector: HOSTILE, outcome: 'restarted, and failed again' }],
    };
    const mute = {
      id: 1,
      context: null,
      rule: '*',
      target: HOSTILE,
      since: NOON,
      until: NOON,
      who: 'ann',
      reason: HOSTILE,
    };
    const next = { pair: HOSTILE, tables: 'public.orders', next: new Date(NOON).toISOString(), runningSince: null };
    const [context] = view().contexts;
    if (context === undefined) expect.unreachable();
    const { html } = servePage(view({ contexts: [{ ...context, drift, healing }], mutes: [mute], coming: [next] }));
    expect(html).not.toContain('<img');
    for (const cell of [
      'data-label="healing"><span class="tag bad">given up</span>',
      'class="n" data-label="restarts">20<',
      'class="n" data-label="left">0<',
      'data-label="why not">It is for a person.<',
      ': restarted, and failed again</li>',
      '>every rule</th>',
      'data-label="on">every context<',
      'data-label="differs in">batch.size<',
      'b.json: it is empty',
      'data-label="tables">public.orders<',
    ])
      expect(html).toContain(cell);
    const quiet = servePage(
      view({ contexts: [{ ...context, drift: undefined, healing: { connectors: [], restarts: [] } }] }),
    );
    expect(quiet.html).toContain('Nothing has to be healed.');
    expect(quiet.html).toContain('Not compared yet.');
    for (const title of ['Muted', 'Next comparisons']) expect(quiet.html).not.toContain(title);
    expect(servePage(view()).html).not.toMatch(/Healing|Compared with the project/);
  });

  it('says that alerts are off, rather than that none fires', () => {
    expect(servePage(view({ alerting: false })).html).toContain('Off: serve.alerts is not set');
    expect(servePage(view()).html).toContain('None fires.');
  });
});
