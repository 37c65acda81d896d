import type { Reader, Writer } from '@platformatic/kafka'
import type { ClusterApi } from '../connection/cluster-api.ts'
import type { Kafka } from '../load-kafka.ts'

/** One batch of one partition, as bytes of Kafka's format with their CRC. */
export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
}

/** What became of one partition's batch. */
export interface ProducedPartition {
  readonly topic: string
  readonly partition: number
  /** Kafka's number; 0: it is appended. */
  readonly errorNumber: number
  readonly errorMessage: string | null
  /** -1: unknown. */
  readonly baseOffset: number
  /** -1: the records keep their own timestamps. */
  readonly logAppendTimeMs: number
}

export interface ProduceResponse {
  readonly partitions: readonly ProducedPartition[]
  readonly throttleTimeMs: number
}

/** The arguments of a request: at most one batch of each partition. */
export type ProduceArgs = [acks: number, timeoutMs: number, batches: readonly ProducedBatch[]]

const PRODUCE = 0
/** From 12 on it means something else within a transaction; 13 has topics by their ids. */
const NEWEST = 11
/** The first that takes batches of format v2. */
const OLDEST = 3
const FIRST_FLEXIBLE = 9
const FIRST_WITH_RECORD_ERRORS = 8
const FIRST_WITH_LOG_START = 5

/**
 * Kafka's Produce request, which the package has only for records that it encodes itself: here batches go as they are.
 *
 * Source: Apache Kafka, `ProduceRequest.json`, `ProduceResponse.json`.
 */
export function produceApis(kafka: Kafka): ReadonlyArray<ClusterApi<ProduceArgs, ProduceResponse>> {
  const apis: Array<ClusterApi<ProduceArgs, ProduceResponse>> = []
  for (let version = NEWEST; version >= OLDEST; version--) apis.push(produceApi(kafka, version))
  return apis
}

function produceApi(kafka: Kafka, version: number): ClusterApi<ProduceArgs, ProduceResponse> {
  const isFlexible = version >= FIRST_FLEXIBLE
  return kafka.createAPI<ProduceArgs, ProduceResponse>(
    PRODUCE,
    version,
    (...args: ProduceArgs) => writeRequest(kafka.Writer.create(), args, isFlexible),
    (_correlationId, _apiKey, _apiVersion, reader) => readResponse(reader, version),
    isFlexible,
    isFlexible,
  )
}

function writeRequest(
  writer: Writer,
  [acks, timeoutMs, batches]: ProduceArgs,
  isFlexible: boolean,
): Writer {
  writer
    .appendString(null, isFlexible) // no transaction
    .appendInt16(acks)
    .appendInt32(timeoutMs)
    .appendArray(
      byTopic(batches),
      (_, [topic, ofTopic]) => {
        writer.appendString(topic, isFlexible).appendArray(
          ofTopic,
          (__, { partition, bytes }) => {
            writer.appendInt32(partition).appendBytes(bytes, isFlexible)
          },
          isFlexible,
          isFlexible,
        )
      },
      isFlexible,
      isFlexible,
    )
  if (isFlexible) writer.appendTaggedFields()
  // Nothing is answered then.
  if (acks === 0) writer.context['noResponse'] = true
  return writer
}

function byTopic(batches: readonly ProducedBatch[]): Array<[string, ProducedBatch[]]> {
  const topics = new Map<string, ProducedBatch[]>()
  for (const batch of batches) {
    const ofTopic = topics.get(batch.topic)
    if (ofTopic === undefined) topics.set(batch.topic, [batch])
    else ofTopic.push(batch)
  }
  return [...topics]
}

function readResponse(reader: Reader, version: number): ProduceResponse {
  const isFlexible = version >= FIRST_FLEXIBLE
  const partitions: ProducedPartition[] = []
  reader.readArray(
    () => {
      const topic = reader.readString(isFlexible)
      reader.readArray(
        () => {
          const partition = reader.readInt32()
          const errorNumber = reader.readInt16()
          const baseOffset = Number(reader.readInt64())
          const logAppendTimeMs = Number(reader.readInt64())
          if (version >= FIRST_WITH_LOG_START) reader.readInt64()
          const errorMessage =
            version >= FIRST_WITH_RECORD_ERRORS ? readErrorMessage(reader, isFlexible) : null
          const outcome = { errorNumber, errorMessage, baseOffset, logAppendTimeMs }
          partitions.push({ topic, partition, ...outcome })
        },
        isFlexible,
        isFlexible,
      )
    },
    isFlexible,
    isFlexible,
  )
  return { partitions, throttleTimeMs: reader.readInt32() }
}

/** That of the batch, else of its first record that is at fault. */
function readErrorMessage(reader: Reader, isFlexible: boolean): string | null {
  let ofRecord: string | null = null
  reader.readArray(
    () => {
      reader.readInt32()
      const message = reader.readNullableString(isFlexible)
      ofRecord ??= message
    },
    isFlexible,
    isFlexible,
  )
  return reader.readNullableString(isFlexible) ?? ofRecord
}
