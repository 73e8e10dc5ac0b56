import type {
  Admin,
  API,
  Callback,
  Connection,
  consumerGroupDescribeV0,
  FindCoordinatorResult,
} from '@platformatic/kafka';

/** A consumer group, whichever protocol it uses. */
export interface DescribedGroup {
  /** As Kafka reports it. */
  state: string;
  /** What each member reads. */
  members: readonly (readonly { topic: string; partitions: readonly number[] }[])[];
}

/**
 * The groups among `ids` that use the consumer protocol (`group.protocol=consumer`, Kafka 3.7). DescribeGroups, which knows
 * only the classic one, reports these as Dead without members.
 */
export async function describeConsumerGroups(
  admin: Admin,
  ids: readonly string[],
): Promise<Map<string, DescribedGroup>> {
  const { FindCoordinatorKeyTypes } = await import('@platformatic/kafka');
  const coordinators = await admin.findCoordinator({ keyType: FindCoordinatorKeyTypes.GROUP, keys: [...ids] });
  const answers = await Promise.all(
    [...Map.groupBy(coordinators, ({ nodeId }) => nodeId).values()].map((sameNode) => describeOn(admin, sameNode)),
  );
  return new Map(
    answers.flat().map(({ groupId, groupState, members }) => [
      groupId,
      {
        state: groupState,
        members: members.map(({ assignment }) =>
          assignment.topicPartitions.map(({ topicName, partitions }) => ({ topic: topicName, partitions })),
        ),
      },
    ]),
  );
}

type Response = consumerGroupDescribeV0.ConsumerGroupDescribeResponse;
type Describe = API<[groupIds: string[], authorizedOperations: boolean], Response>;

const GROUP_ID_NOT_FOUND = 69;

/** @param coordinators of several groups, all the same broker */
async function describeOn(admin: Admin, coordinators: readonly FindCoordinatorResult[]): Promise<Response['groups']> {
  const [broker] = coordinators;
  if (broker === undefined) return [];
  const kafka = await import('@platformatic/kafka');
  try {
    const groups = coordinators.map(({ key }) => key);
    const describe = await called<Describe>((done) => admin[kafka.kGetApi]('ConsumerGroupDescribe', done));
    const connection = await called<Connection>((done) => admin[kafka.kGetConnection](broker, done));
    return (await called<Response>((done) => describe(connection, groups, false, done))).groups;
  } catch (error) {
    // An older broker, where every group is classic.
    if (error instanceof kafka.UnsupportedApiError) return [];
    if (!(error instanceof kafka.ResponseError)) throw error;
    // A classic group, or none: the response still has the others.
    const { groups } = error['response'] as Response;
    if (groups.some(({ errorCode }) => errorCode !== 0 && errorCode !== GROUP_ID_NOT_FOUND)) throw error;
    return groups.filter(({ errorCode }) => errorCode === 0);
  }
}

/** The library's internal calls know only callbacks. */
export function called<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error === null ? resolve(result as T) : reject(error)));
  });
}
