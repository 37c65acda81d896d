import type { HistoryEvent } from '../history/history-event.ts'
import type {
  ActorSpec,
  ConsumerSpec,
  GroupSpec,
  PoolSpec,
  Program,
  ProducerSpec,
  TopicSpec,
} from '../programs/program.ts'
import { seenRecords, type SeenRecords } from './seen-records.ts'

/** A history with what its checks look up again and again. */
export class CheckedHistory {
  readonly events: readonly HistoryEvent[]
  readonly program: Program
  readonly #topics: ReadonlyMap<string, TopicSpec>
  readonly #groups: ReadonlyMap<string, GroupSpec>
  readonly #actors: ReadonlyMap<string, ActorSpec>
  #seen: SeenRecords | null = null

  constructor(events: readonly HistoryEvent[], program: Program) {
    this.events = events
    this.program = program
    this.#topics = new Map(program.topics.map((topic) => [topic.name, topic]))
    this.#groups = new Map(program.groups.map((group) => [group.id, group]))
    const actors = program.threads.flatMap((thread) => thread.actors)
    this.#actors = new Map(actors.map((actor) => [actor.name, actor]))
  }

  /** What was at each offset, by whoever saw it. */
  get seen(): SeenRecords {
    this.#seen ??= seenRecords(this.events, (topic) => this.isLasting(topic))
    return this.#seen
  }

  topic(name: string): TopicSpec | undefined {
    return this.#topics.get(name)
  }

  /** Whether a topic is never deleted: an offset of it means one record, from first to last. */
  isLasting(topic: string): boolean {
    return this.#topics.get(topic)?.isMortal === false
  }

  group(id: string): GroupSpec | undefined {
    return this.#groups.get(id)
  }

  /** The program's part that a producer's name in a history stands for. */
  producer(actor: string): ProducerSpec | undefined {
    const spec = this.#actors.get(nameOfActor(actor))
    return spec?.kind === 'producer' ? spec : undefined
  }

  pool(actor: string): PoolSpec | undefined {
    const spec = this.#actors.get(nameOfActor(actor))
    return spec?.kind === 'pool' ? spec : undefined
  }

  consumer(actor: string): ConsumerSpec | undefined {
    const spec = this.#actors.get(nameOfActor(actor))
    return spec?.kind === 'consumer' ? spec : undefined
  }
}

/** The name that an actor has in its program: without the number that rises whenever it is opened anew. */
export function nameOfActor(actor: string): string {
  const end = actor.indexOf('#')
  return end === -1 ? actor : actor.slice(0, end)
}
