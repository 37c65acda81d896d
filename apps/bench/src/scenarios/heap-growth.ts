import { defineScenario } from '../define-scenario.ts'
import type { HeapGrowth } from '../metrics/heap-growth.ts'
import { consumeWatched } from './consuming.ts'
import { runTopology } from './producers-to-consumers.ts'
import { produceWatched } from './producing.ts'

/** What a record leaves on the heaps of the two threads of the user's, and what it passes through. */
export default defineScenario({
  name: 'heap-growth',
  description: 'shared-1p1c: growth of the heaps between forced collections, bytes a record',
  isDefault: false,
  parameters: {
    records: 10_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: produceWatched, consumer: consumeWatched },
  run: async (stage) => {
    const topology = { producers: 1, partitions: 1, consumers: 1 }
    const { measurement, consumed, produced } = await runTopology(stage, topology)
    const figures = {
      ...figuresOf('producer', produced[0] as HeapGrowth),
      ...figuresOf('consumer', consumed[0]!.heap!),
    }
    return { ...measurement, figures }
  },
})

function figuresOf(
  thread: string,
  { grownBytesPerRecord, allocatedBytesPerRecord }: HeapGrowth,
): Record<string, number> {
  return {
    [`${thread}HeapGrownBytesPerRecord`]: grownBytesPerRecord,
    ...(allocatedBytesPerRecord === null
      ? {}
      : { [`${thread}HeapAllocatedBytesPerRecord`]: allocatedBytesPerRecord }),
  }
}
