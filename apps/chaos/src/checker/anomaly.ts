import type { HistoryEvent, HistoryFact } from '../history/history-event.ts'
import type { CheckedHistory } from './checked-history.ts'

/** What must not happen, whatever the schedule. */
export type AnomalyKind =
  | 'lost'
  | 'repeated'
  | 'reordered'
  | 'never sent'
  | 'log went back'
  | 'gap'
  | 'went back'
  | 'two owners'
  | 'not told'
  | 'commit went back'
  | 'committed beyond'
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

/** Looks for one family of anomalies. */
export type Check = (history: CheckedHistory) => Anomaly[]

export type EventOf<Type extends HistoryFact['type']> = Extract<HistoryEvent, { type: Type }>

/** A list in a message, cut where it is long. */
export function some(values: readonly unknown[]): string {
  const shown = values.slice(0, 5).join(', ')
  return values.length > 5 ? `${shown} and ${values.length - 5} more` : shown
}
