import type { Anomaly } from './checker/anomaly.ts'
import { nameOfActor } from './checker/checked-history.ts'
import type { HistoryEvent } from './history/history-event.ts'

const MAX_EVENTS = 12
const MAX_EVENT_LENGTH = 300
/** As `recordName` has them. */
const RECORD_NAMES = /[^\s,]+#\d+r?:\d+/g

/**
 * An anomaly with the events that lead to it, to be understood without its history: the last of the records that it
 * names, or, where it names none, of its actor; and the faults among them.
 *
 * @param history In the order of its events.
 */
export function showAnomaly(anomaly: Anomaly, history: readonly HistoryEvent[]): string {
  const { kind, message, order } = anomaly
  const shown = history.find((event) => event.order === order)
  const records = message.match(RECORD_NAMES) ?? []
  const leading = history.filter((event) => {
    if (event.order >= order || event.type === 'program') return false
    if (event.type === 'fault') return event.state !== 'skipped'
    if (event.type === 'cluster fault') return true
    return records.length > 0
      ? records.some((name) => concerns(event, name))
      : shown !== undefined && isOfSameActor(event, shown)
  })
  const events = [...leading.slice(-MAX_EVENTS), ...(shown === undefined ? [] : [shown])]
  return [`  ${kind.toUpperCase()} (event ${order}): ${message}`, ...events.map(line)].join('\n')
}

function concerns(event: HistoryEvent, name: string): boolean {
  const split = name.lastIndexOf(':')
  const [actor, number] = [name.slice(0, split), Number(name.slice(split + 1))]
  if ('records' in event) return event.records.includes(name)
  if (!('actor' in event) || event.actor !== actor) return false
  if (event.type === 'given') return event.from <= number && number <= event.to
  return 'number' in event && event.number === number
}

function isOfSameActor(event: HistoryEvent, other: HistoryEvent): boolean {
  if (!('actor' in event) || !('actor' in other)) return event.thread === other.thread
  return nameOfActor(event.actor) === nameOfActor(other.actor)
}

function line(event: HistoryEvent): string {
  const text = JSON.stringify(event)
  return `    ${text.length > MAX_EVENT_LENGTH ? `${text.slice(0, MAX_EVENT_LENGTH)}…` : text}`
}
