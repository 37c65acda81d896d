import { some, type Anomaly, type Check, type EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { GivenRecords } from './given-records.ts'
import { partitionKey } from './partition-key.ts'

/** What was acknowledged is in the log; what was refused, or never given to a producer, is not. */
export const checkDeliveries: Check = (history) => {
  const names = new Map<string, number>()
  for (const seen of history.seen.byOffset.values()) {
    for (const { name, order } of seen.values()) names.set(name, order)
  }
  const anomalies: Anomaly[] = []
  const out = new Set<string>()
  for (const event of history.events) {
    const isRefused = event.type === 'refused'
    if (!isRefused && event.type !== 'failed') continue
    const name = `${event.actor}:${event.number}`
    out.add(name)
    if (!names.has(name) || (!isRefused && event.isMaybeAppended)) continue
    const why = isRefused ? 'was not taken' : `failed for certain with ${event.error}`
    const message = `${name} ${why}, and is in the log`
    anomalies.push({ kind: 'failed but appended', message, order: names.get(name)! })
  }
  return [
    ...anomalies,
    ...neverSent(history, names),
    ...pastTheEnd(history),
    ...unwritten(history, names, out),
  ]
}

/** What is in a log was given to a producer before. */
function neverSent(history: CheckedHistory, names: ReadonlyMap<string, number>): Anomaly[] {
  const given = new GivenRecords(history)
  return [...names]
    .filter(([name, order]) => (given.find(name)?.order ?? Infinity) > order)
    .map(([name, order]) => {
      return { kind: 'never sent', message: `nobody had sent ${name}, which is in the log`, order }
    })
}

/** Acknowledged records lie before the end of the log. */
function pastTheEnd({ events }: CheckedHistory): Anomaly[] {
  const ends = new Map<string, EventOf<'remaining'>>()
  for (const event of events) if (event.type === 'remaining') ends.set(partitionKey(event), event)
  const anomalies: Anomaly[] = []
  for (const event of events) {
    if (event.type !== 'acknowledged') continue
    const end = ends.get(partitionKey(event))
    if (end === undefined || event.offset < end.endOffset) continue
    const { actor, number, offset, order } = event
    const message = `${actor}:${number} is at ${partitionKey(event)} offset ${offset}, and the log ends at ${end.endOffset}`
    anomalies.push({ kind: 'lost', message, order })
  }
  return anomalies
}

/** What a flush that resolved has delivered is somewhere, where everything of a topic was seen. */
function unwritten(
  history: CheckedHistory,
  names: ReadonlyMap<string, number>,
  out: ReadonlySet<string>,
): Anomaly[] {
  const seenWhole = wholeTopics(history)
  const given = new Map<string, Array<EventOf<'given'>>>()
  const anomalies: Anomaly[] = []
  for (const event of history.events) {
    if (event.type === 'given') {
      const list = given.get(event.actor) ?? []
      given.set(event.actor, list)
      list.push(event)
    } else if (event.type === 'flushed' && history.producer(event.actor)?.config.acks !== 0) {
      const missing: string[] = []
      for (const { topic, from, to } of given.get(event.actor) ?? []) {
        if (!seenWhole.has(topic)) continue
        for (let number = Math.max(from, event.from); number <= Math.min(to, event.to); number++) {
          const name = `${event.actor}:${number}`
          if (!names.has(name) && !out.has(name)) missing.push(name)
        }
      }
      if (missing.length === 0) continue
      const message = `flush resolved, and of what was given before nowhere is ${some(missing)}`
      anomalies.push({ kind: 'lost', message, order: event.order })
    }
  }
  return anomalies
}

/** The topics of which every offset was seen by somebody. */
function wholeTopics(history: CheckedHistory): Set<string> {
  const whole = new Map<string, boolean>()
  for (const event of history.events) {
    if (event.type !== 'remaining' || !history.isLasting(event.topic)) continue
    const isWhole = (history.seen.byOffset.get(partitionKey(event))?.size ?? 0) === event.endOffset
    whole.set(event.topic, isWhole && whole.get(event.topic) !== false)
  }
  return new Set([...whole].filter(([, isWhole]) => isWhole).map(([topic]) => topic))
}
