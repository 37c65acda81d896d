import type { HistoryEvent } from './history/history-event.ts'

/** What happened in a history, in numbers. */
export interface EventCounts {
  sent: number
  acknowledged: number
  /** As `send` told. */
  failed: number
  handed: number
  /** By what was done; those that wait for something count when it has come. */
  readonly faults: Map<string, number>
}

export function noCounts(): EventCounts {
  return { sent: 0, acknowledged: 0, failed: 0, handed: 0, faults: new Map() }
}

/** Adds what is in a history. */
export function countEvents(counts: EventCounts, history: readonly HistoryEvent[]): void {
  for (const event of history) {
    if (event.type === 'given') counts.sent += event.to - event.from + 1
    else if (event.type === 'acknowledged') counts.acknowledged++
    else if (event.type === 'failed') counts.failed++
    else if (event.type === 'handed') counts.handed += event.offsets.length
    else if (event.type === 'handled') counts.handed++
    else if (event.type === 'fault') {
      const { fault, state } = event
      const isOver = fault.do === 'rebalance' || fault.do === 'killThread'
      if (state === 'skipped' || (state !== 'struck' && !isOver)) continue
      const step = fault.do === 'killWorker' ? ` ${fault.step ?? 'anywhere'}` : ''
      const name = `${fault.do}${step}`
      counts.faults.set(name, (counts.faults.get(name) ?? 0) + 1)
    }
  }
}

export function describeCounts({
  sent,
  acknowledged,
  failed,
  handed,
  faults,
}: EventCounts): string {
  const records = `${sent} records sent, ${acknowledged} acknowledged by send, ${failed} rejected, ${handed} handed out`
  const shown = [...faults].map(([name, count]) => `${name} ${count}`).sort()
  return shown.length === 0 ? records : `${records}; faults that struck: ${shown.join(', ')}`
}
