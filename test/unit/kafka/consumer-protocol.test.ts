import { type Admin, kGetApi, kGetConnection, ResponseError, UnsupportedApiError } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { describeConsumerGroups } from '../../../src/kafka/consumer-protocol.ts';

type Done = (error: Error | null, result?: unknown) => void;

const MEMBER = { assignment: { topicPartitions: [{ topicName: 'orders', partitions: [0, 1] }] } };
const IDLE = { assignment: { topicPartitions: [] } };
const found = (groupId: string) => ({ errorCode: 0, groupId, groupState: 'Stable', members: [MEMBER, IDLE] });
const refused = (groupId: string, errorCode: number) => ({ errorCode, groupId, groupState: '', members: [] });

/** An admin of two brokers: a group's number is its coordinator's. */
function admin(groups: readonly { errorCode: number; groupId: string }[], unsupported?: Error): Admin {
  const describe = (node: number, asked: readonly string[], _operations: boolean, done: Done) => {
    const own = groups.filter(({ groupId }) => asked.includes(groupId) && groupId.endsWith(`${node}`));
    const errors = own.flatMap(({ errorCode }, index) =>
      errorCode === 0 ? [] : [[`/groups/${index}`, [errorCode, null]] as const],
    );
    if (errors.length === 0) return done(null, { groups: own });
    done(new ResponseError(69, 0, Object.fromEntries(errors) as never, { groups: own }));
  };
  return {
    findCoordinator: async ({ keys }: { keys: string[] }) =>
      keys.map((key) => ({ key, nodeId: Number(key.at(-1)), host: 'h', port: Number(key.at(-1)) })),
    [kGetApi]: (_name: string, done: Done) => (unsupported ? done(unsupported) : done(null, describe)),
    [kGetConnection]: ({ port }: { port: number }, done: Done) => done(null, port),
  } as unknown as Admin;
}

it('describes the groups of the consumer protocol, of several coordinators, and leaves out the others', async () => {
  const kafka = admin([found('a1'), refused('classic1', 69), found('b2')]);
  const described = await describeConsumerGroups(kafka, ['a1', 'classic1', 'b2']);
  const members = [[{ topic: 'orders', partitions: [0, 1] }], []];
  expect(Object.fromEntries(described)).toEqual({
    a1: { state: 'Stable', members },
    b2: { state: 'Stable', members },
  });
});

it('knows none on a broker that is too old for them', async () => {
  const kafka = admin([], new UnsupportedApiError('Unsupported API ConsumerGroupDescribe.'));
  expect(await describeConsumerGroups(kafka, ['a1'])).toEqual(new Map());
});

it('does not take a refusal for a missing group', async () => {
  const kafka = admin([found('a1'), refused('secret1', 30)]);
  await expect(describeConsumerGroups(kafka, ['a1', 'secret1'])).rejects.toBeInstanceOf(ResponseError);
});
