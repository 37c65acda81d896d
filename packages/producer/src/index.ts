export { Producer, type CloseOptions, type DrainedOptions, type ProducerLike } from './producer.ts'
export type { ProducerConfig, Transport } from './config.ts'
export type { WaitOptions } from './wait-options.ts'
