import type { HistoryWriter } from '../history/history-writer.ts'

/** How long a thread that has closed all that it opened may take to end, on a busy machine. */
const END_LIMIT_MS = 6_000

/** Lets a thread, or the process, end by itself; writes down what keeps it alive when it does not. */
export function endOrTell(history: HistoryWriter, name: string): void {
  const timer = setTimeout(() => {
    history.write({ type: 'lingers', name, resources: process.getActiveResourcesInfo() })
    process.exit()
  }, END_LIMIT_MS)
  timer.unref()
}
