import { Broker, connect, type BrokerConfig, type RinglogError } from 'ringlog'
import { until } from '@ringlog/test-kit'
import { once } from 'node:events'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ControllerEnd } from './ending-controller.worker.ts'
import { outcomes } from './outcomes.ts'
import { PING, STICKING_CHANNEL } from './sticking-orders.ts'
import { TOPICS, beginPoolWaits, beginWaits } from './waiting-clients.ts'
import type { Told, WaitingClientsData } from './waiting-clients.worker.ts'

const ENDS: ControllerEnd[] = ['isTerminated', 'exits', 'throws', 'rejects']
/** Against the 30 s and more that the waits themselves would take. */
const AT_ONCE_MS = 5_000

interface EndingBroker {
  readonly broker: Broker
  /** What `onError` was called with. */
  readonly errors: RinglogError[]
  readonly end: (how: ControllerEnd) => void
  /** The topics whose partitions' threads answer. */
  readonly living: () => Promise<string[]>
}

/** A broker whose controller can be ended, and whose topics make clients wait. */
async function start(): Promise<EndingBroker> {
  const workers: Worker[] = []
  const onWorker = (worker: Worker): void => void workers.push(worker)
  process.on('worker', onWorker)
  const errors: RinglogError[] = []
  const config: BrokerConfig = {
    workers: {
      controller: new URL('./ending-controller.worker.ts', import.meta.url),
      partitionWorker: new URL('./sticking-partition.worker.ts', import.meta.url),
    },
    onError: (error) => void errors.push(error),
  }
  const broker = await Broker.start(config)
  process.off('worker', onWorker)
  const sticking = new BroadcastChannel(STICKING_CHANNEL)
  const mortal = new BroadcastChannel('ending-controller')
  onTestFinished(async () => {
    await broker.close({ timeoutMs: 100 })
    sticking.close()
    mortal.close()
  })
  for (const topic of Object.values(TOPICS)) await broker.createTopic(topic, { ringBytes: 65_536 })
  const stuck = new Promise((resolve) => sticking.addEventListener('message', resolve))
  sticking.postMessage(TOPICS.stuck)
  await stuck
  const end = (how: ControllerEnd): void => {
    if (how === 'isTerminated') void workers[0]!.terminate()
    else mortal.postMessage(how)
  }
  const living = async (): Promise<string[]> => {
    const answers: string[] = []
    const onAnswer = (event: unknown): void => void answers.push((event as { data: string }).data)
    sticking.addEventListener('message', onAnswer)
    sticking.postMessage(PING)
    await new Promise((resolve) => setTimeout(resolve, 100))
    sticking.removeEventListener('message', onAnswer)
    return answers
  }
  return { broker, errors, end, living }
}

const TEXTS: Record<ControllerEnd, string> = {
  isTerminated: 'the controller ended unexpectedly',
  exits: 'the controller ended unexpectedly: exitCode=3',
  throws: 'the controller ended unexpectedly: TypeError: planted',
  rejects: 'the controller ended unexpectedly: TypeError: planted',
}

function messageOf(how: ControllerEnd): string {
  return `BROKER_CLOSED: the broker has ended: ${TEXTS[how]}`
}

/** A thread that waits for everything; or that blocks in `pollSync`. */
class WaitingThread {
  readonly told: Told[] = []
  readonly ended: Promise<void>
  /** For how many things it waits. */
  waits = 0

  static async start({ address }: Broker, blocks: boolean): Promise<WaitingThread> {
    const workerData: WaitingClientsData = { address, blocks }
    const file = new URL('./waiting-clients.worker.ts', import.meta.url)
    const worker = new Worker(file, { workerData })
    onTestFinished(async () => void (await worker.terminate()))
    const [waits] = (await once(worker, 'message')) as [number]
    return new WaitingThread(worker, waits)
  }

  private constructor(worker: Worker, waits: number) {
    this.waits = waits
    worker.on('message', (told: Told) => void this.told.push(told))
    this.ended = once(worker, 'exit').then(() => undefined)
  }
}

describe.each(ENDS)('when the controller %s', (how) => {
  test('every wait ends at once with why, in the thread of the broker', async () => {
    const { broker, errors, end } = await start()
    const waits = { ...(await beginPoolWaits(broker)), ...(await beginWaits(broker)) }
    end(how)
    const ended = await outcomes(AT_ONCE_MS, waits)
    for (const [wait, outcome] of Object.entries(ended)) {
      // There may be room first, by what has failed: the next write then says why.
      if (wait.startsWith('drained') && outcome === 'resolved') continue
      expect.soft(`${wait}: ${outcome}`).toContain(`${wait}: ${messageOf(how)}`)
    }
    await until(() => errors.some(({ code }) => code === 'WORKER_CRASHED'))
    await expect(broker.listTopics()).rejects.toMatchObject({
      code: 'BROKER_CLOSED',
      cause: { code: 'WORKER_CRASHED', message: TEXTS[how] },
    })
    await expect(connect(broker.address)).rejects.toMatchObject({ code: 'BROKER_NOT_AVAILABLE' })
  })

  test('every wait ends at once with why, in another thread', async () => {
    const { broker, end } = await start()
    const threads = await Promise.all([
      WaitingThread.start(broker, false),
      WaitingThread.start(broker, true),
    ])
    end(how)
    const late = new Promise((resolve) => setTimeout(resolve, AT_ONCE_MS))
    await Promise.race([Promise.all(threads.map(({ ended }) => ended)), late])
    const told = threads.flatMap((thread) => thread.told)
    for (const { wait, code, message, cause } of told) {
      if (wait.startsWith('drained') && code === 'resolved') continue
      expect.soft(`${wait}: ${code}: ${message}`).toContain(`${wait}: ${messageOf(how)}`)
      expect.soft(`${wait}: ${cause}`).toContain(TEXTS[how])
    }
    expect(told.map(({ wait }) => wait)).toContain('pollSync')
    expect(told.length).toBe(threads[0].waits + 1)
  })
  test('who is connecting hears of it at once, and no thread of the broker goes on', async () => {
    const { broker, end, living } = await start()
    const serving = Object.values(TOPICS).length - 1 // one is stuck
    await until(async () => (await living()).length === serving)
    const connecting: Record<string, Promise<unknown>> = {}
    for (let i = 0; i < 20; i++) {
      connecting[i] = connect(broker.address).then((client) => client.listTopics())
      if (i === 10) end(how)
    }
    for (const outcome of Object.values(await outcomes(AT_ONCE_MS, connecting))) {
      expect(outcome).toMatch(/resolved|BROKER_NOT_AVAILABLE|BROKER_CLOSED/)
    }
    await until(async () => (await living()).length === 0)
  })
})
