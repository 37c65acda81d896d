import { engineOf, type LogClient } from '@ringlog/core/internal'

/** The content type of what `prometheusMetrics` resolves with. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The metrics of a broker, its partitions, groups and clients in all threads, as text that Prometheus scrapes:
 * `metrics()` of the client, with base units (seconds, bytes). docs/monitoring.md lists all of them.
 *
 * Producers or consumers of one client id are told of together: give those a `clientId` that you want apart.
 *
 * @throws RinglogError What `metrics()` rejects with: BROKER_CLOSED, REQUEST_TIMED_OUT. INVALID_REQUEST for what is no
 *   client.
 */
export async function prometheusMetrics(client: LogClient): Promise<string> {
  // What stands in for a client need have no more than that.
  if (typeof (client as Partial<LogClient> | null | undefined)?.metrics !== 'function')
    engineOf(client)
  // Loaded with the first scrape: every thread that imports the package would pay for it.
  const { expositionOf } = await import('./broker-exposition.ts')
  return expositionOf(await client.metrics())
}
