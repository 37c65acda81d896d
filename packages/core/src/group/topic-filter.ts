/** A list of topics or a pattern, ready to be held against topic names. */
export class TopicFilter {
  readonly #names: ReadonlySet<string> | null
  /** `null`: it is a list. */
  readonly pattern: RegExp | null

  constructor(topics: readonly string[] | RegExp) {
    const isPattern = topics instanceof RegExp
    this.#names = isPattern ? null : new Set(topics)
    // A pattern with g or y remembers where it stopped, and would look there next time.
    this.pattern = isPattern ? new RegExp(topics.source, topics.flags.replace(/[gy]/g, '')) : null
  }

  has(topic: string): boolean {
    return this.#names?.has(topic) ?? this.pattern!.test(topic)
  }

  /** Those of all that exist, in alphabetical order. */
  select(allTopics: Iterable<string>): string[] {
    return [...allTopics].filter((topic) => this.has(topic)).sort()
  }
}
