import { describe, expect, it } from 'vitest';
import { healingOverview } from '../../../src/heal/overview.ts';
import { healPlan } from '../../../src/heal/settings.ts';
import type { Healing } from '../../../src/heal/verdicts.ts';
import type { Change } from '../../../src/store/changes.ts';
import { whoMonitors, whoServes } from '../../../src/store/who.ts';

const restart = (name: string, who = whoServes()) =>
  ({
    verb: 'restart',
    who,
    at: '2026-01-10T12:00:00.000Z',
    connectors: [{ name, outcome: 'restarted', error: null }],
  }) as Change;
const healing = (given: Partial<Healing>): Healing => ({
  ...{ stage: 'trying', kind: 'transient', restarts: 4, nextAt: 9, why: null, left: null },
  ...given,
});

function overview(given: Partial<Healing>, changes: Change[] = []) {
  const settings = healPlan({ restarts: 20, tries: 3, perDay: 10 }) ?? (() => expect.unreachable());
  const states = new Map([['a', { restarts: 4, lastAt: 7, nextAt: 9, runningSince: null }]]);
  return healingOverview({ healing: new Map([['a', healing(given)]]), states, settings, changes }, 2);
}

describe('what healing does', () => {
  it.each<[string, Partial<Healing>, Change[], number]>([
    ['of a transient cause, what the day has left', {}, [], 10],
    [
      'restarts of today are used',
      {},
      [restart('a'), restart('a', whoMonitors()), restart('b'), restart('a', 'ann@x')],
      8,
    ],
    ['of a cause that has used most of its own', { restarts: 19 }, [], 1],
    ['of an unknown cause', { kind: 'unknown', restarts: 1 }, [], 2],
    ['of one that is used up', { kind: 'unknown', restarts: 5 }, [], 0],
    ['of a permanent one', { kind: 'permanent', restarts: 0 }, [], 0],
  ])('has restarts left: %s', (_what, given, changes, left) => {
    expect(overview(given, changes).connectors).toMatchObject([{ connector: 'a', lastAt: 7, nextAt: 9, left }]);
  });

  it('says why it does not restart: it was given up, or somebody else acts', () => {
    expect(overview({ why: 'permanent' }).connectors[0]?.why).toMatch(/^It is not restarted/);
    expect(overview({ left: 'ann deploys' }).connectors[0]?.why).toBe('ann deploys');
    expect(overview({}).connectors[0]?.why).toBeNull();
  });

  it('shows the last restarts by healing, and no others', () => {
    const changes = [restart('c', 'ann@x'), restart('a'), restart('b'), restart('d')];
    expect(overview({}, changes).restarts.map(({ connector }) => connector)).toEqual(['a', 'b']);
  });
});
