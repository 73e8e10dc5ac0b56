import type { Consumer, GroupPartitionsAssigner } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLeader, GroupPartition } from '../ports/group-member.ts';
import { bootstrapServers, clientOptions } from './admin.ts';
import { askKafka, closeKafka } from './ask.ts';

/** After this the broker counts a member out that has died, and gives its partitions to others. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const REBALANCE_MS = 60_000;

/** What consumers of Kafka Connect offer by default begins with this one, too. */
const PROTOCOL = { name: 'range', version: 1 };

export async function leadGroup(
  settings: KafkaSettings,
  clock: Clock,
  group: string,
  topics: readonly string[],
  given: readonly GroupPartition[],
): Promise<GroupLeader> {
  const { Consumer } = await import('@platformatic/kafka');
  const consumer = new Consumer({ ...clientOptions(settings), groupId: group });
  const leader = new Leader(consumer, given, clock);
  try {
    for (const topic of topics) consumer.topics.track(topic);
    await askKafka(() => leader.join(), bootstrapServers(settings));
  } catch (error) {
    await leader[Symbol.asyncDispose]();
    throw error;
  }
  return leader;
}

/**
 * The first member of a group leads it, and stays the leader for as long as it is a member: it alone computes what each
 * member reads. A partition that it gives to nobody is read by nobody.
 */
class Leader implements GroupLeader {
  readonly #consumer: Consumer<Buffer, Buffer, Buffer, Buffer>;
  readonly #given: readonly GroupPartition[];
  readonly #clock: Clock;
  #memberId: string | null = null;
  #others = 0;
  #doubt: string | undefined;

  constructor(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>, given: readonly GroupPartition[], clock: Clock) {
    this.#consumer = consumer;
    this.#given = given;
    this.#clock = clock;
    consumer.on('consumer:group:join', ({ memberId, isLeader }) => {
      this.#memberId ??= memberId;
      if (memberId !== this.#memberId) this.#doubt ??= 'it was counted out in between';
      if (isLeader !== true) this.#doubt ??= 'another member leads the group';
    });
    consumer.on('error', (error: Error) => {
      this.#doubt ??= error.message;
    });
  }

  async join(): Promise<void> {
    await this.#consumer.joinGroup({
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      protocols: [PROTOCOL],
      partitionAssigner: this.#assign,
    });
  }

  get isGiven(): boolean {
    return this.#others > 0;
  }

  get doubt(): string | undefined {
    const beat = this.#consumer.lastHeartbeat;
    const isLate = beat !== null && this.#clock.now().getTime() - beat.getTime() >= SESSION_MS;
    return this.#doubt ?? (isLate ? 'the broker has not heard from it for too long' : undefined);
  }

  readonly #assign: GroupPartitionsAssigner = (self, members) => {
    const [first, ...others] = [...members.keys()].filter((id) => id !== self).sort();
    if (others.length > 0) this.#doubt ??= `${others.length + 1} other consumers are in the group`;
    this.#others = first === undefined ? 0 : 1 + others.length;
    const byTopic = Map.groupBy(this.#given, ({ topic }) => topic);
    const given = [...byTopic].map(
      ([topic, those]) => [topic, { topic, partitions: those.map(({ partition }) => partition) }] as const,
    );
    return [...members.keys()].map((memberId) => ({
      memberId,
      assignments: new Map(memberId === first ? given : []),
    }));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await closeKafka({ close: async () => this.#consumer.leaveGroup(true) });
    await closeKafka({ close: () => this.#consumer.close(true) });
  }
}
