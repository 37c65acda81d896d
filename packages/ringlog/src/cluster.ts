/**
 * Producers and consumers on an Apache Kafka cluster: `connectCluster`. `ringlog` itself loads none of it.
 *
 * @module ringlog/cluster
 */
export * from '@ringlog/kafka-cluster'
