import type { Admin, API, Broker, Connection, Reader } from '@platformatic/kafka';
import type { Decompress } from './batches.ts';
import type { FetchedPartition } from './committed.ts';
import { called } from './consumer-protocol.ts';
import { sentOver } from './sent-over.ts';

/** Kafka's numbers, from its protocol. */
export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;
const LEADER_EPOCH = 5;
const ERROR_OF_RESPONSE = 7;
const PREFERRED_REPLICA = 11;
/** The version from which on lengths are compact, and parts have tags. */
const FLEXIBLE = 12;
/** Names of topics became ids. */
const WITH_IDS = 13;

const MAX_WAIT_MS = 500;

interface RequestedPartition {
  partition: number;
  currentLeaderEpoch: number;
  fetchOffset: bigint;
  lastFetchedEpoch: number;
  partitionMaxBytes: number;
}

type Fetch = API<
  [
    maxWaitMs: number,
    minBytes: number,
    maxBytes: number,
    isolationLevel: number,
    sessionId: number,
    sessionEpoch: number,
    topics: { topicId: string; partitions: RequestedPartition[] }[],
    forgotten: never[],
    rackId: string,
  ],
  FetchedPartitions
>;

export type FetchedPartitions = (FetchedPartition & { errorCode: number })[];

/** Committed and aborted records of partitions of one topic, from their leader. @param maxBytes a larger record comes alone */
export async function fetchPartitions(
  admin: Admin,
  broker: Broker,
  { name, id }: { name: string; id: string },
  ranges: readonly { partition: number; from: number; uncommitted?: boolean }[],
  maxBytes: number,
): Promise<FetchedPartitions> {
  const kafka = await import('@platformatic/kafka');
  const fetch = await called<Fetch>((done) => admin[kafka.kGetApi]('Fetch', done));
  const connection = await called<Connection>((done) => admin[kafka.kGetConnection](broker, done));
  const partitions = ranges.map(({ partition, from }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(from),
    lastFetchedEpoch: -1,
    partitionMaxBytes: maxBytes,
  }));
  const topics = [{ topicId: fetch.version >= WITH_IDS ? id : name, partitions }];
  // Without a list of the aborted transactions, none of their records is left out.
  const isolation = ranges.some(({ uncommitted }) => uncommitted) ? READ_UNCOMMITTED : READ_COMMITTED;
  const own = sentOver(connection, { read: readResponse });
  const fetched = await called<FetchedPartitions | number>((done) =>
    fetch(own, MAX_WAIT_MS, 1, maxBytes, isolation, 0, -1, topics, [], '', done as never),
  );
  if (typeof fetched === 'number') throw new kafka.ProtocolError(fetched);
  return fetched;
}

/** The library's own reader makes an object of each number and each record. Returns the error if there is no more. */
export function readResponse(
  _correlationId: number,
  _apiKey: number,
  version: number,
  reader: Reader,
): FetchedPartitions | number {
  const isFlexible = version >= FLEXIBLE;
  reader.skip(4);
  if (version >= ERROR_OF_RESPONSE) {
    const errorCode = reader.readInt16();
    if (errorCode !== 0) return errorCode;
    reader.skip(4);
  }
  const partitionOf = () => {
    const partitionIndex = reader.readInt32();
    const errorCode = reader.readInt16();
    // The ends of the partition, and with later versions its start.
    reader.skip(version >= LEADER_EPOCH ? 24 : 16);
    const abortedTransactions = reader.readNullableArray(
      () => ({ producerId: reader.readInt64(), firstOffset: reader.readInt64() }),
      isFlexible,
      isFlexible,
    );
    if (version >= PREFERRED_REPLICA) reader.skip(4);
    return { partitionIndex, errorCode, abortedTransactions, records: reader.readNullableBytes(isFlexible) };
  };
  const topics = reader.readArray(
    () => {
      if (version >= WITH_IDS) reader.readUUID();
      else reader.readString(isFlexible);
      return reader.readArray(partitionOf, isFlexible, isFlexible);
    },
    isFlexible,
    isFlexible,
  );
  return topics.flat();
}

/** With the library's algorithms. */
export async function decompressor(): Promise<Decompress> {
  const { compressionsAlgorithmsByBitmask: algorithms, UnsupportedCompressionError } = await import(
    '@platformatic/kafka'
  );
  return (number, bytes) => {
    const algorithm = algorithms[number];
    if (algorithm === undefined) throw new UnsupportedCompressionError(`unknown compression ${number}`);
    return algorithm.decompressSync(bytes);
  };
}
