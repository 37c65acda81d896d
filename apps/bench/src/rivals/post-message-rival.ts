import { MessageChannel, type MessagePort } from 'node:worker_threads'
import {
  defineScenario,
  type Parameters,
  type RoleContext,
  type Scenario,
} from '../define-scenario.ts'
import { StampChecker, assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'

const WARM = 'warm'

interface Task {
  readonly port: MessagePort
  readonly lapRecords: number
  readonly timedRecords: number
}

/** What one way of sending records by `postMessage` is made of. */
export interface PostMessageRival<Message> extends Pick<Scenario, 'name' | 'description'> {
  /** Of the timed part. */
  readonly records: number
  /** Beyond `records`. */
  readonly parameters: Parameters
  /** In the sending thread: gives what sends so many records more. */
  readonly sender: (context: RoleContext, port: MessagePort) => (count: number) => Promise<void>
  /** In the receiving thread: gives what checks every record of a message. */
  readonly receiver: (checker: StampChecker, port: MessagePort) => (message: Message) => void
}

/** One thread that sends records by `postMessage`, and one that receives them. */
export function postMessageRival<Message>({
  records,
  parameters,
  sender,
  receiver,
  ...scenario
}: PostMessageRival<Message>): Scenario {
  return defineScenario({
    ...scenario,
    parameters: { records, ...parameters },
    fixed: { producers: 1, consumers: 1 },
    roles: {
      sender: async (context: RoleContext<Task>) => {
        const { port, lapRecords, timedRecords } = context.data
        const sendMore = sender(context, port)
        await context.warmUp(() => sendMore(lapRecords))
        await context.sync(WARM)
        await sendMore(timedRecords)
      },
      receiver: async (context: RoleContext<Task>) => {
        const { port, lapRecords, timedRecords } = context.data
        const checker = new StampChecker(context.number('recordSizeBytes'), 1)
        const receiveMore = receiveBy(port, checker, receiver(checker, port))
        await context.warmUp(() => receiveMore(lapRecords))
        await context.sync(WARM)
        await receiveMore(timedRecords)
        const finishedAtMs = context.nowMs()
        port.close()
        return { tally: checker.tally, finishedAtMs }
      },
    },
    run: async (stage) => {
      const timedRecords = stage.number('records')
      const lapRecords = lapOf(timedRecords)
      const { port1, port2 } = new MessageChannel()
      const start = <Result>(role: string, port: MessagePort) =>
        stage.start<Result>(role, { port, lapRecords, timedRecords }, { transfer: [port] })
      const receiving = start<{ tally: Tally; finishedAtMs: number }>('receiver', port2)
      const sending = start<void>('sender', port1)
      const laps = await stage.warmUp(lapRecords)
      const startedAtMs = await stage.sync(WARM)
      const { tally, finishedAtMs } = await receiving.result
      const cpuMicros = stage.cpuMicrosSinceSync()
      await sending.result
      assertTally([tally], [expectedTally(0, laps * lapRecords + timedRecords)])
      return {
        records: timedRecords,
        bytes: timedRecords * stage.number('recordSizeBytes'),
        elapsedMs: finishedAtMs - startedAtMs,
        cpuMicros,
      }
    },
  })
}

/** Takes every message in; what it returns waits for so many records more. */
function receiveBy(
  port: MessagePort,
  checker: StampChecker,
  takeIn: (message: never) => void,
): (count: number) => Promise<void> {
  let end = 0
  let awaited = Promise.withResolvers<void>()
  port.on('message', (message: unknown) => {
    try {
      takeIn(message as never)
    } catch (error) {
      awaited.reject(error)
    }
    if (checker.count === end) awaited.resolve()
  })
  return (count) => {
    end += count
    awaited = Promise.withResolvers()
    if (checker.count === end) awaited.resolve()
    return awaited.promise
  }
}
