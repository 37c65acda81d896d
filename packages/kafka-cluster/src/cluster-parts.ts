import type { Clock } from '@ringlog/core/internal'
import type { ResolvedClusterConfig } from './cluster-config.ts'
import type { ClusterConnections } from './connection/cluster-connections.ts'
import type { Kafka } from './load-kafka.ts'
import type { ClusterMetadata } from './metadata/cluster-metadata.ts'

/** What a client has to ask its cluster with. */
export interface ClusterParts {
  readonly kafka: Kafka
  readonly config: ResolvedClusterConfig
  readonly clock: Clock
  readonly connections: ClusterConnections
  readonly metadata: ClusterMetadata
}
