import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import {
  COMPRESSIONS,
  consumeText,
  consumed,
  produceText,
  topicOf,
  warm,
  type ConsumedText,
} from '../roles/compression.ts'

const MEBIBYTE = 1024 * 1024

/** A novel, line by line, through one partition: what each codec costs, and what it saves. */
export default defineScenario({
  name: 'compression',
  description: 'a novel line by line, one producer, partition and consumer: MiB/s, ratio by codec',
  isDefault: false,
  parameters: { records: 250_000, batchSizeBytes: 65_536 },
  fixed: { producers: 1, partitions: 1, consumers: 1, lingerMs: 0 },
  roles: { producer: produceText, consumer: consumeText },
  run: async (stage) => {
    const broker = await Broker.start()
    for (const compression of COMPRESSIONS) await broker.createTopic(topicOf(compression))
    const producing = stage.start<Record<string, number>>('producer')
    const consuming = stage.start<Record<string, ConsumedText>>('consumer')
    const startedAtMs: number[] = []
    let cpuMicros = 0
    for (const compression of COMPRESSIONS) {
      startedAtMs.push(await stage.sync(warm(compression)))
      const cpuAtStart = process.cpuUsage()
      await stage.sync(consumed(compression))
      const { user, system } = process.cpuUsage(cpuAtStart)
      cpuMicros += user + system
    }
    const [rates, results] = await Promise.all([producing.result, consuming.result])
    await broker.close()

    const figures: Record<string, number> = {}
    let elapsedMs = 0
    let bytes = 0
    COMPRESSIONS.forEach((compression, i) => {
      const result = results[compression]!
      const tookMs = result.finishedAtMs - startedAtMs[i]!
      figures[`${compression}MebibytesPerSecond`] = result.bytes / MEBIBYTE / (tookMs / 1000)
      figures[`${compression}Ratio`] = 1 / rates[compression]!
      elapsedMs += tookMs
      bytes += result.bytes
    })
    const records = stage.number('records') * COMPRESSIONS.length
    return { records, bytes, elapsedMs, cpuMicros, figures }
  },
})
