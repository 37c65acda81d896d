import {
  didYouMean,
  type ProducerEngine,
  type TopicLookupOptions,
  type TopicMetadata,
} from '@ringlog/core/internal'

/** So long a topic may be unknown before the process is warned: most that are awaited come sooner. */
const WARN_AFTER_MS = 1000
/** Of so many topics a producer warns, once each. */
const MAX_WARNINGS = 100

/** Asks where topics are. One that stays unknown may be a slip of the pen: the process is warned. */
export class TopicLookup {
  readonly #engine: ProducerEngine
  readonly #warnedOf = new Set<string>()

  constructor(engine: ProducerEngine) {
    this.#engine = engine
  }

  /** As `ProducerEngine.topicMetadata`. */
  async find(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    const { clock } = this.#engine
    const timer = clock.setTimer(() => void this.#warn(topic, options), WARN_AFTER_MS)
    timer.unref()
    try {
      return await this.#engine.topicMetadata(topic, options)
    } finally {
      clock.clearTimer(timer)
    }
  }

  async #warn(topic: string, { morePartitionsThan = 0 }: TopicLookupOptions): Promise<void> {
    if (this.#warnedOf.has(topic) || this.#warnedOf.size >= MAX_WARNINGS) return
    this.#warnedOf.add(topic)
    const names = await this.#engine.topicNames().catch(() => null)
    if (names === null) return // the broker is gone, and says so itself
    const isThere = names.includes(topic)
    const hint = didYouMean(topic, names)
    if (isThere && morePartitionsThan === 0) return
    process.emitWarning(
      isThere
        ? `records wait for a partition of topic ${topic} that is not there: partitions=${morePartitionsThan}`
        : `records wait for topic ${topic}, which does not exist${hint && `; ${hint}`}`,
      { code: 'UNKNOWN_TOPIC_OR_PARTITION', type: 'RinglogWarning' },
    )
  }
}
