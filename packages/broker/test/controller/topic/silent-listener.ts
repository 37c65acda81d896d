import type { PartitionListener } from '../../../src/controller/topic/partition.ts'

/** Takes what happens to partitions, and does nothing. */
export const silentListener: PartitionListener = {
  onCrash: () => undefined,
  onRestarted: () => undefined,
  onEnded: () => undefined,
  onEvent: () => undefined,
  registerGatingGroups: () => Promise.resolve(),
  forgetOffsets: () => Promise.resolve(),
  onTruncated: () => undefined,
  onDamaged: () => undefined,
}
