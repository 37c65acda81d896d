import type { Anomaly, Check } from './anomaly.ts'
import { partitionKey } from './partition-key.ts'

/**
 * What a deleted topic had does not come back: a consumer that was given a partition when the topic was
 * gone is handed nothing that was acknowledged before it was deleted.
 */
export const checkTopics: Check = ({ events }) => {
  const anomalies: Anomaly[] = []
  const acknowledged = new Map<string, string[]>()
  const deleting = new Map<string, string[]>()
  /** Of each topic, what was in it when it was deleted. */
  const gone = new Map<string, Map<string, number>>()
  const givenAt = new Map<string, number>()
  for (const event of events) {
    if (event.type === 'acknowledged') {
      const names = acknowledged.get(event.topic) ?? []
      acknowledged.set(event.topic, names)
      names.push(`${event.actor}:${event.number}`)
    } else if (event.type === 'deleting') {
      deleting.set(event.topic, acknowledged.get(event.topic) ?? [])
      acknowledged.delete(event.topic)
    } else if (event.type === 'gone') {
      const names = gone.get(event.topic) ?? new Map<string, number>()
      gone.set(event.topic, names)
      for (const name of deleting.get(event.topic) ?? []) names.set(name, event.order)
    } else if (event.type === 'began' && event.name === 'assign') {
      givenAt.set(event.actor, event.order)
    } else if (event.type === 'assigned') {
      for (const p of event.partitions) {
        givenAt.set(`${event.actor} ${partitionKey(p)}`, event.order)
      }
    } else if (event.type === 'handed' && gone.has(event.topic)) {
      const { actor, group, topic, order } = event
      const self = actor.slice(0, actor.indexOf('#'))
      const given = givenAt.get(group === null ? self : `${actor} ${partitionKey(event)}`) ?? -1
      const back = event.records.find((name) => (gone.get(topic)!.get(name) ?? Infinity) < given)
      if (back === undefined) continue
      const message = `${actor} was handed ${back} of ${partitionKey(event)}, which was deleted before`
      anomalies.push({ kind: 'came back', message, order })
    }
  }
  return anomalies
}
