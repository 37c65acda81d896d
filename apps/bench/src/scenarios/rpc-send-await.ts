import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from '../roles/producing.ts'
import { AWAITED_TOPIC, sendAndAwait } from '../roles/send-and-await.ts'

/** One record at a time: what a round trip through partitioner, accumulator, RPC and log costs. */
export default defineScenario({
  name: 'rpc-send-await',
  description: 'for (…) await producer.send(…): one record at a time, transport rpc',
  isDefault: false,
  parameters: { records: 10_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, lingerMs: 0 },
  comparedWith: ['limit-comlink-round-trip'],
  roles: { producer: sendAndAwait },
  run: async (stage) => {
    const broker = await Broker.start()
    await broker.createTopic(AWAITED_TOPIC)
    const producing = stage.start<number>('producer')
    const records = stage.number('records')
    const laps = await stage.warmUp(lapOf(records))
    const startedAtMs = await stage.sync(WARM)
    const elapsedMs = (await producing.result) - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    const [offsets] = await broker.offsets(AWAITED_TOPIC)
    const sent = laps * lapOf(records) + records
    if (offsets!.endOffset !== sent) {
      throw new Error(`the log ends at ${offsets!.endOffset}, sent ${sent}`)
    }
    await broker.close()
    const figures = { meanMicros: (elapsedMs * 1000) / records }
    return { records, elapsedMs, cpuMicros, figures }
  },
})
