import type { HistoryEvent } from './history/history-event.ts'

/** What happened in a history, in numbers. */
export interface EventCounts {
  sent: number
  acknowledged: number
  /** As `send` told, by code. */
  readonly rejected: Map<string, number>
  handed: number
  /** By what was done; those that wait for something count when it has come. */
  readonly faults: Map<string, number>
}

export function noCounts(): EventCounts {
  return { sent: 0, acknowledged: 0, rejected: new Map(), handed: 0, faults: new Map() }
}

/** Adds what is in a history. */
export function countEvents(counts: EventCounts, history: readonly HistoryEvent[]): void {
  for (const event of history) {
    if (event.type === 'given') counts.sent += event.to - event.from + 1
    else if (event.type === 'acknowledged') counts.acknowledged++
    else if (event.type === 'failed') increase(counts.rejected, event.error)
    else if (event.type === 'handed') counts.handed += event.offsets.length
    else if (event.type === 'handled') counts.handed++
    else if (event.type === 'fault') {
      const { fault, state } = event
      const isOver = fault.do === 'rebalance' || fault.do === 'killThread'
      if (state === 'skipped' || (state !== 'struck' && !isOver)) continue
      const step = fault.do === 'killWorker' ? ` ${fault.step ?? 'anywhere'}` : ''
      const name = `${fault.do}${step}`
      increase(counts.faults, name)
    }
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

export function describeCounts({
  sent,
  acknowledged,
  rejected,
  handed,
  faults,
}: EventCounts): string {
  const records = `${sent} records sent, ${acknowledged} acknowledged by send, ${handed} handed out`
  return [records, list('rejected', rejected), list('faults that struck', faults)]
    .filter((part) => part !== '')
    .join('; ')
}

function list(what: string, counts: ReadonlyMap<string, number>): string {
  const shown = [...counts].map(([name, count]) => `${name} ${count}`).sort()
  return shown.length === 0 ? '' : `${what}: ${shown.join(', ')}`
}
