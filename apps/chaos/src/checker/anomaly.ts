import type { HistoryEvent, HistoryFact } from '../history/history-event.ts'
import type { Program, ProducerSpec, TopicSpec } from '../programs/program.ts'

/** What must not happen, whatever the schedule. */
export type AnomalyKind =
  | 'lost'
  | 'repeated'
  | 'reordered'
  | 'gap'
  | 'went back'
  | 'two owners'
  | 'not told'
  | 'commit went back'
  | 'changed'
  | 'came back'
  | 'failed but appended'
  | 'never settles'
  | 'forgotten'
  | 'unexpected error'
  | 'left behind'

export interface Anomaly {
  readonly kind: AnomalyKind
  readonly message: string
  /** The event that shows it. */
  readonly order: number
}

/** A history with what its checks look up again and again. */
export interface CheckedHistory {
  readonly events: readonly HistoryEvent[]
  readonly program: Program
}

/** Looks for one family of anomalies. */
export type Check = (history: CheckedHistory) => Anomaly[]

export type EventOf<Type extends HistoryFact['type']> = Extract<HistoryEvent, { type: Type }>

export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

export function topicOf({ program }: CheckedHistory, name: string): TopicSpec | undefined {
  return program.topics.find((topic) => topic.name === name)
}

/** The program's part that a producer's name in a history stands for. */
export function producerOf({ program }: CheckedHistory, actor: string): ProducerSpec | undefined {
  const name = actor.slice(0, actor.indexOf('#'))
  for (const { actors } of program.threads) {
    for (const spec of actors) if (spec.kind === 'producer' && spec.name === name) return spec
  }
  return undefined
}

/** A list in a message, cut where it is long. */
export function some(values: readonly unknown[]): string {
  const shown = values.slice(0, 5).join(', ')
  return values.length > 5 ? `${shown} and ${values.length - 5} more` : shown
}
