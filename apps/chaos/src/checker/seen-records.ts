import type { HistoryEvent } from '../history/history-event.ts'
import { partitionKey } from './partition-key.ts'

/** Where a record was seen to be, first. */
export interface Sighting {
  readonly name: string
  readonly offset: number
  readonly order: number
}

/** What was at each offset, by whoever saw it; only of topics that are never deleted. */
export interface SeenRecords {
  /** Of each partition, by offset. */
  readonly byOffset: ReadonlyMap<string, ReadonlyMap<number, Sighting>>
  /** Offsets that were seen with two records. */
  readonly changed: ReadonlyArray<{ at: string; first: Sighting; other: Sighting }>
}

/** @param isLasting Whether a topic is never deleted. */
export function seenRecords(
  events: readonly HistoryEvent[],
  isLasting: (topic: string) => boolean,
): SeenRecords {
  const byOffset = new Map<string, Map<number, Sighting>>()
  const changed: Array<{ at: string; first: Sighting; other: Sighting }> = []
  for (const event of events) {
    for (const { topic, partition, offset, name } of sightingsOf(event)) {
      if (name === '' || offset < 0 || !isLasting(topic)) continue
      const at = partitionKey({ topic, partition })
      const seen = byOffset.get(at) ?? new Map<number, Sighting>()
      byOffset.set(at, seen)
      const first = seen.get(offset)
      if (first?.name === name) continue
      const sighting = { name, offset, order: event.order }
      if (first === undefined) seen.set(offset, sighting)
      else changed.push({ at, first, other: sighting })
    }
  }
  return { byOffset, changed }
}

export interface SightingAt {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly name: string
}

/** The records that an event shows, and where. */
export function sightingsOf(event: HistoryEvent): SightingAt[] {
  if (event.type === 'acknowledged') {
    const { topic, partition, offset, actor, number } = event
    return [{ topic, partition, offset, name: `${actor}:${number}` }]
  }
  if (event.type === 'handled') {
    const { topic, partition, offset, record } = event
    return [{ topic, partition, offset, name: record }]
  }
  if (event.type !== 'handed' && event.type !== 'remaining') return []
  const { topic, partition, records } = event
  return event.offsets.map((offset, i) => ({ topic, partition, offset, name: records[i]! }))
}
