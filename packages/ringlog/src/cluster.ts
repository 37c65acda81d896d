/**
 * Producers and consumers on an Apache Kafka cluster: `connectCluster`; and `mirror`, which brings the records of one log
 * to another. `ringlog` itself loads none of it.
 *
 * @module ringlog/cluster
 */
export * from '@ringlog/consumer-pool/mirror'
export * from '@ringlog/kafka-cluster'
