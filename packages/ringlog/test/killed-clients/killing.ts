import { Broker } from 'ringlog'
import { seededRandom, until } from '@ringlog/test-kit'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { CENSUS_CHANNEL, collectGarbage, type Census, type Question } from './census.ts'
import { ENDS, type MortalClientsData } from './mortal-clients.worker.ts'

const TOPICS = ['evicting', 'blocking']
const PARTITIONS = 2
const BROKER_THREADS = 1 + TOPICS.length * PARTITIONS
const CLIENTS_PER_THREAD = 12
const THREADS_AT_A_TIME = 3
/** One thread in so many has a consumer pool. */
const THREADS_PER_POOL = 10
/** A thread lives so long at the most: from hardly started to in the middle of everything. */
const MAX_LIFE_MS = 300

/** What `left` says when nothing is. */
export const NOTHING = {
  clients: 0,
  members: 0,
  owners: 0,
  readers: 0,
  producers: 0,
  waitingAppends: 0,
  gatesOfConsumers: 0,
}

/** A broker, and threads that are killed while they use it in every way. */
export class Killing {
  readonly #broker: Broker
  readonly #seed: number
  readonly #random: () => number
  readonly #channel = new BroadcastChannel(CENSUS_CHANNEL)
  readonly #opened = new Int32Array(new SharedArrayBuffer(4))
  #threads = 0

  static async start(seed: number): Promise<Killing> {
    const broker = await Broker.start({
      workers: {
        controller: new URL('./counted-controller.worker.ts', import.meta.url),
        partitionWorker: new URL('./counted-partition.worker.ts', import.meta.url),
      },
    })
    for (const topic of TOPICS) {
      const whenFull = topic === 'evicting' ? 'evict' : 'block'
      await broker.createTopic(topic, { partitions: PARTITIONS, ringBytes: 64 * 1024, whenFull })
    }
    return new Killing(broker, seed)
  }

  private constructor(broker: Broker, seed: number) {
    this.#broker = broker
    this.#seed = seed
    this.#random = seededRandom(seed)
  }

  /** How many producers and consumers were opened up to now. */
  get opened(): number {
    return Atomics.load(this.#opened, 0)
  }

  /** Starts threads and ends them until so many producers and consumers were opened; all are dead then. */
  async killUntil(opened: number): Promise<void> {
    const kill = async (): Promise<void> => {
      while (this.opened < opened) await this.#killOne()
    }
    await Promise.all(Array.from({ length: THREADS_AT_A_TIME }, kill))
  }

  async #killOne(): Promise<void> {
    const thread = ++this.#threads
    const end = ENDS[Math.floor(this.#random() * ENDS.length)]!
    const livesMs = this.#random() * MAX_LIFE_MS
    const workerData: MortalClientsData = {
      address: this.#broker.address,
      topics: TOPICS,
      clients: CLIENTS_PER_THREAD,
      seed: this.#seed + thread,
      end,
      livesMs,
      hasPool: thread % THREADS_PER_POOL === 0,
      opened: this.#opened,
    }
    const worker = new Worker(new URL('./mortal-clients.worker.ts', import.meta.url), {
      workerData,
    })
    worker.on('error', () => undefined)
    const exit = new Promise((resolve) => worker.once('exit', resolve))
    if (end === 'terminated') {
      await once(worker, 'online')
      await sleep(livesMs)
      await worker.terminate()
    }
    await exit
  }

  /** Waits until the broker has heard of every end. */
  async untilHeard(): Promise<void> {
    await until(async () => (await this.#broker.metrics()).clientCount === 1)
  }

  /** What the broker says of clients, members, owners, and of those that partitions know. */
  async left(): Promise<object> {
    const { clientCount, topics } = await this.#broker.metrics()
    const partitions = topics.flatMap((topic) => topic.partitions)
    const groupIds = await this.#broker.listGroups()
    const groups = await Promise.all(groupIds.map((groupId) => this.#broker.describeGroup(groupId)))
    const owners = groups.flatMap((group) => group.partitions).filter((p) => p.memberId !== null)
    return {
      clients: clientCount - 1,
      members: sum(groups.map(({ members }) => members.length)),
      owners: owners.length,
      readers: sum(partitions.map(({ readerCount }) => readerCount)),
      producers: sum(partitions.map(({ producerCount }) => producerCount)),
      waitingAppends: sum(partitions.map(({ waitingAppends }) => waitingAppends)),
      // A group's gate stays, of whatever members.
      gatesOfConsumers:
        sum(partitions.map(({ gateCount }) => gateCount)) -
        sum(groups.map((g) => g.partitions.length)),
    }
  }

  /** What is alive in the broker's threads, by thread. */
  async census(question: Question = 'handles and objects'): Promise<Map<string, Census>> {
    const answers = new Map<string, Census>()
    const onAnswer = (event: unknown): void => {
      const { data } = event as { data: Census }
      answers.set(data.thread, data)
    }
    this.#channel.addEventListener('message', onAnswer)
    this.#channel.postMessage(question)
    await until(() => answers.size === BROKER_THREADS, 60_000)
    this.#channel.removeEventListener('message', onAnswer)
    return answers
  }

  /** The memory of the process, once all threads have collected their garbage. */
  async rssBytes(): Promise<number> {
    for (let i = 0; i < 2; i++) {
      await this.census('garbage')
      await collectGarbage()
    }
    return process.memoryUsage.rss()
  }

  async close(): Promise<void> {
    await this.#broker.close({ timeoutMs: 1_000 })
    this.#channel.close()
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
