import type { PartitionCount } from '@ringlog/core/internal'
import type { TopicInfo } from '../metadata/topic-info.ts'

/** How many partitions a topic has, as far as the cluster has told. */
export class TopicCount implements PartitionCount {
  readonly #topicId: string
  #current: number
  #isDeleted = false

  constructor({ topicId, partitions }: TopicInfo) {
    this.#topicId = topicId
    this.#current = partitions.length
  }

  get current(): number {
    return this.#isDeleted ? -1 : this.#current
  }

  get isDeleted(): boolean {
    return this.#isDeleted
  }

  /**
   * Takes in what the cluster tells. That there is no such topic a broker also says of one that it has not heard of
   * yet: it is deleted for certain where another one has its name.
   */
  learn(info: TopicInfo | null): void {
    if (info === null) return
    if (info.topicId !== this.#topicId) this.#isDeleted = true
    else this.#current = Math.max(this.#current, info.partitions.length)
  }

  /** This client has deleted the topic. */
  delete(): void {
    this.#isDeleted = true
  }
}
