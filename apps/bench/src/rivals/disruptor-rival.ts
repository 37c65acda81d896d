import { fileURLToPath } from 'node:url'
import { defineScenario, type Measurement, type Scenario, type Stage } from '../define-scenario.ts'
import { assertTally, expectedTally, tallyOf, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { DISRUPTOR_LIBRARIES } from '../outside/disruptor-libraries.ts'
import { LineProcess } from '../outside/line-process.ts'

const PROGRAM = fileURLToPath(new URL('../../java/DisruptorPipeline.java', import.meta.url))
const NANOS_PER_MS = 1e6

/** How its consumer waits: the Disruptor's own names. */
export type DisruptorWait = 'blocking' | 'sleeping' | 'yielding' | 'busySpin'

interface Answer {
  readonly elapsedMs: number
  readonly cpuMicros: number
  readonly tally: Tally
}

/** Two threads of a JVM with the LMAX Disruptor between them, the payload copied in and out. */
export function disruptorRival(wait: DisruptorWait): Scenario {
  return defineScenario({
    name: `rival-disruptor-${wait === 'busySpin' ? 'busy-spin' : wait}`,
    description: `LMAX Disruptor in a JVM: one producer, one consumer, payload copied, ${wait} wait`,
    outside: 'disruptor',
    parameters: { records: 10_000_000, recordSizeBytes: 100 },
    fixed: { producers: 1, consumers: 1 },
    roles: {},
    run: (stage) => run(stage, wait),
  })
}

async function run(stage: Stage, wait: string): Promise<Measurement> {
  const records = stage.number('records')
  const recordSizeBytes = stage.number('recordSizeBytes')
  const lapRecords = lapOf(records)
  const { classpath } = DISRUPTOR_LIBRARIES
  const java = new LineProcess('java', ['-cp', classpath, PROGRAM, wait, String(recordSizeBytes)])
  try {
    const send = async (count: number): Promise<Answer> => parse(await java.ask(String(count)))
    const laps = await stage.warmUp(lapRecords, { lap: () => send(lapRecords) })
    const { elapsedMs, cpuMicros, tally } = await send(records)
    assertTally([tally], [expectedTally(0, laps * lapRecords + records)])
    return { records, bytes: records * recordSizeBytes, elapsedMs, cpuMicros }
  } finally {
    java.end()
  }
}

function parse(line: string): Answer {
  const [elapsedNanos, cpuNanos, count, sum] = line.split(' ').map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  return {
    elapsedMs: Number(elapsedNanos) / NANOS_PER_MS,
    cpuMicros: Number(cpuNanos) / 1000,
    tally: tallyOf(count, sum),
  }
}
