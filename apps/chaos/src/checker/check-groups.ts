import { some, type Anomaly, type Check } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { partitionKey } from './partition-key.ts'

/** What a strict group's topics acknowledged reaches one of its members. */
export const checkGroups: Check = ({ events, program }) => {
  const anomalies: Anomaly[] = []
  for (const { id, topics, isStrict, autoOffsetReset } of program.groups) {
    if (!isStrict || !isDrained(events, id)) continue
    const handed = new Map<string, Set<number>>()
    const from = new Map<string, number>()
    const deleted = new Map<string, number>()
    for (const event of events) {
      if (event.type === 'handed' && event.group === id) {
        const offsets = handed.get(partitionKey(event)) ?? new Set()
        handed.set(partitionKey(event), offsets)
        for (const offset of event.offsets) offsets.add(offset)
      } else if (event.type === 'handled' && event.group === id) {
        const offsets = handed.get(partitionKey(event)) ?? new Set()
        handed.set(partitionKey(event), offsets.add(event.offset))
      } else if (event.type === 'deleted') {
        const before = deleted.get(partitionKey(event)) ?? 0
        deleted.set(partitionKey(event), Math.max(before, event.before))
      } else if (event.type === 'observed' && event.group === id) {
        if (!from.has(partitionKey(event))) from.set(partitionKey(event), event.offset)
      } else if (event.type === 'committed' && event.group === id) {
        for (const at of event.offsets) {
          if (!from.has(partitionKey(at))) from.set(partitionKey(at), at.offset)
        }
      }
    }
    for (const event of events) {
      if (event.type !== 'remaining' || !topics.includes(event.topic)) continue
      const at = partitionKey(event)
      // Before its first commit a group with "latest" may begin at any end.
      const first = autoOffsetReset === 'earliest' ? 0 : (from.get(at) ?? event.endOffset)
      const missing: number[] = []
      for (let offset = first; offset < event.endOffset; offset++) {
        if (handed.get(at)?.has(offset) === true || offset < (deleted.get(at) ?? 0)) continue
        missing.push(offset)
      }
      if (missing.length === 0) continue
      const message = `no member of ${id} was handed ${at} offset ${some(missing)}`
      anomalies.push({ kind: 'lost', message, order: event.order })
    }
  }
  return anomalies
}

function isDrained(events: CheckedHistory['events'], group: string): boolean {
  return events.some(
    (event) =>
      event.type === 'ended' &&
      event.actor === `drain-${group}` &&
      event.name === 'drain' &&
      event.error === null,
  )
}
