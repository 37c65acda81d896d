import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { createInterface, type Interface } from 'node:readline'

/** Which requests a fault befalls, by the protocol's numbers. */
export interface KfakeFault {
  /** The request's key: 0 is Produce. */
  readonly key: number
  /** The error's number. */
  readonly error: number
  /** So many requests, 1 by default; -1: all until it is removed. */
  readonly count?: number
  readonly topic?: string
  readonly partitions?: readonly number[]
  readonly group?: string
  /** The error is the request's own, and not that of the partitions or groups in it. */
  readonly topLevel?: boolean
}

/**
 * What befalls the next answers to requests of a key. `cut`: half of one comes, then its connection ends; `delay`: it
 * comes so much later; `throttle`: it asks for a pause.
 */
export interface KfakeTrouble {
  readonly trouble: 'cut' | 'delay' | 'throttle'
  readonly key: number
  readonly ms?: number
  readonly count?: number
}

/** Frames that passed, of one key, and their bytes. */
export interface KfakeTraffic {
  readonly requests: number
  readonly requestBytes: number
  readonly responseBytes: number
}

/** A fault or trouble that was ordered. */
export interface OrderedFault {
  /** Requests that it has befallen so far. */
  hits(): Promise<number>
}

interface Answer {
  readonly id?: number
  readonly hits: number
  readonly traffic?: Readonly<Record<string, KfakeTraffic>>
  readonly failed?: string
}

/**
 * Franz-go's fake broker in a process of its own, which is there in some 40 ms, and does on demand what a real Kafka does
 * once in a while.
 */
export class Kfake {
  readonly bootstrapServers: string
  readonly #process: ChildProcess
  readonly #control: Socket
  readonly #lines: Interface
  readonly #waiting: Array<(answer: Answer) => void> = []

  /** @param program As `kfakeProgram` returns it. */
  static async start(program: string, brokers = 1): Promise<Kfake> {
    const child = spawn(program, [String(brokers)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const said = new Map<string, string>()
    for await (const line of createInterface({ input: child.stdout })) {
      const [word, rest] = line.split(' ') as [string, string]
      said.set(word, rest)
      if (said.size === 2) break
    }
    if (said.size < 2) throw new Error('kfake ended at once')
    const control = createConnection({ host: '127.0.0.1', port: Number(said.get('control')) })
    await once(control, 'connect')
    return new Kfake(said.get('bootstrap')!, child, control)
  }

  private constructor(bootstrapServers: string, child: ChildProcess, control: Socket) {
    this.bootstrapServers = bootstrapServers
    this.#process = child
    this.#control = control
    this.#lines = createInterface({ input: control })
    this.#lines.on('line', (line) => this.#waiting.shift()?.(JSON.parse(line) as Answer))
  }

  /** Has the next requests that match be answered with an error. */
  async fail(fault: KfakeFault): Promise<OrderedFault & { remove(): Promise<void> }> {
    const { id } = await this.#tell({ do: 'fail', ...fault })
    return {
      hits: async () => (await this.#tell({ do: 'hits', id })).hits,
      remove: async () => void (await this.#tell({ do: 'remove', id })),
    }
  }

  /** Has something befall the next answers of a key. */
  async disturb({ trouble, ...of }: KfakeTrouble): Promise<OrderedFault> {
    const { id } = await this.#tell({ do: trouble, ...of })
    return { hits: async () => (await this.#tell({ do: 'passed', id })).hits }
  }

  /** Gives a partition another leader, and the next epoch. */
  async move(topic: string, partition: number, node: number): Promise<void> {
    await this.#tell({ do: 'move', topic, partition, node })
  }

  /** Gives each group another coordinator, perhaps. */
  async rehashCoordinators(): Promise<void> {
    await this.#tell({ do: 'rehash' })
  }

  /** What has passed of one key, all connections together. */
  async traffic(key: number): Promise<KfakeTraffic> {
    const { traffic = {} } = await this.#tell({ do: 'traffic' })
    return traffic[key] ?? { requests: 0, requestBytes: 0, responseBytes: 0 }
  }

  /** Ends it, and waits until it has. */
  async stop(): Promise<void> {
    const ended = this.#process.exitCode === null ? once(this.#process, 'exit') : null
    this.#lines.close()
    this.#control.destroy()
    this.#process.stdin!.end()
    await ended
  }

  async #tell(command: Readonly<Record<string, unknown>>): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => this.#waiting.push(resolve))
    this.#control.write(`${JSON.stringify(command)}\n`)
    const answer = await answered
    if (answer.failed !== undefined) throw new Error(`kfake: ${answer.failed}`)
    return answer
  }
}
