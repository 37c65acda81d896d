import * as Comlink from 'comlink'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { endpointOf } from './comlink-pair.ts'

const CALLS_IN_FLIGHT = 100
const WARM = 'warm'

interface Receiver {
  receive(record: { topic: string; key: null; value: Uint8Array; timestamp: number }): number
  tally(): Tally
}

/** Answers calls until the port closes. */
async function serve(context: RoleContext<{ port: MessagePort }>): Promise<void> {
  const { port } = context.data
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const receiver: Receiver = {
    receive: ({ value }) => {
      checker.check(value, 0, value.length)
      return checker.count
    },
    tally: () => checker.tally,
  }
  Comlink.expose(receiver, endpointOf(port))
  const closed = new Promise((resolve) => port.on('close', resolve))
  await context.warmUp(async () => undefined) // It is the caller's laps that end.
  await context.sync(WARM)
  await closed
}

/** Makes a call per record, so many at a time. */
async function call(
  context: RoleContext<{ port: MessagePort }>,
): Promise<{ tally: Tally; finishedAtMs: number }> {
  const { port } = context.data
  const receiver = Comlink.wrap<Receiver>(endpointOf(port))
  const value = patternValue(context.number('recordSizeBytes'), 0)
  let sequence = 0
  const callMore = async (count: number): Promise<void> => {
    const inFlight: Array<Promise<number>> = []
    for (const end = sequence + count; sequence < end; sequence++) {
      stamp(value, sequence)
      inFlight.push(receiver.receive({ topic: 'bench', key: null, value, timestamp: Date.now() }))
      if (inFlight.length >= CALLS_IN_FLIGHT) await inFlight.shift()
    }
    await Promise.all(inFlight)
  }
  await context.warmUp(() => callMore(lapOf(context.number('records'))))
  await context.sync(WARM)
  await callMore(context.number('records'))
  const finishedAtMs = context.nowMs()
  const tally = await receiver.tally()
  port.close()
  return { tally, finishedAtMs }
}

/** Workers as objects, as Comlink is meant to be used: a call per record. */
export default defineScenario({
  name: 'rival-comlink',
  description: 'a Comlink call per record, 100 in flight, one receiving worker',
  parameters: { records: 25_000, recordSizeBytes: 100 },
  fixed: { producers: 1, consumers: 1 },
  roles: { receiver: serve, caller: call },
  run: async (stage) => {
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const { port1, port2 } = new MessageChannel()
    const serving = stage.start<void>('receiver', { port: port2 }, { transfer: [port2] })
    const calling = stage.start<{ tally: Tally; finishedAtMs: number }>(
      'caller',
      { port: port1 },
      { transfer: [port1] },
    )
    const laps = await stage.warmUp(lapRecords)
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs } = await calling.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    await serving.result
    assertTally([tally], [expectedTally(0, laps * lapRecords + records)])
    return {
      records,
      bytes: records * stage.number('recordSizeBytes'),
      elapsedMs: finishedAtMs - startedAtMs,
      cpuMicros,
    }
  },
})
