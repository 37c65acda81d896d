import type { HeapGrowth } from '../metrics/heap-growth.ts'
import { consumeWatched } from '../roles/consuming.ts'
import { produceWatched } from '../roles/producing.ts'
import { pipelineScenario, runTopology } from './pipeline.ts'

/** What a record leaves on the heaps of the two threads of the user's, and what it passes through. */
export default pipelineScenario({
  name: 'heap-growth',
  description: 'shared-1p1c: growth of the heaps between forced collections, bytes a record',
  isDefault: false,
  records: 10_000_000,
  producer: produceWatched,
  consumer: consumeWatched,
  run: async (stage, topology) => {
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
