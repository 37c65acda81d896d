import type { ClusterConfig } from 'ringlog/cluster'

/** Servers of a Kafka cluster, on which the suites then run alone; `null`: they run on logs of this process. */
export const CLUSTER: string | null = process.env['RINGLOG_TEST_CLUSTER'] ?? null

/** Whether threads of this process follow what consumers read on the cluster: see docs/cluster.md. */
export const IS_FOLLOWED: boolean = CLUSTER !== null && process.env['RINGLOG_TEST_FOLLOW'] === '1'

/** Of the tests' clients: followers are shared by those of the same configuration. */
export function configOf(bootstrapServers: string): ClusterConfig {
  return {
    bootstrapServers,
    retryBackoffMs: 20,
    defaultApiTimeoutMs: 20_000,
    follow: IS_FOLLOWED,
  }
}
