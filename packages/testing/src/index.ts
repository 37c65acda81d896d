export { VirtualClock, type VirtualClockOptions } from '@ringlog/core/testing'
export type { Clock, ClockTimer } from '@ringlog/core/internal'
