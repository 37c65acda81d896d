import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'

const MEBIBYTE = 1024 * 1024
/** Small rings, so that what remains is the workers' own. */
const RING_BYTES = MEBIBYTE

/** How long a topic takes to start, and what each of its partition workers costs. */
export default defineScenario({
  name: 'start-up',
  description:
    'a topic of 8 partitions: time to start, memory of a partition worker beyond its ring',
  parameters: { partitions: 8 },
  roles: {},
  run: async (stage) => {
    const partitions = stage.number('partitions')
    const broker = await Broker.start()
    const rssBefore = process.memoryUsage.rss()
    const startedAtMs = stage.nowMs()
    const description = await broker.createTopic('bench', { partitions, ringBytes: RING_BYTES })
    const elapsedMs = stage.nowMs() - startedAtMs
    const rssAfter = process.memoryUsage.rss()
    const online = description.partitions.filter(({ state }) => state === 'online').length
    if (online !== partitions) throw new Error(`${online} of ${partitions} partitions are online`)
    await broker.close()
    const grownBytes = rssAfter - rssBefore - partitions * RING_BYTES
    return {
      records: 0,
      elapsedMs,
      figures: {
        topicStartMs: elapsedMs,
        mebibytesPerWorkerBeyondRing: grownBytes / partitions / MEBIBYTE,
      },
    }
  },
})
