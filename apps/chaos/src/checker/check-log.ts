import { some, type Anomaly, type Check, type EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import type { Sighting } from './seen-records.ts'
import { partitionKey } from './partition-key.ts'

/** An offset has one record for ever; a record has one offset; a producer's are in order; none is torn. */
export const checkLog: Check = (history) => {
  const { byOffset, changed } = history.seen
  const anomalies = changed.map(({ at, first, other }): Anomaly => {
    const message = `${at} offset ${first.offset} was ${first.name}, and then ${other.name}`
    return { kind: 'changed', message, order: other.order }
  })
  const placeOf = new Map<string, string>()
  for (const [at, seen] of byOffset) {
    const inOrder = [...seen.values()].sort((one, other) => one.offset - other.offset)
    anomalies.push(...repetitions(history, at, inOrder, placeOf))
    const once = inOrder.filter(({ name, offset }) => placeOf.get(name) === placeIn(at, offset))
    anomalies.push(...disorder(history, at, once))
  }
  for (const event of history.events) {
    if (event.type === 'garbled') {
      const message = `${event.actor} was handed ${partitionKey(event)} offset ${event.offset}: ${event.text}`
      anomalies.push({ kind: 'changed', message, order: event.order })
    } else if (event.type === 'remaining') anomalies.push(...holes(history, event))
  }
  return anomalies
}

function repetitions(
  history: CheckedHistory,
  at: string,
  sightings: readonly Sighting[],
  placeOf: Map<string, string>,
): Anomaly[] {
  const anomalies: Anomaly[] = []
  for (const { name, offset, order } of sightings) {
    const place = placeIn(at, offset)
    const first = placeOf.get(name)
    if (first === undefined) placeOf.set(name, place)
    else if (isNumbered(history, name)) {
      anomalies.push({ kind: 'repeated', message: `${name} is at ${first} and ${place}`, order })
    }
  }
  return anomalies
}

function placeIn(at: string, offset: number): string {
  return `${at} offset ${offset}`
}

function disorder(history: CheckedHistory, at: string, sightings: readonly Sighting[]): Anomaly[] {
  const anomalies: Anomaly[] = []
  const lastOf = new Map<string, number>()
  for (const { name, offset, order } of sightings) {
    const split = name.lastIndexOf(':')
    const producer = name.slice(0, split)
    const number = Number(name.slice(split + 1))
    const last = lastOf.get(producer) ?? 0
    // What a listener gives may be given within a call that gives the one before it.
    if (number < last && isNumbered(history, name) && !producer.endsWith('r')) {
      const message = `${at} offset ${offset} is ${name}, after ${producer}:${last}`
      anomalies.push({ kind: 'reordered', message, order })
    }
    lastOf.set(producer, Math.max(last, number))
  }
  return anomalies
}

/** Whether the producer's batches are numbered, so that none comes twice or out of turn. */
function isNumbered(history: CheckedHistory, name: string): boolean {
  return history.producer(name)?.config.idempotence !== false
}

/** What is in the log at the end is there without a hole, from its start to its end. */
function holes(history: CheckedHistory, event: EventOf<'remaining'>): Anomaly[] {
  const { topic, logStartOffset, endOffset, offsets, order } = event
  if (!history.isLasting(topic)) return []
  const present = new Set(offsets)
  const missing: number[] = []
  // A batch that somebody left in a lane may have made the log evict its oldest since.
  const isEvicting = history.topic(topic)!.config.whenFull === 'evict'
  const first = isEvicting ? Math.max(logStartOffset, offsets[0] ?? endOffset) : logStartOffset
  for (let offset = first; offset < endOffset; offset++) {
    if (!present.has(offset)) missing.push(offset)
  }
  if (missing.length === 0) return []
  const message = `${partitionKey(event)} has ${logStartOffset} to ${endOffset}, but not ${some(missing)}`
  return [{ kind: 'lost', message, order }]
}
