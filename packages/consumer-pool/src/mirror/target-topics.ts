import { RinglogError, type LogClient, type TopicPartition } from '@ringlog/core/internal'

/** What another mirror has done in the meantime. */
const DONE_ALREADY = { create: 'TOPIC_ALREADY_EXISTS', enlarge: 'INVALID_PARTITIONS' } as const

/**
 * Sees to it that what is mirrored has somewhere to go: a topic of the same name, with at least as many partitions.
 * One that is not there is made with the target's defaults.
 */
export class TargetTopics {
  readonly #from: LogClient
  readonly #to: LogClient
  /** By topic, the number of partitions that the target has, as far as is known. */
  readonly #partitions = new Map<string, number>()

  constructor(from: LogClient, to: LogClient) {
    this.#from = from
    this.#to = to
  }

  /** @throws RinglogError what the target's admin calls reject with. */
  async ensure(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) {
      if (partition >= (this.#partitions.get(topic) ?? 0)) await this.#ensureTopic(topic)
    }
  }

  async #ensureTopic(topic: string): Promise<void> {
    const wanted = (await this.#from.describeTopic(topic)).partitions.length
    const there = await this.#countOf(topic)
    if (there === 0) {
      await unless(DONE_ALREADY.create, this.#to.createTopic(topic, { partitions: wanted }))
    } else if (there < wanted) {
      await unless(DONE_ALREADY.enlarge, this.#to.createPartitions(topic, wanted))
    }
    this.#partitions.set(topic, Math.max(there, wanted))
  }

  /** 0: it is not there. */
  async #countOf(topic: string): Promise<number> {
    try {
      return (await this.#to.describeTopic(topic)).partitions.length
    } catch (error) {
      if (RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return 0
      throw error
    }
  }
}

async function unless(
  code: (typeof DONE_ALREADY)[keyof typeof DONE_ALREADY],
  done: Promise<unknown>,
): Promise<void> {
  try {
    await done
  } catch (error) {
    if (!RinglogError.is(error, code)) throw error
  }
}
