export { Producer } from './producer.ts'
export type { CloseOptions, DrainedOptions, ProducerLike, WaitOptions } from './producer-like.ts'
export type { Acks, FailedRecords, ProducerConfig, Transport } from './config.ts'
export type { ProducerMetrics } from '@ringlog/core'
