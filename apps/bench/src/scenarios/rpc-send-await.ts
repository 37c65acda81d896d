import { Broker, Producer, connect } from 'ringlog'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

const TOPIC = 'bench'
const WARM_UP_RECORDS = 2_000

/** Sends one record after the other, each awaited; every offset must be the next. */
async function sendAndAwait(context: RoleContext): Promise<number> {
  const client = await connect()
  const producer = new Producer(client, { transport: 'rpc' })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const total = WARM_UP_RECORDS + context.number('records')
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === WARM_UP_RECORDS) await context.sync(WARM)
    stamp(value, sequence)
    const { offset } = await producer.send({ topic: TOPIC, value })
    if (offset !== sequence) throw new Error(`record ${sequence} got offset ${offset}`)
  }
  const finishedAtMs = context.nowMs()
  await client.close()
  return finishedAtMs
}

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
    await broker.createTopic(TOPIC)
    const producing = stage.start<number>('producer')
    const startedAtMs = await stage.sync(WARM)
    const elapsedMs = (await producing.result) - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    const records = stage.number('records')
    const [offsets] = await broker.offsets(TOPIC)
    if (offsets!.endOffset !== WARM_UP_RECORDS + records) {
      throw new Error(`the log ends at ${offsets!.endOffset}, sent ${WARM_UP_RECORDS + records}`)
    }
    await broker.close()
    const figures = { meanMicros: (elapsedMs * 1000) / records }
    return { records, elapsedMs, cpuMicros, figures }
  },
})
