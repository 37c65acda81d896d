/** What tests of other packages, and of programs that use Ringlog, need of core: nothing that runs in one. */
import './node-version.ts'

export { VirtualClock, type VirtualClockOptions } from './concurrent/virtual-clock.ts'
