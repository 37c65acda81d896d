import { partitionKey, topicOf, type CheckedHistory } from './anomaly.ts'

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

export function seenRecords(history: CheckedHistory): SeenRecords {
  const byOffset = new Map<string, Map<number, Sighting>>()
  const changed: Array<{ at: string; first: Sighting; other: Sighting }> = []
  for (const event of history.events) {
    for (const { topic, partition, offset, name } of sightingsOf(event)) {
      if (name === '' || offset < 0 || topicOf(history, topic)?.isMortal !== false) continue
      const at = partitionKey({ topic, partition })
      const seen = byOffset.get(at) ?? new Map<number, Sighting>()
      byOffset.set(at, seen)
      const sighting = { name, offset, order: event.order }
      const first = seen.get(offset)
      if (first === undefined) seen.set(offset, sighting)
      else if (first.name !== name) changed.push({ at, first, other: sighting })
    }
  }
  return { byOffset, changed }
}

interface At {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly name: string
}

function sightingsOf(event: CheckedHistory['events'][number]): At[] {
  if (event.type === 'acknowledged') return [{ ...event, name: `${event.actor}:${event.number}` }]
  if (event.type === 'handled') return [{ ...event, name: event.record }]
  if (event.type !== 'handed' && event.type !== 'remaining') return []
  return event.offsets.map((offset, i) => ({ ...event, offset, name: event.records[i]! }))
}
