import type { Anomaly, Check, EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { GivenRecords } from './given-records.ts'
import { Greatest } from './greatest.ts'
import { partitionKey } from './partition-key.ts'

/** A log only grows: its ends never go back, and what is sent later comes after what it had by then. */
export const checkEnds: Check = (history) => {
  const partitions = new Map<string, KnownEnds>()
  const anomalies: Anomaly[] = []
  for (const event of history.events) {
    if (!('topic' in event) || !history.isLasting(event.topic)) continue
    if (!('partition' in event)) continue
    const ends = partitions.get(partitionKey(event)) ?? new KnownEnds()
    partitions.set(partitionKey(event), ends)
    const { order } = event
    if (event.type === 'acknowledged') ends.reached.add(order, event.offset + 1)
    else if (event.type === 'handed') ends.reached.add(order, event.offsets.at(-1)! + 1)
    else if (event.type === 'ends' || event.type === 'remaining') {
      const { logStartOffset, endOffset } = event
      const [start, end] = ends.leastAt(event)
      if (logStartOffset < start || endOffset < end) {
        const message = `${partitionKey(event)} had ${start} to ${end}, and now ${logStartOffset} to ${endOffset}`
        anomalies.push({ kind: 'log went back', message, order })
      }
      ends.start.add(order, logStartOffset)
      ends.told.add(order, endOffset)
      ends.reached.add(order, endOffset)
    }
  }
  return [...anomalies, ...sentLater(history, partitions)]
}

/** What the start and the end of a log are known to have reached. */
class KnownEnds {
  readonly start = new Greatest()
  /** The end that somebody asked for. */
  readonly told = new Greatest()
  /** The same, and behind what was acknowledged or handed out. */
  readonly reached = new Greatest()

  leastAt(event: EventOf<'ends' | 'remaining'>): [start: number, end: number] {
    if (event.type === 'ends') return [this.start.upTo(event.since), this.reached.upTo(event.since)]
    // What is acknowledged, and lies behind all that remains, is lost: `checkDeliveries` says so.
    return [this.start.upTo(event.order), this.told.upTo(event.order)]
  }
}

/** A record that was sent when the log was known to have reached an offset lies behind it. */
function sentLater(history: CheckedHistory, partitions: ReadonlyMap<string, KnownEnds>): Anomaly[] {
  const anomalies: Anomaly[] = []
  const given = new GivenRecords(history)
  for (const [at, seen] of history.seen.byOffset) {
    const reached = partitions.get(at)!.reached
    for (const { name, offset, order } of seen.values()) {
      const from = given.find(name)
      // What is in the log before it was sent, was never sent: `checkDeliveries` says so.
      if (from === undefined || order < from.order) continue
      if (offset >= reached.upTo(from.order)) continue
      const message = `${name} was sent when ${at} had reached ${reached.upTo(from.order)}, and is at offset ${offset}`
      anomalies.push({ kind: 'log went back', message, order })
    }
  }
  return anomalies
}
