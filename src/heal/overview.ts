import type { Change } from '../store/changes.ts';
import type { HealState } from '../store/heal.ts';
import { isHealer } from '../store/who.ts';
import type { HealPlan } from './settings.ts';
import { giveUpText, type Healing } from './verdicts.ts';

/** Where healing stands with one connector. */
export interface HealedConnector extends Pick<Healing, 'stage' | 'kind' | 'restarts' | 'nextAt'> {
  connector: string;
  /** When it was restarted last (ms since 1970); null if it was not. */
  lastAt: number | null;
  /** Restarts that are left, of the cause and of the day. */
  left: number;
  /** Why it is not restarted, or not now; null if it is. */
  why: string | null;
}

/** A restart by healing. */
export interface HealedRestart {
  /** ISO 8601, UTC. */
  at: string;
  connector: string;
  outcome: string;
}

export interface HealingOverview {
  connectors: HealedConnector[];
  /** The latest first. */
  restarts: HealedRestart[];
}

interface Facts {
  healing: ReadonlyMap<string, Healing>;
  states: ReadonlyMap<string, HealState>;
  settings: HealPlan;
  /** Restarts of the last day in the context, by whomever. */
  changes: readonly Change[];
}

/** What healing does and has done. Pure. @param most restarts that are shown */
export function healingOverview({ healing, states, settings, changes }: Facts, most: number): HealingOverview {
  const restarts = changes.filter(({ verb, who }) => verb === 'restart' && isHealer(who));
  const today = Map.groupBy(restarts, ({ connectors }) => connectors[0]?.name);
  return {
    connectors: [...healing].map(([connector, { stage, kind, restarts, nextAt, why, left }]) => {
      const { restarts: most, tries, perDay } = settings(connector);
      // Of an unknown cause fewer restarts are tried.
      const ofCause = kind === 'permanent' ? 0 : (kind === 'transient' ? most : tries) - restarts;
      return {
        ...{ connector, stage, kind, restarts, nextAt, lastAt: states.get(connector)?.lastAt ?? null },
        left: Math.max(0, Math.min(ofCause, perDay - (today.get(connector)?.length ?? 0))),
        why: why === null ? left : giveUpText(why, restarts),
      };
    }),
    restarts: restarts
      .slice(0, most)
      .flatMap(({ at, connectors }) => connectors.map(({ name, outcome }) => ({ at, connector: name, outcome }))),
  };
}
