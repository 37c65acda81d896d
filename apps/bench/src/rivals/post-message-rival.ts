import { MessageChannel, type MessagePort } from 'node:worker_threads'
import {
  defineScenario,
  type Parameters,
  type RoleContext,
  type Scenario,
} from '../define-scenario.ts'
import { StampChecker, assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'

const LISTENING = 'listening'
const WARM = 'warm'

interface Task {
  readonly port: MessagePort
  readonly lapRecords: number
  readonly timedRecords: number
}

/** What one way of sending records by `postMessage` is made of. */
export interface PostMessageRival<Message> extends Pick<
  Scenario,
  'name' | 'description' | 'isDefault'
> {
  /** Of the timed part. */
  readonly records: number
  /** Beyond `records`. */
  readonly parameters: Parameters
  /** In the sending thread: gives what sends so many records more. */
  readonly sender: (context: RoleContext, port: MessagePort) => (count: number) => Promise<void>
  /** In the receiving thread: has every message delivered, until what it gives is called; default: those of the port. */
  readonly listen?: (port: MessagePort, deliver: (message: Message) => void) => () => void
  /** In the receiving thread: gives what checks every record of a message. */
  readonly receiver: (checker: StampChecker, port: MessagePort) => (message: Message) => void
}

/** One thread that sends records by `postMessage`, and one that receives them. */
export function postMessageRival<Message>({
  records,
  parameters,
  sender,
  listen = listenToPort,
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
        await context.sync(LISTENING)
        await context.warmUp(() => sendMore(lapRecords))
        await context.sync(WARM)
        await sendMore(timedRecords)
      },
      receiver: async (context: RoleContext<Task>) => {
        const { port, lapRecords, timedRecords } = context.data
        const checker = new StampChecker(context.number('recordSizeBytes'), 1)
        const takeIn = receiver(checker, port)
        const { receiveMore, close } = receiveBy(
          (deliver) => listen(port, deliver),
          checker,
          takeIn,
        )
        await context.sync(LISTENING)
        await context.warmUp(() => receiveMore(lapRecords))
        await context.sync(WARM)
        await receiveMore(timedRecords)
        const finishedAtMs = context.nowMs()
        close()
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
      await stage.sync(LISTENING)
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

function listenToPort(port: MessagePort, deliver: (message: never) => void): () => void {
  port.on('message', (message) => deliver(message as never))
  return () => port.close()
}

/** Takes every message in; `receiveMore` waits for so many records more. */
function receiveBy<Message>(
  listen: (deliver: (message: Message) => void) => () => void,
  checker: StampChecker,
  takeIn: (message: Message) => void,
): { receiveMore: (count: number) => Promise<void>; close: () => void } {
  let end = 0
  let awaited = Promise.withResolvers<void>()
  const close = listen((message) => {
    try {
      takeIn(message)
    } catch (error) {
      awaited.reject(error)
    }
    if (checker.count === end) awaited.resolve()
  })
  const receiveMore = (count: number): Promise<void> => {
    end += count
    awaited = Promise.withResolvers()
    if (checker.count === end) awaited.resolve()
    return awaited.promise
  }
  return { receiveMore, close }
}
