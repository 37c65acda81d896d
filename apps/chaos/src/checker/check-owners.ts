import type { Anomaly, Check, EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { partitionKey } from './partition-key.ts'

/** A partition has one owner in a group at a time. */
export const checkOwners: Check = (history) => [...inTurns(history), ...committedLate(history)]

/**
 * A member that is handed records by a poll which began after another member had some must have been
 * given the partition anew: after the other's poll began, at the earliest.
 */
function inTurns({ events }: CheckedHistory): Anomaly[] {
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

/** A commit that began when another member had the partition is refused. */
function committedLate({ events }: CheckedHistory): Anomaly[] {
  const anomalies: Anomaly[] = []
  const owners = new Map<string, string>()
  /** Commits that have begun, by member: the partitions that another had by then. */
  const late = new Map<string, Array<{ at: string; owner: string }>>()
  for (const event of events) {
    if (event.type === 'assigned') {
      for (const at of event.partitions) {
        owners.set(`${event.group} ${partitionKey(at)}`, event.actor)
      }
    } else if (event.type === 'revoked' || event.type === 'lost') {
      for (const at of event.partitions) {
        const key = `${event.group} ${partitionKey(at)}`
        if (owners.get(key) === event.actor) owners.delete(key)
      }
    } else if (event.type === 'committing') {
      const others = event.offsets.flatMap((offset) => {
        const at = partitionKey(offset)
        const owner = owners.get(`${event.group} ${at}`) ?? event.actor
        return owner === event.actor ? [] : [{ at, owner }]
      })
      late.set(event.actor, others)
    } else if (event.type === 'committed') {
      for (const { at, owner } of late.get(event.actor) ?? []) {
        const message = `${event.actor} committed on ${at}, which ${event.group} had given to ${owner}`
        anomalies.push({ kind: 'two owners', message, order: event.order })
      }
      late.delete(event.actor)
    }
  }
  return anomalies
}
