import { partitionKey, producerOf, some, topicOf } from './anomaly.ts'
import type { Anomaly, Check, CheckedHistory, EventOf } from './anomaly.ts'
import { seenRecords } from './seen-records.ts'

/** What was acknowledged is in the log; what was refused is not. */
export const checkDeliveries: Check = (history) => {
  const { byOffset } = seenRecords(history)
  const names = new Map<string, number>()
  for (const seen of byOffset.values()) {
    for (const { name, order } of seen.values()) names.set(name, order)
  }
  const anomalies: Anomaly[] = []
  const out = new Set<string>()
  for (const event of history.events) {
    const isRefused = event.type === 'refused'
    if (!isRefused && event.type !== 'failed') continue
    const name = `${event.actor}:${event.number}`
    out.add(name)
    if (!names.has(name) || (!isRefused && event.error !== 'BUFFER_FULL')) continue
    const why = isRefused ? 'was not taken' : 'failed with BUFFER_FULL'
    const message = `${name} ${why}, and is in the log`
    anomalies.push({ kind: 'failed but appended', message, order: names.get(name)! })
  }
  return [...anomalies, ...pastTheEnd(history), ...unwritten(history, names, out)]
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
    } else if (event.type === 'flushed' && producerOf(history, event.actor)?.config.acks !== 0) {
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
  const { byOffset } = seenRecords(history)
  const whole = new Map<string, boolean>()
  for (const event of history.events) {
    if (event.type !== 'remaining' || topicOf(history, event.topic)?.isMortal !== false) continue
    const isWhole = (byOffset.get(partitionKey(event))?.size ?? 0) === event.endOffset
    whole.set(event.topic, isWhole && whole.get(event.topic) !== false)
  }
  return new Set([...whole].filter(([, isWhole]) => isWhole).map(([topic]) => topic))
}
