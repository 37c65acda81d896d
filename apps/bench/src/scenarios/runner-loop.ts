import { Broker, Consumer, Producer, runConsumer, type ConsumerRecord } from 'ringlog'
import { defineScenario, type Measurement, type Scenario, type Stage } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'

const TOPIC = 'bench'
const GROUP = 'bench'
const WARM_UP_SHARE = 0.5
/** Enough for the records of the longest run, all of which lie in it before the first is read. */
const RING_BYTES = 512 * 1024 * 1024

type Handler = (record: ConsumerRecord) => Promise<void> | void

export interface RunnerLoopShape {
  /** Who calls the handler: a loop written by hand, or `runConsumer`. */
  readonly by: 'hand' | 'runner'
  /** Whether the handler is an async function. */
  readonly isAsync: boolean
}

/** Records that lie in a partition, each given to a handler that does nothing but see that it is the next. */
export function runnerLoopScenario(
  scenario: Pick<Scenario, 'name' | 'description' | 'comparedWith'>,
  shape: RunnerLoopShape,
): Scenario {
  return defineScenario({
    ...scenario,
    isDefault: false,
    parameters: { records: 2_000_000, recordSizeBytes: 100 },
    fixed: { producers: 1, partitions: 1, consumers: 1 },
    roles: {},
    run: (stage) => run(stage, shape),
  })
}

async function run(stage: Stage, { by, isAsync }: RunnerLoopShape): Promise<Measurement> {
  const records = stage.number('records')
  const recordSizeBytes = stage.number('recordSizeBytes')
  const warmUpRecords = Math.ceil(records * WARM_UP_SHARE)
  const all = warmUpRecords + records
  const broker = await Broker.start()
  await broker.createTopic(TOPIC, { ringBytes: RING_BYTES, gatingGroups: [GROUP] })
  await fill(broker, all, recordSizeBytes)

  let next = 0
  let startedAtMs = 0
  let elapsedMs = 0
  let cpuAtStart = process.cpuUsage()
  let cpuMicros = 0
  const ended = Promise.withResolvers<void>()
  const handle = ({ offset }: ConsumerRecord): void => {
    if (offset !== next) throw new Error(`record ${offset} came in place of ${next}`)
    next++
    if (next === warmUpRecords) {
      startedAtMs = stage.nowMs()
      cpuAtStart = process.cpuUsage()
    }
    if (next !== all) return
    elapsedMs = stage.nowMs() - startedAtMs
    const { user, system } = process.cpuUsage(cpuAtStart)
    cpuMicros = user + system
    ended.resolve()
  }
  const handler: Handler = isAsync ? async (record) => handle(record) : handle
  if (by === 'hand') await consumeByHand(broker, handler, () => next === all)
  else {
    const runner = await runConsumer(broker, {
      groupId: GROUP,
      topics: [TOPIC],
      eachRecord: handler,
    })
    await Promise.race([ended.promise, runner.closed])
    await runner.close()
  }
  const [offsets] = await broker.offsets(TOPIC, GROUP)
  if (offsets?.committed !== all) throw new Error(`${offsets?.committed} of ${all} are committed`)
  await broker.close()
  return { records, elapsedMs, cpuMicros }
}

/** The loop that programs write without a runner. */
async function consumeByHand(
  broker: Broker,
  handler: Handler,
  isOver: () => boolean,
): Promise<void> {
  const consumer = new Consumer(broker, { groupId: GROUP, autoCommit: false })
  await consumer.subscribe([TOPIC])
  while (!isOver()) {
    for (const record of await consumer.poll()) {
      // A promise is awaited, and what is none is not: that is the fastest way.
      const answer = handler(record)
      if (answer instanceof Promise) await answer
    }
    await consumer.commit()
  }
  await consumer.close()
}

async function fill(broker: Broker, count: number, recordSizeBytes: number): Promise<void> {
  const producer = new Producer(broker)
  const value = patternValue(recordSizeBytes, 0)
  for (let sequence = 0; sequence < count; sequence++) {
    stamp(value, sequence)
    const key = String(sequence % 1_000)
    if (!producer.write({ topic: TOPIC, key, value })) await producer.drained()
  }
  await producer.close()
}
