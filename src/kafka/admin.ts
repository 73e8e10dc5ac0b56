import type { Admin, Group } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import { readText } from '../config/read-file.ts';
import { SluiceError } from '../errors/error.ts';
import { redactText } from '../text/redact.ts';
import { computeLag, type GroupLag, type GroupSummary, type KafkaPort, type OffsetAt, partitionKey } from './groups.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const LATEST = -1n;
const EARLIEST = -2n;

export async function createKafka(settings: KafkaSettings): Promise<KafkaPort> {
  return new KafkaAdmin(await createAdmin(settings), bootstrapServers(settings));
}

/** Kafka through @platformatic/kafka; the module is loaded here, since it takes longer to load than most commands run. */
export async function createAdmin(settings: KafkaSettings): Promise<Admin> {
  const { Admin } = await import('@platformatic/kafka');
  return new Admin(clientOptions(settings));
}

/** What every client of the library is made with. @throws FILE_UNREADABLE for the PEM files */
export function clientOptions(settings: KafkaSettings) {
  return {
    clientId: 'sluice',
    bootstrapBrokers: bootstrapServers(settings),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: 2,
    retryDelay: 250,
    ...(settings.tls === undefined || settings.tls === false ? {} : { tls: tlsOptions(settings.tls) }),
    ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
  };
}

export function bootstrapServers(settings: KafkaSettings): string[] {
  const { bootstrapServers: servers } = settings;
  const list = typeof servers === 'string' ? servers.split(',') : servers;
  return list.map((server) => server.trim()).filter((server) => server !== '');
}

class KafkaAdmin implements KafkaPort {
  readonly #admin: Admin;
  readonly #servers: readonly string[];

  constructor(admin: Admin, servers: readonly string[]) {
    this.#admin = admin;
    this.#servers = servers;
  }

  async describeGroups(ids: readonly string[]): Promise<Map<string, GroupSummary>> {
    const groups = ids.length === 0 ? new Map<string, Group>() : await this.#describe(ids);
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
      this.#ask(() => this.#admin.listConsumerGroupOffsets({ groups: [...ids] })),
      this.#ask(() => this.#admin.listTopics({ includeInternals: true })),
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

  topics(): Promise<string[]> {
    return this.#ask(() => this.#admin.listTopics({ includeInternals: false }));
  }

  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const existing = new Set(await this.#ask(() => this.#admin.listTopics({ includeInternals: true })));
    const wanted = topics.filter((topic) => existing.has(topic));
    if (wanted.length === 0) return new Map();
    const metadata = await this.#ask(() => this.#admin.metadata({ topics: wanted, forceUpdate: true }));
    return new Map(wanted.map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 0]));
  }

  async close(): Promise<void> {
    // A client that never got a connection has nothing to close; that must not hide why.
    await this.#admin.close().catch(() => {});
  }

  #describe(ids: readonly string[]): Promise<Map<string, Group>> {
    return this.#ask(() => this.#admin.describeGroups({ groups: [...ids] }));
  }

  async #offsets(partitions: readonly OffsetAt[], timestamp: bigint): Promise<Map<string, bigint>> {
    const byTopic = new Map<string, Set<number>>();
    for (const { topic, partition } of partitions) {
      byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(partition));
    }
    if (byTopic.size === 0) return new Map();
    const listed = await this.#ask(() =>
      this.#admin.listOffsets({
        topics: [...byTopic].map(([name, indexes]) => ({
          name,
          partitions: [...indexes].map((partitionIndex) => ({ partitionIndex, timestamp })),
        })),
      }),
    );
    return new Map(
      listed.flatMap((topic) =>
        topic.partitions.map((one) => [partitionKey(topic.name, one.partitionIndex), one.offset] as const),
      ),
    );
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translateKafka(error, this.#servers);
    }
  }
}

