import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { systemClock } from '../../src/ports/clock.ts';
import { FakeConnect } from './fake-connect.ts';
import { sandbox } from './sandbox.ts';

const client = { clientId: 'offsets-tests', bootstrapBrokers: [sandbox.bootstrapServers] };

async function withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(client);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/** A new topic with records at given times (ms since 1970), by partition. */
export async function createTopic(topic: string, times: readonly (readonly number[])[]): Promise<void> {
  await withAdmin(async (admin) => {
    const existing = await admin.listTopics({ includeInternals: false });
    if (existing.includes(topic)) await admin.deleteTopics({ topics: [topic] });
    await admin.createTopics({ topics: [topic], partitions: times.length, replicas: 1 });
  });
  // On a busy machine, a batch that is sent again would be there twice.
  const producer = new Producer({ ...client, serializers: stringSerializers, idempotent: true });
  try {
    const messages = times.flatMap((list, partition) =>
      list.map((time, at) => ({
        topic,
        partition,
        timestamp: BigInt(time),
        key: `${at}`,
        value: `${partition}:${at}`,
      })),
    );
    await producer.send({ messages });
  } finally {
    await producer.close();
  }
}

/** Removes the records of a partition before an offset, as retention does. */
export async function deleteRecords(topic: string, partition: number, offset: number): Promise<void> {
  await withAdmin((admin) =>
    admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }] }),
  );
}

export async function deleteTopics(topics: string[]): Promise<void> {
  await withAdmin(async (admin) => {
    const existing = await admin.listTopics({ includeInternals: false });
    const there = topics.filter((topic) => existing.includes(topic));
    if (there.length > 0) await admin.deleteTopics({ topics: there });
  });
}

/** A program of somebody else's in a consumer group, until it is closed. */
export async function joinGroup(groupId: string, topic: string): Promise<() => Promise<void>> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const consumer = new Consumer({ ...client, groupId, deserializers: stringDeserializers });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'latest', autocommit: false });
      return async () => {
        await stream.close();
        await consumer.close(true);
      };
    } catch (error) {
      // A sink's task that has just failed is in the group for a moment longer, with another protocol.
      await consumer.close(true);
      if (Date.now() > deadline) throw error;
      await systemClock.sleep(200);
    }
  }
}

/** Stands before the sandbox's worker, and keeps the first call that `holds` chooses for ever; `held` says when it has come. */
export async function holdingProxy(
  holds: (method: string, path: string) => boolean,
): Promise<{ url: string; held: Promise<void>; stop(): Promise<void> }> {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const proxy = await FakeConnect.start(async ({ method, path, body }) => {
    if (holds(method, path)) {
      resolve();
      return { hang: true };
    }
    const answer = await fetch(`${sandbox.connectUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      text: await answer.text(),
      contentType: answer.headers.get('content-type') ?? 'text/plain',
    };
  });
  return { url: proxy.url, held, stop: () => proxy.stop() };
}
