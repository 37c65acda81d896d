import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { HistoryEvent } from './history-event.ts'

/**
 * The events of a history's file, in their order. Read line by line: a file may be longer than a string can be.
 */
export async function readHistory(file: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = []
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
  }
  return events.sort((one, other) => one.order - other.order)
}
