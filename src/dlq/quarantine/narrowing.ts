import type { ConnectClient } from '../../connect/client.ts';
import type { ConnectorConfig } from '../../connect/types.ts';
import { unsupported } from '../../connect/versions.ts';
import { SluiceError } from '../../errors/error.ts';
import { maskedKeys } from '../../text/masks.ts';
import { own } from '../../text/own.ts';

export const NARROW_KEY = 'consumer.override.max.poll.records';

/**
 * With these, a sink has one task, which is given one record at a time, and whose consumer lets another member of its group
 * decide which partitions it reads. None of them is a secret.
 */
const NARROW: Readonly<Record<string, string>> = {
  'tasks.max': '1',
  [NARROW_KEY]: '1',
  'consumer.override.partition.assignment.strategy': 'org.apache.kafka.clients.consumer.RangeAssignor',
  'consumer.override.group.protocol': 'classic',
};

/** Kafka's own default of `max.poll.records`: so many records from the first on can be in a batch that was refused. */
const BATCH = 500;

/** A key that is set meanwhile. */
export interface NarrowedKey {
  key: string;
  /** Null if it was not set. */
  former: string | null;
  narrowed: string;
}

/** What must be changed for it. Pure. */
export function narrowing(config: ConnectorConfig): NarrowedKey[] {
  return Object.entries(NARROW)
    .map(([key, narrowed]) => ({ key, former: own(config, key) ?? null, narrowed }))
    .filter(({ former, narrowed }) => former !== narrowed);
}

export function narrowPatch(keys: readonly NarrowedKey[]): Record<string, string> {
  return Object.fromEntries(keys.map(({ key, narrowed }) => [key, narrowed]));
}

/** How many records from its position on the batch may have had that a partition's sink failed with. */
export function batchSize(config: ConnectorConfig): number {
  const size = Number(own(config, NARROW_KEY) ?? BATCH);
  return Number.isSafeInteger(size) && size > 0 ? size : BATCH;
}

/** What brings the former values back. Pure. @returns with the keys that somebody else has set since, which stay */
export function restoration(
  live: ConnectorConfig,
  keys: readonly NarrowedKey[],
): { patch: Record<string, string | null>; foreign: string[] } {
  const patch: Record<string, string | null> = {};
  const foreign: string[] = [];
  for (const { key, former, narrowed } of keys) {
    const now = own(live, key) ?? null;
    if (now === former) continue;
    if (now === narrowed) patch[key] = former;
    else foreign.push(key);
  }
  return { patch, foreign };
}

type KeysClient = Pick<ConnectClient, 'supports' | 'server' | 'config' | 'patchConfig' | 'putConfig'>;

/** @throws CONNECT_UNSUPPORTED before Kafka 3.8 if the worker masks values: they would be written back as masks */
export async function assertCanWriteKeys(
  name: string,
  config: ConnectorConfig,
  client: Pick<KeysClient, 'supports' | 'server'>,
): Promise<void> {
  if (await client.supports('changing single keys')) return;
  const masked = maskedKeys(config);
  if (masked.length === 0) return;
  const error = unsupported((await client.server()).version, 'changing single keys');
  throw new SluiceError(
    'CONNECT_UNSUPPORTED',
    `the worker masks ${masked.join(', ')} of "${name}", which would be written back with any other key`,
    { ...(error.hint === undefined ? {} : { hint: error.hint }), cause: error, details: { name } },
  );
}

/** Sets single keys, or removes them (null), and touches no other one. */
export async function writeKeys(
  name: string,
  patch: Readonly<Record<string, string | null>>,
  client: KeysClient,
): Promise<void> {
  if (Object.keys(patch).length === 0) return;
  if (await client.supports('changing single keys')) return client.patchConfig(name, patch);
  const live = await client.config(name);
  await assertCanWriteKeys(name, live, client);
  const { name: _name, ...config } = { ...live, ...patch };
  await client.putConfig(
    name,
    Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null)) as ConnectorConfig,
  );
}
