import type { Admin, Group } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import { tokensOf } from '../http/authorization.ts';
import { tlsOptions } from '../http/tls-files.ts';
import { NEVER, type TokenSource } from '../http/tokens.ts';
import type { GroupLag, GroupSummary, KafkaPort, PartitionLag } from '../ports/kafka.ts';
import { listItems } from '../text/lists.ts';
import { type Access, type Asked, toTopics } from './access.ts';
import { guardConnections } from './ask.ts';
import { KafkaCaller } from './caller.ts';
import { type DescribedGroup, describeConsumerGroups } from './consumer-protocol.ts';
import { computeLag, type OffsetAt, partitionKey } from './groups.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const LATEST = -1n;
const EARLIEST = -2n;

export async function createKafka(settings: KafkaSettings, signal?: AbortSignal): Promise<KafkaPort> {
  return new KafkaAdmin(await openCaller(settings, signal));
}

/** Kafka through @platformatic/kafka; the module is loaded here, since it takes longer to load than most commands run. */
export async function createAdmin(settings: KafkaSettings): Promise<Admin> {
  const { Admin } = await import('@platformatic/kafka');
  return new Admin(clientOptions(settings));
}

/** A client, and how its calls are limited and translated. @param signal aborts reads */
export async function openCaller(settings: KafkaSettings, signal?: AbortSignal): Promise<KafkaCaller> {
  return new KafkaCaller(await createAdmin(settings), askedOf(settings), signal);
}

/** Whom it asks, and as which user. */
export function askedOf(settings: KafkaSettings): Omit<Asked, 'access'> {
  return {
    servers: bootstrapServers(settings),
    user: settings.sasl !== undefined && 'username' in settings.sasl ? settings.sasl.username : undefined,
  };
}

/** Options of every Kafka client. @throws FILE_UNREADABLE for the PEM files */
export function clientOptions(settings: KafkaSettings) {
  guardConnections();
  return {
    clientId: 'sluice',
    bootstrapBrokers: bootstrapServers(settings),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: 2,
    retryDelay: 250,
    ...(settings.tls === undefined || settings.tls === false
      ? {}
      : { tls: tlsOptions(settings.tls === true ? {} : settings.tls, 'kafka.tls') }),
    ...(settings.sasl === undefined ? {} : { sasl: saslOptions(settings.sasl) }),
  };
}

/** By the settings: clients of one cluster share a token. */
const tokens = new WeakMap<object, TokenSource>();

function saslOptions(sasl: NonNullable<KafkaSettings['sasl']>) {
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl;
  const options = { site: 'kafka.sasl', proxyEnv: sasl.proxyEnv ?? {} };
  const source = tokens.get(sasl) ?? tokensOf(sasl, options);
  if (source === undefined)
    throw new SluiceError('PROJECT_INVALID', 'kafka.sasl has no token', {
      hint: 'Give one of token, tokenFile, oauth and entra to OAUTHBEARER.',
    });
  tokens.set(sasl, source);
  // Asked for at each login; a call that is given up does not wait for it.
  return { mechanism: sasl.mechanism, token: () => source.token(NEVER), authBytesValidator: refuseInvalidToken };
}

/** A broker answers a wrong token without an error, and with a reason. @see https://www.rfc-editor.org/rfc/rfc7628#section-3.2.2 */
function refuseInvalidToken(answer: Buffer, done: (error: Error | null, answer: Buffer) => void): void {
  const [, status] = /"status"\s*:\s*"([\w-]{1,40})"/.exec(answer.toString('utf8')) ?? [];
  const refused = status === undefined ? null : new Error(`the token is refused (${status})`);
  done(refused && Object.assign(refused, { code: 'PLT_KFK_AUTHENTICATION' }), answer);
}

/**
 * The servers, one by one.
 * @throws PROJECT_INVALID for anything but `host:port`; it may hold a password, so it is not shown
 */
export function bootstrapServers(settings: KafkaSettings): string[] {
  const { bootstrapServers: servers } = settings;
  const list = (typeof servers === 'string' ? [servers] : servers).flatMap((one) => listItems(one));
  const wrong = list.findIndex((server) => !isServer(server));
  if (list.length > 0 && wrong < 0) return list;
  const which = list.length > 1 ? `number ${wrong + 1} of kafka.bootstrapServers` : 'kafka.bootstrapServers';
  throw new SluiceError(
    'PROJECT_INVALID',
    list.length === 0 ? 'kafka.bootstrapServers is empty' : `${which} is not a host and a port`,
    { hint: 'Write host:9092, without a scheme and credentials; those are kafka.tls and kafka.sasl of the context.' },
  );
}

