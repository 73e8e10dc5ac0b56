import { createHmac } from 'node:crypto';
import type { ConnectorConfig } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { command } from '../text/settings.ts';
import { type ConnectorChange, stateOf } from './diff.ts';
import type { Plan } from './plan.ts';
import type { TopicAction, TopicChange } from './topics.ts';

export const PLAN_KIND = 'sluice-plan';

/**
 * A plan in a file. It has no configuration, only fingerprints of the live state and of the files. They are keyed: an
 * attacker could guess the password, the only unknown of a configuration, from a plain hash.
 */
export interface SavedPlan {
  kind: typeof PLAN_KIND;
  version: 1;
  /** ISO 8601, UTC. */
  createdAt: string;
  context: string;
  /** Distinguishes a wrong key from a changed cluster. */
  keyCheck: string;
  /** As given; a deploy reads them again. */
  paths: string[];
  only: string[] | null;
  exclude: string[] | null;
  /** Missing in plans of releases without the option. */
  sendMasked?: string[];
  connectors: SavedChange[];
  /** Missing in plans of releases without topics. */
  topics?: SavedTopic[];
  /** For reviewers: the output of `sluice plan --json`. */
  plan: Plan;
  /** Covers everything else: what is deployed, and where, is what was reviewed. Missing until the plan is written. */
  seal?: string;
}

export interface SavedChange {
  name: string;
  action: ConnectorChange['action'];
  /** Null if it did not exist. */
  before: string | null;
  after: string;
}

export interface SavedTopic {
  name: string;
  action: TopicAction;
  /** Covers declared settings only: other changes to a topic do not affect the plan. Null if it did not exist. */
  before: string | null;
  after: string;
}

export function fingerprint(key: Buffer, config: ConnectorConfig, state: string | null): string {
  const entries = Object.entries(config)
    .filter(([name]) => name !== 'name')
    .sort(([a], [b]) => compareTexts(a, b));
  return createHmac('sha256', key)
    .update(JSON.stringify([entries, state]))
    .digest('base64url');
}

export function keyCheck(key: Buffer): string {
  return createHmac('sha256', key).update('sluice plan key').digest('base64url').slice(0, 16);
}

/** Over the values, not the text: reformatting the file does no harm. */
function sealOf({ seal: _seal, ...plan }: SavedPlan, key: Buffer): string {
  return createHmac('sha256', key)
    .update(`sluice plan ${JSON.stringify(plan)}`)
    .digest('base64url');
}

export function seal(plan: SavedPlan, key: Buffer): SavedPlan {
  return { ...plan, seal: sealOf(plan, key) };
}

/** @throws PLAN_INVALID if the plan was changed since it was saved. */
export function assertSealed(saved: SavedPlan, key: Buffer): void {
  assertKey(saved, key);
  if (saved.seal === sealOf(saved, key)) return;
  throw new SluiceError('PLAN_INVALID', 'the plan was changed since it was saved, or an older sluice created it', {
    hint: `Nothing was sent. Plan again with: ${command('plan', { save: 'FILE' })}`,
  });
}

function assertKey(saved: SavedPlan, key: Buffer): void {
  if (saved.keyCheck === keyCheck(key)) return;
  throw new SluiceError('PLAN_INVALID', 'the plan was saved with another key', {
    hint: 'Set the same SLUICE_PLAN_KEY for plan and deploy.',
  });
}

export function saveChanges(changes: readonly ConnectorChange[], key: Buffer): SavedChange[] {
  return changes.map((change) => ({
    name: change.name,
    action: change.action,
    before: change.live === undefined ? null : fingerprint(key, change.live.info.config, stateOf(change.live)),
    after: fingerprint(key, change.desired.config, change.desired.state ?? null),
  }));
}

export function saveTopics(changes: readonly TopicChange[], key: Buffer): SavedTopic[] {
  return changes.map(({ name, action, desired, live }) => {
    const declared = Object.keys(desired.configs);
    const known = Object.fromEntries(declared.map((one) => [one, live?.configs[one] ?? '']));
    const { partitions, replicationFactor } = desired;
    const print = (counts: unknown[], configs: Record<string, string>) =>
      fingerprint(key, configs, JSON.stringify(counts));
    return {
      name,
      action,
      before:
        live === undefined
          ? null
          : print([partitions && live.partitions, replicationFactor && live.replicationFactor], known),
      after: print([partitions, replicationFactor], desired.configs),
    };
  });
}

/**
 * Compares a saved plan with the current cluster and files.
 * @throws PLAN_STALE, naming what has changed.
 */
export function assertCurrent(
  saved: SavedPlan,
  changes: readonly ConnectorChange[],
  key: Buffer,
  topics: readonly TopicChange[] = [],
): void {
  assertKey(saved, key);
  const moved = [
    ...movedOn(saved.connectors, saveChanges(changes, key), '', 'in its file or variables', 'among the files'),
    ...movedOn(saved.topics ?? [], saveTopics(topics, key), 'topic ', 'in sluice.yaml', 'in sluice.yaml or the files'),
  ];
  if (moved.length === 0) return;
  throw new SluiceError('PLAN_STALE', `the plan of ${saved.createdAt} is out of date: ${moved.join('; ')}`, {
    hint: 'Nothing was sent. Plan again, and check what differs.',
    details: { moved },
  });
}

interface Fingerprints {
  name: string;
  before: string | null;
  after: string;
}

function movedOn(
  saved: readonly Fingerprints[],
  current: readonly Fingerprints[],
  kind: string,
  declaredIn: string,
  newIn: string,
): string[] {
  const now = new Map(current.map((one) => [one.name, one]));
  const moved = saved.flatMap((then) => {
    const found = now.get(then.name);
    now.delete(then.name);
    if (found === undefined) return [`${kind}${then.name} is no longer in any file`];
    return [
      ...(found.before === then.before ? [] : [`${kind}${then.name} has changed on the cluster`]),
      ...(found.after === then.after ? [] : [`${kind}${then.name} has changed ${declaredIn}`]),
    ];
  });
  return [...moved, ...[...now.keys()].map((name) => `${kind}${name} is new ${newIn}`)];
}
