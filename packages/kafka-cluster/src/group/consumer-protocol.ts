import type { TopicPartition } from '@ringlog/core/internal'

/** What a member tells its group's leader of itself, by the classic protocol. */
export interface MemberSubscription {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** The generation in which it got `owned`; -1: it owns nothing, or is of an old client. */
  readonly generation: number
}

/**
 * The bytes that members of a group pass to each other through a coordinator that does not look at them:
 *
 * ```text
 *  subscription  version int16, topics [string], userData bytes (-1: null), from version 1 owned [topic string,
 *                partitions [int32]], from 2 generation int32
 *  assignment    version int16, partitions [topic string, partitions [int32]], userData bytes (-1: null)
 *                lengths: of strings int16, of arrays and bytes int32
 * ```
 *
 * A newer version has more at its end, which an older reader leaves out.
 *
 * Source: Apache Kafka, `common/message/ConsumerProtocolSubscription.json`, `ConsumerProtocolAssignment.json`.
 */
const SUBSCRIPTION_VERSION = 2
const ASSIGNMENT_VERSION = 1
const NULL_BYTES = -1

export function encodeSubscription({ topics, owned, generation }: MemberSubscription): Buffer {
  const bytes = new ProtocolWriter()
  bytes.int16(SUBSCRIPTION_VERSION)
  bytes.int32(topics.length)
  for (const topic of topics) bytes.text(topic)
  bytes.int32(NULL_BYTES)
  bytes.partitions(owned)
  bytes.int32(generation)
  return bytes.toBuffer()
}

/** @throws RangeError for bytes that end too early: a member of another kind has sent them. */
export function decodeSubscription(bytes: Buffer): MemberSubscription {
  const reader = new ProtocolReader(bytes)
  const version = reader.int16()
  const topics = reader.texts()
  reader.skipBytes()
  const owned = version >= 1 ? reader.partitions() : []
  const generation = version >= 2 ? reader.int32() : -1
  return { topics, owned, generation }
}

/**
 * The topics of a subscription alone, whatever comes behind them.
 *
 * @throws RangeError as `decodeSubscription`.
 */
export function decodeTopics(bytes: Buffer): string[] {
  const reader = new ProtocolReader(bytes)
  reader.int16()
  return reader.texts()
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const bytes = new ProtocolWriter()
  bytes.int16(ASSIGNMENT_VERSION)
  bytes.partitions(partitions)
  bytes.int32(NULL_BYTES)
  return bytes.toBuffer()
}

/** @throws RangeError as `decodeSubscription`. */
export function decodeAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [] // the leader has left this member out
  const reader = new ProtocolReader(bytes)
  reader.int16()
  return reader.partitions()
}

class ProtocolWriter {
  readonly #pieces: Buffer[] = []

  int16(value: number): void {
    const piece = Buffer.alloc(2)
    piece.writeInt16BE(value)
    this.#pieces.push(piece)
  }

  int32(value: number): void {
    const piece = Buffer.alloc(4)
    piece.writeInt32BE(value)
    this.#pieces.push(piece)
  }

  text(value: string): void {
    const piece = Buffer.from(value)
    this.int16(piece.length)
    this.#pieces.push(piece)
  }

  partitions(partitions: readonly TopicPartition[]): void {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
    this.int32(byTopic.size)
    for (const [topic, of] of byTopic) {
      this.text(topic)
      this.int32(of.length)
      for (const { partition } of of) this.int32(partition)
    }
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}

class ProtocolReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.#position += 2
    return this.#bytes.readInt16BE(this.#position - 2)
  }

  int32(): number {
    this.#position += 4
    return this.#bytes.readInt32BE(this.#position - 4)
  }

  text(): string {
    const length = this.int16() // moves the position as well
    const end = length + this.#position
    if (length < 0 || end > this.#bytes.length) throw new RangeError('no text')
    const value = this.#bytes.toString('utf8', this.#position, end)
    this.#position = end
    return value
  }

  skipBytes(): void {
    const byteCount = this.int32() // moves the position as well
    this.#position += Math.max(byteCount, 0)
  }

  list<Item>(read: () => Item): Item[] {
    const items: Item[] = []
    for (let left = this.int32(); left > 0; left--) items.push(read())
    return items
  }

  texts(): string[] {
    return this.list(() => this.text())
  }

  partitions(): TopicPartition[] {
    return this.list(() => {
      const topic = this.text()
      return this.list(() => this.int32()).map((partition) => ({ topic, partition }))
    }).flat()
  }
}