function isServer(server: string): boolean {
  const [, host, port = '9092'] = /^(\[[\da-f:.]+(?:%[\w.-]+)?\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(server) ?? [];
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

class KafkaAdmin implements KafkaPort {
  readonly #kafka: KafkaCaller;

  constructor(kafka: KafkaCaller) {
    this.#kafka = kafka;
  }

  async clusterId(): Promise<string> {
    return (await this.#kafka.read((admin) => admin.metadata({ topics: [] }))).id;
  }

  async describeGroups(ids: readonly string[]): Promise<Map<string, GroupSummary>> {
    const groups = await this.#describe(ids);
    return new Map(
      ids.map((id) => {
        const group = groups.get(id);
        return [id, summarize(id, group)];
      }),
    );
  }

  async lag(ids: readonly string[]): Promise<Map<string, GroupLag>> {
    if (ids.length === 0) return new Map();
    const [groups, listed, topics] = await Promise.all([
      this.#describe(ids),
      this.#kafka.read((admin) => admin.listConsumerGroupOffsets({ groups: [...ids] }), toGroups(ids)),
      this.#kafka.read((admin) => admin.listTopics({ includeInternals: true })),
    ]);
    const existing = new Set(topics);
    const committed = new Map<string, OffsetAt[]>();
    for (const group of listed) {
      const offsets = group.topics.flatMap((topic) =>
        topic.partitions.map((one) => ({
          topic: topic.name,
          partition: one.partitionIndex,
          offset: one.committedOffset,
        })),
      );
      committed.set(group.groupId, withAssigned(offsets, groups.get(group.groupId)));
    }
    const wanted = [...committed.values()].flat().filter((one) => existing.has(one.topic));
    const uncommitted = wanted.filter((one) => one.offset < 0n);
    const ends = await this.#offsets(wanted, LATEST);
    const earliest = await this.#offsets(uncommitted, EARLIEST);
    return new Map(ids.map((id) => [id, computeLag(id, committed.get(id) ?? [], ends, earliest)]));
  }

  async offsetsAt(
    partitions: readonly Pick<PartitionLag, 'topic' | 'partition'>[],
    timestamp: number,
    committed = false,
  ): Promise<number[]> {
    const offsets = await this.#offsets(partitions, BigInt(Math.trunc(timestamp)), committed);
    return partitions.map(({ topic, partition }) => Number(offsets.get(partitionKey(topic, partition)) ?? -1));
  }

  topics(): Promise<string[]> {
    return this.#kafka.read((admin) => admin.listTopics({ includeInternals: false }));
  }

  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const existing = new Set(await this.#kafka.read((admin) => admin.listTopics({ includeInternals: true })));
    const wanted = topics.filter((topic) => existing.has(topic));
    if (wanted.length === 0) return new Map();
    const metadata = await this.#kafka.read((admin) => admin.metadata({ topics: wanted, forceUpdate: true }));
    return new Map(wanted.map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 0]));
  }

  async close(): Promise<void> {
    await this.#kafka.close();
  }

  async #describe(ids: readonly string[]): Promise<Map<string, DescribedGroup>> {
    if (ids.length === 0) return new Map();
    const classic = await this.#kafka.read((admin) => admin.describeGroups({ groups: [...ids] }), toGroups(ids));
    const described = new Map([...classic].map(([id, group]) => [id, describedGroup(group)]));
    const dead = ids.filter((id) => (described.get(id)?.state ?? DEAD) === DEAD);
    if (dead.length === 0) return described;
    const others = await this.#kafka.read((admin) => describeConsumerGroups(admin, dead), toGroups(dead));
    return new Map([...described, ...others]);
  }

  async #offsets(
    partitions: readonly Pick<OffsetAt, 'topic' | 'partition'>[],
    timestamp: bigint,
    committed = false,
  ): Promise<Map<string, bigint>> {
    const byTopic = new Map<string, Set<number>>();
    for (const { topic, partition } of partitions) {
      byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(partition));
    }
    if (byTopic.size === 0) return new Map();
    const listed = await this.#kafka.read(
      (admin) =>
        admin.listOffsets({
          ...(committed ? { isolationLevel: 1 } : {}),
          topics: [...byTopic].map(([name, indexes]) => ({
            name,
            partitions: [...indexes].map((partitionIndex) => ({ partitionIndex, timestamp })),
          })),
        }),
      toTopics('Describe', ...byTopic.keys()),
    );
    return new Map(
      listed.flatMap((topic) =>
        topic.partitions.map((one) => [partitionKey(topic.name, one.partitionIndex), one.offset] as const),
      ),
    );
  }
}

function toGroups(names: readonly string[]): Access {
  return { operation: 'Describe', kind: 'group', names };
}

/** Also the state of a group that never existed. */
const DEAD = 'Dead';

function describedGroup({ state, members }: Group): DescribedGroup {
  return { state, members: [...members.values()].map(({ assignments }) => [...(assignments?.values() ?? [])]) };
}

function summarize(id: string, group: DescribedGroup | undefined): GroupSummary {
  const members = group?.members ?? [];
  const working = members.filter((member) => member.some(({ partitions }) => partitions.length > 0));
  return { id, state: group?.state ?? DEAD, members: members.length, working: working.length };
}

/** Partitions that a member reads but has committed nothing for yet lag too. */
function withAssigned(offsets: OffsetAt[], group: DescribedGroup | undefined): OffsetAt[] {
  const known = new Set(offsets.map((one) => partitionKey(one.topic, one.partition)));
  for (const member of group?.members ?? []) {
    for (const { topic, partitions } of member) {
      for (const partition of partitions) {
        if (!known.has(partitionKey(topic, partition))) offsets.push({ topic, partition, offset: -1n });
      }
    }
  }
  return offsets;
}
