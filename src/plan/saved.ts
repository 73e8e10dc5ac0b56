import { createHmac } from 'node:crypto';
import type { ConnectorConfig } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { type ConnectorChange, stateOf } from './diff.ts';
import type { Plan } from './plan.ts';

export const PLAN_KIND = 'sluice-plan';

/**
 * A plan in a file. It holds no configuration, only fingerprints of what was there and of what the files said: they are
 * keyed, since a bare hash of a configuration would let its one unknown, the password, be guessed.
 */
export interface SavedPlan {
  kind: typeof PLAN_KIND;
  version: 1;
  /** ISO 8601, UTC. */
  createdAt: string;
  context: string;
  /** Tells a wrong key from a changed cluster. */
  keyCheck: string;
  /** As they were given; a deploy reads them again. */
  paths: string[];
  only: string[] | null;
  exclude: string[] | null;
  connectors: SavedChange[];
  /** For people and reviews: what `sluice plan --json` shows. */
  plan: Plan;
}

export interface SavedChange {
  name: string;
  action: ConnectorChange['action'];
  /** Null where it was not there. */
  before: string | null;
  after: string;
}

export function fingerprint(key: Buffer, config: ConnectorConfig, state: string | null): string {
  const entries = Object.entries(config)
    .filter(([name]) => name !== 'name')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key)
    .update(JSON.stringify([entries, state]))
    .digest('base64url');
}

export function keyCheck(key: Buffer): string {
  return createHmac('sha256', key).update('sluice plan key').digest('base64url').slice(0, 16);
}

export function saveChanges(changes: readonly ConnectorChange[], key: Buffer): SavedChange[] {
  return changes.map((change) => ({
    name: change.name,
    action: change.action,
    before: change.live === undefined ? null : fingerprint(key, change.live.info.config, stateOf(change.live)),
    after: fingerprint(key, change.desired.config, change.desired.state ?? null),
  }));
}

/**
 * Holds a saved plan against what is there and in the files now.
 * @throws PLAN_STALE, naming what has moved on.
 */
export function assertCurrent(saved: SavedPlan, changes: readonly ConnectorChange[], key: Buffer): void {
  if (saved.keyCheck !== keyCheck(key)) {
    throw new SluiceError('PLAN_INVALID', 'the plan was saved with another key', {
      hint: 'Set the same SLUICE_PLAN_KEY where the plan is made and where it is deployed.',
    });
  }
  const now = new Map(saveChanges(changes, key).map((change) => [change.name, change]));
  const moved = saved.connectors.flatMap((then) => {
    const current = now.get(then.name);
    now.delete(then.name);
    if (current === undefined) return [`${then.name} stands in no file any more`];
    return [
      ...(current.before === then.before ? [] : [`${then.name} has changed on the cluster`]),
      ...(current.after === then.after ? [] : [`${then.name} has changed in its file or variables`]),
    ];
  });
  moved.push(...[...now.keys()].map((name) => `${name} is new among the files`));
  if (moved.length === 0) return;
  throw new SluiceError('PLAN_STALE', `the plan of ${saved.createdAt} is out of date: ${moved.join('; ')}`, {
    hint: 'Nothing was sent. Plan again, and look at what differs.',
    details: { moved },
  });
}
