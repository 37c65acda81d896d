import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { BrokerAddress } from 'ringlog'
import type { HistoryAddress, HistoryWriter } from '../history/history-writer.ts'
import type { ThreadSpec } from '../programs/program.ts'
import type { ActorThreadData } from '../threads/actor-thread.ts'
import { describeError } from '../threads/run-actors.ts'
import { moduleBeside } from './module-beside.ts'

interface Player {
  readonly spec: ThreadSpec
  readonly worker: Worker
  readonly exited: Promise<unknown>
  hasEnded: boolean
}

/** The threads of a program: started, killed, awaited. */
export class ThreadCast {
  readonly #address: BrokerAddress
  readonly #history: HistoryWriter
  readonly #historyAddress: HistoryAddress
  readonly #stage: SharedArrayBuffer
  #players: Player[] = []

  constructor(
    address: BrokerAddress,
    history: HistoryWriter,
    historyAddress: HistoryAddress,
    stage: SharedArrayBuffer,
  ) {
    this.#address = address
    this.#history = history
    this.#historyAddress = historyAddress
    this.#stage = stage
  }

  /** Starts the threads, and resolves when all wait for the program to begin. */
  async gather(specs: readonly ThreadSpec[]): Promise<void> {
    this.#players = specs.map((spec) => this.#start(spec))
    await Promise.all(
      this.#players.map(({ worker, exited }) => Promise.race([once(worker, 'message'), exited])),
    )
  }

  /** Kills those that are to be killed, in time; resolves when all have ended. */
  async play(): Promise<void> {
    await Promise.all(
      this.#players.map(async (player) => {
        const { killAtMs } = player.spec
        const killer =
          killAtMs === null
            ? undefined
            : setTimeout(() => void this.#end(player, 'killed'), killAtMs)
        await player.exited
        clearTimeout(killer)
      }),
    )
  }

  /** Terminates the threads that should have ended. */
  async end(): Promise<void> {
    await Promise.all(this.#players.map((player) => this.#end(player, 'stuck')))
  }

  #start(spec: ThreadSpec): Player {
    const { name } = spec
    this.#history.write({ type: 'thread', name, state: 'started' })
    const workerData: ActorThreadData = {
      spec,
      address: this.#address,
      history: this.#historyAddress,
      stage: this.#stage,
    }
    const url = moduleBeside('../threads/actor-thread', import.meta.url)
    const worker = new Worker(url, { workerData })
    worker.on('error', (error) =>
      this.#history.write({ type: 'uncaught', error: describeError(error) }),
    )
    const exited = once(worker, 'exit').then(() => {
      player.hasEnded = true
      this.#history.write({ type: 'thread', name, state: 'ended' })
    })
    const player: Player = { spec, worker, exited, hasEnded: false }
    return player
  }

  async #end({ spec, worker, hasEnded }: Player, state: 'killed' | 'stuck'): Promise<void> {
    if (hasEnded) return
    this.#history.write({ type: 'thread', name: spec.name, state })
    await worker.terminate()
  }
}
