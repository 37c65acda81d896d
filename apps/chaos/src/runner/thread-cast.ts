import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { BrokerAddress } from 'ringlog'
import type { HistoryAddress, HistoryWriter } from '../history/history-writer.ts'
import type { ThreadSpec } from '../programs/program.ts'
import type { ActorThreadData } from '../threads/actor-thread.ts'
import { describeError } from '../threads/run-actors.ts'
import { OVER } from '../threads/stage-memory.ts'
import { moduleBeside } from './module-beside.ts'

/** A thread of the program, and the worker that it is now. */
interface Player {
  readonly spec: ThreadSpec
  /** How often it was started anew. */
  life: number
  worker: Worker
  exited: Promise<unknown>
  hasEnded: boolean
}

/** The threads of a program: started, killed, started anew, awaited. */
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
    this.#players = specs.map((spec) => {
      const player = { spec, life: 0, hasEnded: false } as Player
      this.#start(player)
      return player
    })
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
        while (!player.hasEnded) await player.exited
        clearTimeout(killer)
      }),
    )
  }

  /** Terminates a thread in the midst of anything, and starts it anew unless the program's time is over. */
  async killAndRestart(name: string): Promise<void> {
    const player = this.#players.find(({ spec }) => spec.name === name)
    if (player === undefined || player.hasEnded) return
    const { worker, spec } = player
    this.#history.write({ type: 'thread', name: lifeOf(spec, player.life), state: 'killed' })
    player.life++
    player.exited = once(worker, 'exit').then(() => {
      const isOver = Atomics.load(new Int32Array(this.#stage), OVER) === 1
      if (isOver) player.hasEnded = true
      else this.#start(player)
    })
    await worker.terminate()
  }

  /** Terminates the threads that should have ended. */
  async end(): Promise<void> {
    await Promise.all(this.#players.map((player) => this.#end(player, 'stuck')))
  }

  #start(player: Player): void {
    const { spec, life } = player
    const name = lifeOf(spec, life)
    this.#history.write({ type: 'thread', name, state: 'started' })
    const workerData: ActorThreadData = {
      spec: life === 0 ? spec : { ...spec, startAtMs: 0 },
      name,
      life,
      address: this.#address,
      history: this.#historyAddress,
      stage: this.#stage,
    }
    const url = moduleBeside('../threads/actor-thread', import.meta.url)
    const worker = new Worker(url, { workerData })
    worker.on('error', (error) =>
      this.#history.write({ type: 'uncaught', error: describeError(error) }),
    )
    worker.once('exit', () => this.#history.write({ type: 'thread', name, state: 'ended' }))
    player.worker = worker
    player.exited = once(worker, 'exit').then(() => {
      if (player.worker === worker && player.life === life) player.hasEnded = true
    })
  }

  async #end({ spec, life, worker, hasEnded }: Player, state: 'killed' | 'stuck'): Promise<void> {
    if (hasEnded) return
    this.#history.write({ type: 'thread', name: lifeOf(spec, life), state })
    await worker.terminate()
  }
}

/** What a thread is called in a history: each life has a name of its own. */
function lifeOf({ name }: ThreadSpec, life: number): string {
  return life === 0 ? name : `${name}~${life}`
}
