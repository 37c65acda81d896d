import { readFile } from 'node:fs/promises'
import type { HistoryEvent } from './history-event.ts'

/** The events of a history's file, in their order. */
export async function readHistory(file: string): Promise<HistoryEvent[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines
    .map((line) => JSON.parse(line) as HistoryEvent)
    .sort((one, other) => one.order - other.order)
}
