import { Broker, ConsumerPool, Producer } from 'ringlog'
import {
  defineScenario,
  type Measurement,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import type { MeasuredHandlerData } from '../handlers/measured.ts'
import {
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  tallyOf,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { moduleBeside } from '../runner/module-beside.ts'
import type { HandlingTask } from '../roles/handling-by-hand.ts'
import { inWindow } from '../roles/in-window.ts'
import { WARM } from '../roles/producing.ts'

const TOPIC = 'bench'
const PARTITIONS = 2
const GROUP = 'bench'

export interface PoolShape {
  readonly threads: number
  /** What a record keeps a thread busy for. */
  readonly workMicros: number
  /** Each record by `run`, its answer awaited; else by `write`, and drained. */
  readonly isAnswered?: boolean
  /** What each thread does where there is no pool. */
  readonly byHand?: (context: RoleContext<never>) => Promise<void>
}

/** A consumer pool that handles records of two partitions, from written to committed. */
export function poolScenario(
  scenario: Pick<Scenario, 'name' | 'description' | 'comparedWith'>,
  records: number,
  shape: PoolShape,
): Scenario {
  return defineScenario({
    ...scenario,
    isDefault: false,
    parameters: { records, recordSizeBytes: 100 },
    fixed: { producers: 1, partitions: PARTITIONS, consumers: shape.threads },
    roles: shape.byHand === undefined ? {} : { handler: shape.byHand },
    run: (stage) => run(stage, shape),
  })
}

async function run(stage: Stage, shape: PoolShape): Promise<Measurement> {
  const { threads, workMicros, isAnswered = false } = shape
  const recordSizeBytes = stage.number('recordSizeBytes')
  // Each thread gets as many of the records as the others.
  const perThread = Math.ceil(stage.number('records') / threads)
  const records = perThread * threads
  const lapRecords = lapOf(perThread) * threads
  const tally = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)
  const broker = await Broker.start()
  await broker.createTopic(TOPIC, { partitions: PARTITIONS })
  const data: MeasuredHandlerData = { tally, recordSizeBytes, workMicros }
  const pool = shape.byHand === undefined ? await startPool(broker, threads, data) : null
  const handledByHand = Array.from({ length: pool === null ? threads : 0 }, (_, index) => {
    const counts = { lapRecords: lapRecords / threads, timedRecords: perThread }
    const task: HandlingTask = { topic: TOPIC, groupId: GROUP, data, ...counts }
    return stage.start('handler', task, { index }).result
  })
  if (pool === null) await stage.sync('assigned')
  const producer = new Producer(broker)
  const value = patternValue(recordSizeBytes, 0)
  let handled = 0
  const writeMore = async (count: number): Promise<void> => {
    for (const end = handled + count; handled < end; handled++) {
      stamp(value, handled)
      if (!producer.write({ topic: TOPIC, value })) await producer.drained()
    }
    await producer.flush()
    await pool?.drain()
  }
  const runMore = async (count: number): Promise<void> => {
    await inWindow(handled, handled + count, (sequence) => {
      stamp(value, sequence)
      return pool!.run<number>({ topic: TOPIC, value })
    })
    handled += count
  }
  const handleMore = isAnswered ? runMore : writeMore
  await stage.warmUp(lapRecords, { lap: () => handleMore(lapRecords) })
  if (pool !== null) await assertShared(pool, threads)
  const startedAtMs = await stage.sync(WARM)
  await handleMore(records)
  await Promise.all(handledByHand)
  const elapsedMs = stage.nowMs() - startedAtMs
  const cpuMicros = stage.cpuMicrosSinceSync()
  await pool?.close()
  await broker.close()
  const [count, sum] = new BigInt64Array(tally)
  assertTally([tallyOf(count!, sum!)], [expectedTally(0, handled)])
  return { records, elapsedMs, cpuMicros }
}

function startPool(
  broker: Broker,
  threads: number,
  data: MeasuredHandlerData,
): Promise<ConsumerPool> {
  return ConsumerPool.start(broker, {
    groupId: GROUP,
    topics: [TOPIC],
    handler: moduleBeside('../handlers/measured', import.meta.url),
    threads,
    data,
  })
}

/** @throws Error unless each thread has as many partitions as the others. */
async function assertShared(pool: ConsumerPool, threads: number): Promise<void> {
  const metrics = await pool.metrics()
  const shares = metrics.threads.map(({ assignment }) => assignment.length)
  if (shares.length === threads && shares.every((share) => share === PARTITIONS / threads)) return
  throw new Error(`${threads} threads have ${shares.join(', ')} of ${PARTITIONS} partitions`)
}
