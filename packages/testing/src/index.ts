export { VirtualClock, type VirtualClockOptions } from '@ringlog/core/testing'
export type { Clock, ClockTimer } from '@ringlog/core/internal'
export { MockProducer } from './mock-producer/mock-producer.ts'
export type { MockProducerConfig } from './mock-producer/mock-producer-config.ts'
