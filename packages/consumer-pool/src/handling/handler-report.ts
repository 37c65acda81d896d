import { engineOf, type HandlerMetrics, type LogClient } from '@ringlog/core/internal'

/** Has the handlers of a loop among the clients of `broker.metrics()`; returns what ends that. */
export function reportHandlers(
  client: LogClient,
  { clientId, groupId, metrics }: ReportedHandlers,
): () => void {
  return engineOf(client).attach({
    // The loop is ended by who has it, and what it uses by its client.
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
    fail: () => undefined,
    report: () => ({ kind: 'handler', clientId, groupId, metrics: metrics() }),
  })
}

export interface ReportedHandlers {
  /** Of the consumer whose records are handled. */
  readonly clientId: string
  readonly groupId: string
  readonly metrics: () => HandlerMetrics
}
