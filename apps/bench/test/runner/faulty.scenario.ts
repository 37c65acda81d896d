/** Values that one thread sends to another, with the fault that it is told to have. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { defineScenario, type Measurement, type RoleContext } from '../../src/define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from '../../src/metrics/stamped-value.ts'

const VALUE_BYTES = 20
const FAULTY_AT = 7
/** Of a slowed scenario: what it does for each value, beside sending it. */
const SLOW_ROUNDS = 20_000

interface Task {
  readonly port: MessagePort
}

/** The sequences that are sent where all of them should be. */
function sequencesOf(records: number, fault: unknown): number[] {
  const sequences = Array.from({ length: records }, (_, sequence) => sequence)
  if (fault === 'loses') sequences.splice(FAULTY_AT, 1)
  if (fault === 'repeats') sequences.splice(FAULTY_AT, 0, FAULTY_AT)
  if (fault === 'reorders') sequences.splice(FAULTY_AT, 2, FAULTY_AT + 1, FAULTY_AT)
  return sequences
}

async function send(context: RoleContext<Task>): Promise<void> {
  const { port } = context.data
  const { wait: fault } = context.parameters
  await context.sync('warm')
  for (const sequence of sequencesOf(context.number('records'), fault)) {
    const value = patternValue(VALUE_BYTES, 0)
    stamp(value, sequence)
    if (fault === 'changes' && sequence === FAULTY_AT) value[VALUE_BYTES - 1] = 0
    const rounds = fault === 'slowed' ? SLOW_ROUNDS : 0
    for (let round = 0; round < rounds; round++) value[10] = (value[10]! * 31 + round) & 0x7f
    port.postMessage(value)
  }
  port.postMessage(null)
}

async function receive(context: RoleContext<Task>): Promise<Tally> {
  const checker = new StampChecker(VALUE_BYTES, 1)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  context.data.port.on('message', (value: Uint8Array | null) => {
    try {
      if (value === null) resolve()
      else checker.check(value, 0, value.length)
    } catch (error) {
      reject(error)
    }
  })
  await context.sync('warm')
  await promise.finally(() => context.data.port.close())
  const { count, sum } = checker.tally
  return context.parameters.wait === 'miscounts' ? { count: count + 1, sum } : { count, sum }
}

export default defineScenario({
  name: 'faulty',
  description: 'has the fault that --wait names',
  parameters: { records: 2_000, wait: 'none' },
  comparedWith: ['faulty wait=slowed', 'faulty wait=none'],
  roles: { send, receive },
  run: async (stage) => {
    const records = stage.number('records')
    const { port1, port2 } = new MessageChannel()
    stage.start<void>('send', { port: port1 }, { transfer: [port1] })
    const receiving = stage.start<Tally>('receive', { port: port2 }, { transfer: [port2] })
    const startedAtMs = await stage.sync('warm')
    const tally = await receiving.result
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    assertTally([tally], [expectedTally(0, records)])
    const told = { records, elapsedMs, cpuMicros }
    return { ...told, ...lieOf(String(stage.parameters.wait), told) }
  },
})

type Told = Pick<Measurement, 'records' | 'elapsedMs'> & { readonly cpuMicros: number }

/** What a run with that fault says instead. */
function lieOf(fault: string, { elapsedMs, cpuMicros }: Told): Partial<Measurement> {
  const lies: Record<string, Partial<Measurement>> = {
    'clock stands': { elapsedMs: 0 },
    'clock goes back': { elapsedMs: -elapsedMs },
    'clock is fast': { elapsedMs: elapsedMs + 3_600_000 },
    'clock is slow': { elapsedMs: elapsedMs / 1e6, cpuMicros: cpuMicros + 60e6 },
    'no number': { records: NaN },
  }
  return lies[fault] ?? {}
}
