/**
 * Ringlog's Producer and Consumer on an Apache Kafka cluster: the same program, with `connectCluster` instead of
 * `Broker.start`.
 *
 * @module @ringlog/kafka-cluster
 */
export { connectCluster } from './connect-cluster.ts'
export type { ClusterConfig, ClusterSasl, FollowConfig } from './cluster-config.ts'
export type { ClusterClient } from './cluster-client.ts'
export type { ClusterTopicConfig } from './admin/topic-configs.ts'
export type { ClusterTopicDescription } from './admin/topic-admin.ts'
