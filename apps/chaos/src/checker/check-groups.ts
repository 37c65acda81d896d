import { partitionKey, some } from './anomaly.ts'
import type { Anomaly, Check, CheckedHistory, EventOf } from './anomaly.ts'

/** A partition has one owner in a group at a time; together they are handed every record. */
export const checkGroups: Check = (history) => [...twoOwners(history), ...notHanded(history)]

/**
 * A member that is handed records by a poll which began after another member had some must have been
 * given the partition anew: after the other's poll began, at the earliest.
 */
function twoOwners({ events }: CheckedHistory): Anomaly[] {
  const anomalies: Anomaly[] = []
  const lastHanded = new Map<string, EventOf<'handed'>>()
  const lastOther = new Map<string, EventOf<'handed'>>()
  const givenAt = new Map<string, number>()
  for (const event of events) {
    if (event.type === 'assigned') {
      for (const at of event.partitions) {
        givenAt.set(`${event.actor} ${partitionKey(at)}`, event.order)
      }
    } else if (event.type === 'handed' && event.group !== null) {
      const at = `${event.group} ${partitionKey(event)}`
      const last = lastHanded.get(at)
      if (last !== undefined && last.actor !== event.actor) lastOther.set(at, last)
      lastHanded.set(at, event)
      const other = lastOther.get(at)
      if (other === undefined || other.actor === event.actor || event.since < other.order) continue
      if ((givenAt.get(`${event.actor} ${partitionKey(event)}`) ?? 0) > other.since) continue
      const message = `${event.actor} was handed records of ${partitionKey(event)}, which ${event.group} had given to ${other.actor}`
      anomalies.push({ kind: 'two owners', message, order: event.order })
    }
  }
  return anomalies
}

/** What a strict group's topics acknowledged reaches one of its members. */
function notHanded({ events, program }: CheckedHistory): Anomaly[] {
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
