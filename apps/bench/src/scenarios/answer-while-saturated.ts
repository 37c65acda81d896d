import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import {
  NOT_YET,
  SATURATED_PARTITION,
  TOTAL,
  ask,
  consumeUntilOver,
  produceUntilOver,
  type Answers,
  type SaturatedTask,
} from '../roles/answer-while-saturated.ts'
import { WARM } from '../roles/producing.ts'

/** A partition worker drains a lane as fast as it can: how soon it answers a call all the same. */
export default defineScenario({
  name: 'answer-while-saturated',
  description: 'a call to a partition worker (by the controller) while its lane is always full',
  isDefault: false,
  parameters: { durationMs: 5_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: produceUntilOver, consumer: consumeUntilOver, caller: ask },
  run: async (stage) => {
    const words = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
    new Int32Array(words)[TOTAL] = NOT_YET
    const broker = await Broker.start()
    await broker.createTopic(SATURATED_PARTITION.topic)
    const task: SaturatedTask = { words }
    const consuming = stage.start<Tally>('consumer', task)
    const asking = stage.start<Answers>('caller', task)
    const producing = stage.start<void>('producer', task)
    const startedAtMs = await stage.sync(WARM)
    const { idle, saturated } = await asking.result
    await producing.result
    const tally = await consuming.result
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    await broker.close()
    assertTally([tally], [expectedTally(0, new Int32Array(words)[TOTAL]!)])
    return {
      records: tally.count,
      elapsedMs,
      cpuMicros,
      latency: saturated,
      figures: { idleAnswerP50Micros: idle.p50, idleAnswerP99Micros: idle.p99 },
    }
  },
})
