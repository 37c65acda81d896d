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

const MESSAGES_PER_TURN = 1_000
const WARM = 'warm'

interface Message {
  topic: string
  key: null
  value: Uint8Array
  timestamp: number
}

interface Task {
  readonly port: MessagePort
  readonly warmUpRecords: number
  readonly timedRecords: number
}

/** Posts a message per record, so many per turn of the event loop. */
async function send(context: RoleContext<Task>): Promise<void> {
  const { port, warmUpRecords, timedRecords } = context.data
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const total = warmUpRecords + timedRecords
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === warmUpRecords) await context.sync(WARM)
    if (sequence % MESSAGES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    stamp(value, sequence)
    const message: Message = { topic: 'bench', key: null, value, timestamp: Date.now() }
    port.postMessage(message)
  }
}

async function receive(
  context: RoleContext<Task>,
): Promise<{ tally: Tally; finishedAtMs: number }> {
  const { port, warmUpRecords, timedRecords } = context.data
  const sizeBytes = context.number('recordSizeBytes')
  const receiveCount = (count: number, checker: StampChecker): Promise<number> =>
    new Promise((resolve, reject) => {
      const onMessage = ({ value }: Message): void => {
        try {
          checker.check(value, 0, value.length)
        } catch (error) {
          reject(error)
        }
        if (checker.count < count) return
        port.off('message', onMessage)
        resolve(context.nowMs())
      }
      port.on('message', onMessage)
    })
  const warmUp = new StampChecker(sizeBytes, 1)
  await receiveCount(warmUpRecords, warmUp)
  const timed = new StampChecker(sizeBytes, 1)
  const finished = receiveCount(timedRecords, timed)
  await context.sync(WARM)
  const finishedAtMs = await finished
  port.close()
  return { tally: timed.tally, finishedAtMs }
}

/** What Node.js users do today: a message per record from thread to thread. */
export default defineScenario({
  name: 'rival-postmessage',
  description:
    'postMessage of { topic, key, value, timestamp } per record, 1,000 a turn, one receiver',
  parameters: { records: 200_000, recordSizeBytes: 100 },
  fixed: { producers: 1, consumers: 1 },
  roles: { sender: send, receiver: receive },
  run: async (stage) => {
    const timedRecords = stage.number('records')
    const warmUpRecords = timedRecords
    const { port1, port2 } = new MessageChannel()
    const start = <Result>(role: string, port: MessagePort) =>
      stage.start<Result>(
        role,
        { port, warmUpRecords, timedRecords },
        {
          transfer: [port],
        },
      )
    const receiving = start<{ tally: Tally; finishedAtMs: number }>('receiver', port2)
    const sending = start<void>('sender', port1)
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs } = await receiving.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    await sending.result
    assertTally([tally], [expectedTally(warmUpRecords, timedRecords)])
    return {
      records: timedRecords,
      bytes: timedRecords * stage.number('recordSizeBytes'),
      elapsedMs: finishedAtMs - startedAtMs,
      cpuMicros,
    }
  },
})
