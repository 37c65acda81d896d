export { VirtualClock, type VirtualClockOptions } from '@ringlog/core/testing'
export type { Clock, ClockTimer } from '@ringlog/core/internal'
export type { AddedRecord, Given } from './mock-consumer/added-record.ts'
export { MockConsumer } from './mock-consumer/mock-consumer.ts'
export type { MockConsumerConfig } from './mock-consumer/mock-consumer-config.ts'
export type { PollTask } from './mock-consumer/poll-tasks.ts'
export { MockProducer } from './mock-producer/mock-producer.ts'
export type { MockProducerConfig } from './mock-producer/mock-producer-config.ts'
export {
  APPEND_ERROR_CODES,
  corruptNextBatch,
  failAppends,
  type AppendErrorCode,
  type FailAppendsOptions,
} from './faults/append-faults.ts'
export { delayAcks, dropAcks } from './faults/answer-faults.ts'
export { forceRebalance, killClient } from './faults/client-faults.ts'
export type { CallWaitOptions } from '@ringlog/core/internal'
export type { InjectedFault } from './faults/injected-fault.ts'
export {
  killPartitionWorker,
  pausePartitionWorker,
  type KillOptions,
} from './faults/worker-faults.ts'
export { PARTITION_WORKER_STEPS, type PartitionWorkerStep } from '@ringlog/core/internal'
export {
  inMemoryClient,
  type InMemoryClient,
  type InMemoryClientConfig,
} from './in-memory-client.ts'
