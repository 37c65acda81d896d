import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { WARM } from '../roles/producing.ts'
import { AWAITED_TOPIC, WARM_UP_RECORDS, sendAndAwait } from '../roles/send-and-await.ts'

/** One record at a time: what a round trip through partitioner, accumulator, RPC and log costs. */
export default defineScenario({
  name: 'rpc-send-await',
  description: 'for (…) await producer.send(…): one record at a time, transport rpc',
  parameters: { records: 10_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, lingerMs: 0 },
  comparedWith: ['limit-comlink-round-trip'],
  roles: { producer: sendAndAwait },
  run: async (stage) => {
    const broker = await Broker.start()
    await broker.createTopic(AWAITED_TOPIC)
    const producing = stage.start<number>('producer')
    const startedAtMs = await stage.sync(WARM)
    const elapsedMs = (await producing.result) - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    const records = stage.number('records')
    const [offsets] = await broker.offsets(AWAITED_TOPIC)
    if (offsets!.endOffset !== WARM_UP_RECORDS + records) {
      throw new Error(`the log ends at ${offsets!.endOffset}, sent ${WARM_UP_RECORDS + records}`)
    }
    await broker.close()
    const figures = { meanMicros: (elapsedMs * 1000) / records }
    return { records, elapsedMs, cpuMicros, figures }
  },
})