function summarize(id: string, group: Group | undefined): GroupSummary {
  const members = [...(group?.members.values() ?? [])];
  const working = members.filter((member) =>
    [...(member.assignments?.values() ?? [])].some(({ partitions }) => partitions.length > 0),
  );
  return { id, state: group?.state ?? 'Dead', members: members.length, working: working.length };
}

/** Partitions that a member reads but has committed nothing for yet lag too. */
function withAssigned(offsets: OffsetAt[], group: Group | undefined): OffsetAt[] {
  const known = new Set(offsets.map((one) => partitionKey(one.topic, one.partition)));
  for (const member of group?.members.values() ?? []) {
    for (const { topic, partitions } of member.assignments?.values() ?? []) {
      for (const partition of partitions) {
        if (!known.has(partitionKey(topic, partition))) offsets.push({ topic, partition, offset: -1n });
      }
    }
  }
  return offsets;
}

/** @param error what @platformatic/kafka threw: often several failures of several attempts, one inside the other */
export function translateKafka(error: unknown, servers: readonly string[]): SluiceError {
  const errors = flatten(error);
  const where = servers.join(', ');
  const codes = new Set(errors.map((one) => (one as { code?: string }).code));
  const apiId = (wanted: string) => errors.some((one) => (one as { apiId?: string }).apiId === wanted);
  const said = redactText(errors.at(-1)?.message ?? String(error));
  if (codes.has('PLT_KFK_AUTHENTICATION') || apiId('SASL_AUTHENTICATION_FAILED')) {
    return new SluiceError('KAFKA_UNREACHABLE', `Kafka at ${where} does not accept the credentials: ${said}`, {
      hint: 'Check kafka.sasl of the context.',
      cause: error,
      retryable: false,
    });
  }
  if (codes.has('PLT_KFK_NETWORK') || codes.has('PLT_KFK_TIMEOUT')) {
    return new SluiceError('KAFKA_UNREACHABLE', `Kafka at ${where} is not reachable: ${said}`, {
      hint: 'Check kafka.bootstrapServers of the context, and that its advertised listeners are reachable from here.',
      cause: error,
    });
  }
  const words = brokersWords(errors).map(redactText);
  return new SluiceError('KAFKA_REJECTED', `Kafka at ${where} refused: ${words.length > 0 ? words.join('; ') : said}`, {
    ...(errors.some((one) => /AUTHORIZATION_FAILED/.test(String((one as { apiId?: string }).apiId)))
      ? { hint: 'The user lacks a right on consumer groups or topics: look at its ACLs.' }
      : {}),
    cause: error,
  });
}

/** What the broker itself said of each topic or resource; the library keeps it in the answer and says its own instead. */
function brokersWords(errors: readonly Error[]): string[] {
  const words = errors.flatMap((error) => {
    const { response } = error as { response?: Record<string, unknown> };
    return [response?.['topics'], response?.['responses'], response?.['results']]
      .flatMap((list) => (Array.isArray(list) ? (list as { errorMessage?: string | null }[]) : []))
      .flatMap(({ errorMessage }) => (errorMessage ? [errorMessage] : []));
  });
  return [...new Set(words)];
}

function flatten(error: unknown): Error[] {
  if (error instanceof AggregateError) return [error, ...error.errors.flatMap(flatten)];
  if (!(error instanceof Error)) return [];
  return error.cause === undefined ? [error] : [error, ...flatten(error.cause)];
}

function tlsOptions(tls: Exclude<KafkaSettings['tls'], undefined | false>): Record<string, string> {
  if (tls === true) return {};
  return Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((key) => {
      const file = tls[key];
      return file === undefined ? [] : [[key, pem(file, key)]];
    }),
  );
}

function pem(file: string, key: string): string {
  try {
    return readText(file);
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the file of kafka.tls.${key}: ${(error as Error).message}`, {
      hint: `Check kafka.tls.${key} of the context.`,
      cause: error,
    });
  }
}
