import type { Reader, Writer } from '@platformatic/kafka'
import type { ClusterApi } from '../connection/cluster-api.ts'
import type { Kafka } from '../load-kafka.ts'
import type { FetchQuestion } from './fetch-question.ts'
import type { SessionAnswer, SessionRequest } from './fetch-session.ts'

/** A question as it leaves: of its partitions, those that the session's broker does not know of. */
export type FetchRequest = Omit<FetchQuestion, 'topics'> & SessionRequest

export interface FetchResponse extends SessionAnswer {
  readonly throttleTimeMs: number
  readonly partitions: readonly FetchedPartition[]
}

/** What a leader answers of one partition. */
export interface FetchedPartition {
  /** Its id, or, where the broker does not know ids yet, its name. */
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** Where the log of the epoch that was fetched last ends now; -1: what was read is in it still. */
  readonly divergingOffset: number
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** Batches as they lie in the log, in the pieces in which they came; the last is perhaps cut off. */
  readonly records: readonly Uint8Array[]
}

/** From `firstOffset` on what the producer wrote in this transaction is void. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** Topics go by id from this version on. */
const FIRST_WITH_TOPIC_IDS = 13
const FIRST_FLEXIBLE = 12
const NEWEST = 17
const OLDEST = 4

/**
 * Kafka's `Fetch`, the newest version first, with a reader of our own: the library's makes an object of every
 * record, and believes every checksum. Ours decodes no batch, and copies none.
 *
 * Source: Apache Kafka, `common/message/FetchRequest.json`, `FetchResponse.json`.
 */
export function fetchApis(kafka: Kafka): ReadonlyArray<ClusterApi<[FetchRequest], FetchResponse>> {
  const versions = Array.from({ length: NEWEST - OLDEST + 1 }, (_, i) => NEWEST - i)
  return versions.map((version) => {
    const isFlexible = version >= FIRST_FLEXIBLE
    return kafka.createAPI<[FetchRequest], FetchResponse>(
      FETCH_KEY,
      version,
      (request: FetchRequest) => writeRequest(kafka.Writer.create(), version, request),
      (_correlationId, _key, _version, reader) => readResponse(reader, version),
      isFlexible,
      isFlexible,
    )
  })
}

/** Whether this version names topics by their ids. */
function namesTopicsById(version: number): boolean {
  return version >= FIRST_WITH_TOPIC_IDS
}

const FETCH_KEY = 1
const CONSUMER = -1
const NO_LOG_START = -1n

function writeRequest(writer: Writer, version: number, request: FetchRequest): Writer {
  const isFlexible = version >= FIRST_FLEXIBLE
  if (version < 15) writer.appendInt32(CONSUMER)
  writer.appendInt32(request.maxWaitMs).appendInt32(request.minBytes).appendInt32(request.maxBytes)
  writer.appendInt8(request.isolationLevel)
  if (version >= 7) {
    writer.appendInt32(request.sessionId).appendInt32(request.sessionEpoch)
  }
  writer.appendArray(
    [...request.topics],
    (w, { topic, topicId, partitions }) => {
      if (namesTopicsById(version)) w.appendUUID(topicId)
      else w.appendString(topic, isFlexible)
      w.appendArray(
        [...partitions],
        (p, { partition, leaderEpoch, offset, lastFetchedEpoch, maxBytes }) => {
          p.appendInt32(partition)
          if (version >= 9) p.appendInt32(leaderEpoch)
          p.appendInt64(BigInt(offset))
          if (version >= 12) p.appendInt32(lastFetchedEpoch)
          if (version >= 5) p.appendInt64(NO_LOG_START)
          p.appendInt32(maxBytes)
        },
        isFlexible,
        isFlexible,
      )
    },
    isFlexible,
    isFlexible,
  )
  if (version >= 7) {
    writer.appendArray(
      [...request.forgotten],
      (w, { topic, topicId, partitions }) => {
        if (namesTopicsById(version)) w.appendUUID(topicId)
        else w.appendString(topic, isFlexible)
        w.appendArray(
          [...partitions],
          (p, partition) => p.appendInt32(partition),
          isFlexible,
          false,
        )
      },
      isFlexible,
      isFlexible,
    )
  }
  if (version >= 11) writer.appendString('', isFlexible)
  return isFlexible ? writer.appendTaggedFields() : writer
}

function readResponse(reader: Reader, version: number): FetchResponse {
  const isFlexible = version >= FIRST_FLEXIBLE
  const throttleTimeMs = reader.readInt32()
  const errorCode = version >= 7 ? reader.readInt16() : 0
  const sessionId = version >= 7 ? reader.readInt32() : 0
  const partitions: FetchedPartition[] = []
  reader.readArray(
    (r) => {
      const topic = namesTopicsById(version) ? r.readUUID() : r.readString(isFlexible)
      r.readArray(
        (p) => {
          partitions.push(readPartition(p, version, topic))
        },
        isFlexible,
        false,
      )
    },
    isFlexible,
    isFlexible,
  )
  return { throttleTimeMs, errorCode, sessionId, partitions }
}

function readPartition(reader: Reader, version: number, topic: string): FetchedPartition {
  const isFlexible = version >= FIRST_FLEXIBLE
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = Number(reader.readInt64())
  const lastStableOffset = Number(reader.readInt64())
  const logStartOffset = version >= 5 ? Number(reader.readInt64()) : -1
  const abortedTransactions =
    reader.readNullableArray(
      (r) => ({ producerId: r.readInt64(), firstOffset: Number(r.readInt64()) }),
      isFlexible,
      isFlexible,
    ) ?? []
  if (version >= 11) reader.skip(4) // the replica that is nearer: none is asked for
  const recordsBytes = isFlexible ? reader.readUnsignedVarInt() - 1 : reader.readInt32()
  const { position } = reader
  const records =
    recordsBytes > 0 ? reader.buffer.subarray(position, position + recordsBytes).buffers : []
  reader.skip(Math.max(recordsBytes, 0))
  const divergingOffset = isFlexible ? readDivergingOffset(reader) : -1
  return {
    topic,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingOffset,
    abortedTransactions,
    records,
  }
}

/** Of a partition's tagged fields it is the first; the others repeat what metadata says. */
function readDivergingOffset(reader: Reader): number {
  let divergingOffset = -1
  for (let left = reader.readUnsignedVarInt(); left > 0; left--) {
    const tag = reader.readUnsignedVarInt()
    const end = reader.readUnsignedVarInt() + reader.position
    if (tag === DIVERGING_EPOCH_TAG) {
      reader.skip(4)
      divergingOffset = Number(reader.readInt64())
    }
    reader.skip(end - reader.position)
  }
  return divergingOffset
}

const DIVERGING_EPOCH_TAG = 0
