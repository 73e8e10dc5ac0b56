import { describe, expect, it } from 'vitest';
import { type ClusterFacts, judgeCluster } from '../../../src/monitor/cluster-health.ts';
import { ClusterWatch } from '../../../src/serve/cluster.ts';
import { connectorSnapshot, NOON, snapshot } from '../../helpers/snapshot.ts';

const FINE: ClusterFacts = { error: null, rebalancing: false, asked: [], unassigned: 0, drift: null };
const error = { code: 'CONNECT_UNREACHABLE' as const, message: 'http://w2:8083 does not answer' };
const worker = (version: string | null) => ({
  url: `http://w${version}`,
  version,
  error: version === null ? error : null,
});

describe('the health of a cluster', () => {
  it.each<[string, Partial<ClusterFacts>, string, RegExp | null]>([
    ['nothing wrong', {}, 'healthy', null],
    ['several workers of one release', { asked: [worker('4.0.0'), worker('4.0.0')] }, 'healthy', null],
    ['rebalancing not known', { rebalancing: null }, 'healthy', null],
    ['no worker answers', { error, unassigned: 3 }, 'away', /does not answer/],
    [
      'one of two workers',
      { asked: [worker('4.0.0'), worker(null)] },
      'degraded',
      /^a worker does not answer: http:\/\/w2/,
    ],
    [
      'two releases',
      { asked: [worker('4.0.0'), worker('3.9.0')] },
      'degraded',
      /different releases: 3\.9\.0, 4\.0\.0$/,
    ],
    ['Kafka away', { kafka: 'Kafka at k:9092 is not reachable' }, 'degraded', /^Kafka at k:9092 is not reachable$/],
    ['a task that nobody has taken', { unassigned: 1 }, 'degraded', /^no worker has taken a connector or task$/],
    ['many of them', { unassigned: 7 }, 'degraded', /taken 7 connectors and tasks$/],
    ['the same while it rebalances', { unassigned: 7, rebalancing: true }, 'rebalancing', /^the cluster rebalances$/],
    ['a difference from the project', { drift: { isKnown: true, text: 'a differs' } }, 'drifted', /^a differs$/],
    [
      'that not being known',
      { drift: { isKnown: false, text: 'no file' }, rebalancing: true },
      'unknown',
      /^no file; /,
    ],
    [
      'a difference, and a task that nobody has taken',
      { drift: { isKnown: true, text: 'a differs' }, unassigned: 1 },
      'degraded',
      /taken a connector or task; a differs$/,
    ],
    [
      'two things',
      { rebalancing: true, asked: [worker(null)] },
      'degraded',
      /does not answer.*; the cluster rebalances$/,
    ],
  ])('%s', (_, given, health, reason) => {
    const verdict = judgeCluster({ ...FINE, ...given });
    expect(verdict.health).toBe(health);
    if (reason === null) expect(verdict.reasons).toEqual([]);
    else expect(verdict.reasons.join('; ')).toMatch(reason);
  });

  it('is reported when it changes, with the time since when, and not again while it lasts', async () => {
    let answers = [worker('4.0.0'), worker('4.0.0')];
    const watch = new ClusterWatch(async () => answers);
    const at = (minute: number) => snapshot([connectorSnapshot('orders')], { at: NOON + minute * 60_000 });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    expect(watch.observe(at(0))).toBeUndefined();
    await settled();
    answers = [worker('4.0.0'), worker(null)];
    expect(watch.observe(at(1))).toBeUndefined();
    await settled();
    expect(watch.observe(at(2))).toMatchObject({ health: 'degraded', since: NOON + 2 * 60_000 });
    await settled();
    expect(watch.observe(at(3))).toBeUndefined();
    expect(watch.latest?.since).toBe(NOON + 2 * 60_000);
    answers = [worker('4.0.0'), worker('4.0.0')];
    await settled();
    watch.observe(at(4));
    await settled();
    expect(watch.observe(at(5))).toMatchObject({ health: 'healthy', reasons: [] });
  });
});
