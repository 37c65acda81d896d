import type { Subscription } from './membership.ts'

/** A subscription, ready to be held against topic names. */
export class TopicFilter {
  readonly #names: ReadonlySet<string> | null
  readonly #pattern: RegExp | null

  constructor(subscription: Subscription) {
    const isPattern = 'pattern' in subscription
    this.#names = isPattern ? null : new Set(subscription.topics)
    // A pattern with g or y remembers where it stopped, and would look there next time.
    this.#pattern = isPattern
      ? new RegExp(subscription.pattern.source, subscription.pattern.flags.replace(/[gy]/g, ''))
      : null
  }

  /** Those it subscribes to of all that exist, in alphabetical order. */
  select(allTopics: Iterable<string>): string[] {
    const selected: string[] = []
    for (const topic of allTopics) {
      if (this.#names?.has(topic) ?? this.#pattern!.test(topic)) selected.push(topic)
    }
    return selected.sort()
  }
}
