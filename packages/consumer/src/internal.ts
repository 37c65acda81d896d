/** What Ringlog's own packages need of the consumer, and users must not import: no promise is made of it. */
export { resolveConsumerConfig, type ResolvedConsumerConfig } from './config.ts'
export { hasHeaders, haveSameKey, keyBytesOf, keyHashOf, valueBytesOf } from './consumer-record.ts'
export { recordsIn, slicesOf, stretchesOf } from './consumer-records.ts'
export type { RecordStretch } from './record-stretch.ts'
export type { RecordSlice } from './slice-cursor.ts'
export { checkPartitions, uniquePartitions } from './subscription-state.ts'
