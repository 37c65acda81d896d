import type { ClusterMetadata } from '../metadata/cluster-metadata.ts'
import type { TopicInfo } from '../metadata/topic-info.ts'
import { TopicCount } from './topic-count.ts'

/** The counts of the topics that producers of this client write to, kept up to date. */
export class TopicCounts {
  readonly #metadata: ClusterMetadata
  readonly #counts = new Map<
    string,
    { readonly count: TopicCount; readonly unfollow: () => void }
  >()

  constructor(metadata: ClusterMetadata) {
    this.#metadata = metadata
  }

  /** The one of the topic that has this name now. */
  of(info: TopicInfo): TopicCount {
    const { topic } = info
    const known = this.#counts.get(topic)
    known?.count.learn(info)
    if (known !== undefined && !known.count.isDeleted) return known.count
    known?.unfollow()
    const count = new TopicCount(info)
    const unfollow = this.#metadata.follow(topic, (told) => count.learn(told))
    this.#counts.set(topic, { count, unfollow })
    return count
  }

  /** This client has deleted the topic. */
  delete(topic: string): void {
    const known = this.#counts.get(topic)
    known?.count.delete()
    known?.unfollow()
    this.#counts.delete(topic)
  }

  close(): void {
    for (const { unfollow } of this.#counts.values()) unfollow()
    this.#counts.clear()
  }
}
