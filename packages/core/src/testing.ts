/** What tests of other packages, and of programs that use Ringlog, need of core: nothing that runs in one. */
export { VirtualClock, type VirtualClockOptions } from './concurrent/virtual-clock.ts'
