import type { Admin, API, Connection, describeGroupsV5 } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import type { ConnectGroup, InspectionPort } from '../ports/inspection.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { openCaller } from './admin.ts';
import type { KafkaCaller } from './caller.ts';
import { called } from './consumer-protocol.ts';

export async function openInspection(settings: KafkaSettings, signal?: AbortSignal): Promise<InspectionPort> {
  return new KafkaInspection(await openCaller(settings, signal));
}

type Response = describeGroupsV5.DescribeGroupsResponse;
type Describe = API<[groups: string[], authorizedOperations: boolean], Response>;

/** Protocol type of the groups that Connect's workers form. */
const CONNECT = 'connect';

class KafkaInspection implements InspectionPort {
  readonly #kafka: KafkaCaller;

  constructor(kafka: KafkaCaller) {
    this.#kafka = kafka;
  }

  async connectGroups(): Promise<ConnectGroup[]> {
    const groups = await this.#kafka.read((admin) => admin.listGroups({}));
    const ids = [...groups.values()].flatMap(({ id, protocolType }) => (protocolType === CONNECT ? [id] : []));
    if (ids.length === 0) return [];
    const access = { operation: 'Describe', kind: 'group', names: ids } as const;
    const described = await this.#kafka.read((admin) => describeRaw(admin, ids), access);
    return described
      .map(({ groupId, groupState, members }) => ({
        id: groupId,
        state: groupState,
        members: members.map(({ memberMetadata }) => ({ url: urlOfMember(memberMetadata) })),
        leader: members.map(({ memberAssignment }) => leaderUrl(memberAssignment)).find((url) => url !== null) ?? null,
      }))
      .sort((a, b) => compareTexts(a.id, b.id));
  }

  async topicSizes(partitions: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    if (partitions.size === 0) return new Map();
    const topics = [...partitions].map(([name, count]) => ({ name, partitions: [...Array(count).keys()] }));
    const access = { operation: 'Describe', kind: 'cluster', names: [] } as const;
    const brokers = await this.#kafka.read((admin) => admin.describeLogDirs({ topics }), access);
    const largest = new Map<string, bigint[]>();
    for (const { name, partitions: replicas } of brokers.flatMap(({ results }) =>
      results.flatMap((one) => one.topics),
    )) {
      const sizes = largest.get(name) ?? [];
      largest.set(name, sizes);
      for (const { partitionIndex, partitionSize, isFutureKey } of replicas) {
        const before = sizes[partitionIndex] ?? 0n;
        // A replica that is being moved to another disk is there twice.
        if (!isFutureKey && partitionSize >= before) sizes[partitionIndex] = partitionSize;
      }
    }
    return new Map([...largest].map(([name, sizes]) => [name, sizes.reduce((sum, one) => sum + Number(one ?? 0n), 0)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka.close();
  }
}

/** The library's own call takes every member for a consumer. */
async function describeRaw(admin: Admin, ids: readonly string[]): Promise<Response['groups']> {
  const kafka = await import('@platformatic/kafka');
  const coordinators = await admin.findCoordinator({ keyType: kafka.FindCoordinatorKeyTypes.GROUP, keys: [...ids] });
  const describe = await called<Describe>((done) => admin[kafka.kGetApi]('DescribeGroups', done));
  const answers = await Promise.all(
    [...Map.groupBy(coordinators, ({ nodeId }) => nodeId).values()].map(async (sameNode) => {
      const [broker] = sameNode;
      if (broker === undefined) return [];
      const connection = await called<Connection>((done) => admin[kafka.kGetConnection](broker, done));
      const keys = sameNode.map(({ key }) => key);
      return (await called<Response>((done) => describe(connection, keys, false, done))).groups;
    }),
  );
  return answers.flat();
}

/**
 * The URL in a worker's metadata: a version, the URL, and what follows by version.
 * @see org.apache.kafka.connect.runtime.distributed.ConnectProtocol
 */
export function urlOfMember(metadata: Buffer): string | null {
  return textAt(metadata, 2)?.text ?? null;
}

/** The leader's URL in an assignment: a version, an error, the leader's member id, and its URL. */
export function leaderUrl(assignment: Buffer): string | null {
  const member = textAt(assignment, 4);
  return member === undefined ? null : (textAt(assignment, member.end)?.text ?? null);
}

/** A text and its length before it. */
function textAt(bytes: Buffer, at: number): { text: string; end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const length = bytes.readInt16BE(at);
  const end = at + 2 + length;
  return length < 0 || end > bytes.length ? undefined : { text: bytes.toString('utf8', at + 2, end), end };
}
