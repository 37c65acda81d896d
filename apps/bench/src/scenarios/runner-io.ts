import { Broker, Producer, runConsumer } from 'ringlog'
import { setTimeout as wait } from 'node:timers/promises'
import { defineScenario, type Measurement, type Stage } from '../define-scenario.ts'
import { patternValue } from '../metrics/stamped-value.ts'

const TOPIC = 'bench'
const GROUP = 'bench'
const KEYS = 1_000
const IO_MS = 1
const AT_ONCE = 100
/** One at a time takes so much longer that it is done with a part of the records. */
const ALONE_SHARE = 0.02

/** Handlers that await a millisecond each: a hundred at once by key, against one at a time. */
export default defineScenario({
  name: 'runner-io',
  description: 'runConsumer with 1 ms of awaited I/O a record: 100 at once, against one at a time',
  isDefault: false,
  parameters: { records: 50_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: {},
  run,
})

async function run(stage: Stage): Promise<Measurement> {
  const records = stage.number('records')
  const alone = Math.ceil(records * ALONE_SHARE)
  const aloneMs = await consume(stage, alone, 1)
  const cpuAtStart = process.cpuUsage()
  const elapsedMs = await consume(stage, records, AT_ONCE)
  const { user, system } = process.cpuUsage(cpuAtStart)
  const recordMsAlone = aloneMs / alone
  const recordMs = elapsedMs / records
  return {
    records,
    elapsedMs,
    cpuMicros: user + system,
    figures: { aloneMicrosPerRecord: recordMsAlone * 1_000, microsPerRecord: recordMs * 1_000 },
    ratios: { 'one at a time / 100 at once': recordMsAlone / recordMs },
  }
}

/** Returns how long it took until all were handled and committed. */
async function consume(stage: Stage, records: number, concurrency: number): Promise<number> {
  const broker = await Broker.start()
  await broker.createTopic(TOPIC, { gatingGroups: [GROUP] })
  const producer = new Producer(broker)
  const value = patternValue(stage.number('recordSizeBytes'), 0)
  for (let i = 0; i < records; i++) {
    if (!producer.write({ topic: TOPIC, key: String(i % KEYS), value })) await producer.drained()
  }
  await producer.close()
  const last = new Map<string, number>()
  const ended = Promise.withResolvers<void>()
  let handled = 0
  const startedAtMs = stage.nowMs()
  const runner = await runConsumer(broker, {
    groupId: GROUP,
    topics: [TOPIC],
    concurrency,
    eachRecord: async ({ key, offset }) => {
      const name = String(key)
      await wait(IO_MS)
      if (offset <= (last.get(name) ?? -1)) throw new Error(`key ${name} is out of order`)
      last.set(name, offset)
      if (++handled === records) ended.resolve()
    },
  })
  await Promise.race([ended.promise, runner.closed])
  const elapsedMs = stage.nowMs() - startedAtMs
  await runner.close()
  const [offsets] = await broker.offsets(TOPIC, GROUP)
  if (offsets?.committed !== records) throw new Error(`${offsets?.committed} are committed`)
  await broker.close()
  return elapsedMs
}
