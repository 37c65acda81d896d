export { Consumer, type ConsumerLike, type PollOptions } from './consumer.ts'
export type { AutoOffsetReset, ConsumerConfig } from './config.ts'
export type { ConsumerRecord } from './consumer-record.ts'
export type { ConsumerRecords, RecordCursor } from './consumer-records.ts'
