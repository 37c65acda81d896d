import type { Anomaly, Check, EventOf } from './anomaly.ts'

/** Every call ends by its deadline; no promise is forgotten; threads and the process end by themselves. */
export const checkCalls: Check = ({ events }) => {
  const anomalies: Anomaly[] = []
  const pending = new Map<string, EventOf<'began'>>()
  const endOfThread = new Map<string, { atMs: number; isKilled: boolean }>()
  for (const event of events) {
    if (event.type === 'began') pending.set(event.call, event)
    else if (event.type === 'ended') {
      anomalies.push(...late(pending.get(event.call), event))
      pending.delete(event.call)
    } else if (event.type === 'forgotten') {
      const { actor, after, count, order } = event
      const message = `${after}() of ${actor} resolved, and ${count} records given before are pending`
      anomalies.push({ kind: 'forgotten', message, order })
    } else if (event.type === 'lingers') {
      const message = `${event.name} has closed everything and is kept alive by ${event.resources.join(', ')}`
      anomalies.push({ kind: 'left behind', message, order: event.order })
    } else if (event.type === 'thread') {
      const { name, state, atMs, order } = event
      if (state === 'killed') endOfThread.set(name, { atMs, isKilled: true })
      else if (state === 'ended' && !endOfThread.has(name)) {
        endOfThread.set(name, { atMs, isKilled: false })
      } else if (state === 'stuck') {
        anomalies.push({ kind: 'never settles', message: `thread ${name} did not end`, order })
      }
    }
  }
  const lastMs = events.reduce((last, { atMs }) => Math.max(last, atMs), 0)
  for (const { thread, actor, name, deadlineMs, atMs, order } of pending.values()) {
    const end = endOfThread.get(thread)
    if (end?.isKilled === true || (end?.atMs ?? lastMs) - atMs < deadlineMs) continue
    const message = `${name} of ${actor}, begun at ${atMs} ms, never ended (deadline ${deadlineMs} ms)`
    anomalies.push({ kind: 'never settles', message, order })
  }
  return anomalies
}

function late(began: EventOf<'began'> | undefined, ended: EventOf<'ended'>): Anomaly[] {
  if (began === undefined) return []
  const tookMs = ended.atMs - began.atMs
  if (tookMs <= began.deadlineMs) return []
  const message = `${ended.name} of ${ended.actor} took ${tookMs} ms (deadline ${began.deadlineMs} ms)`
  return [{ kind: 'never settles', message, order: ended.order }]
}
