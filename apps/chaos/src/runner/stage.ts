import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Broker, connect, type BrokerAddress, type LogClient } from 'ringlog'
import type { HistoryAddress, HistoryWriter } from '../history/history-writer.ts'
import type { Program } from '../programs/program.ts'
import { BEGUN, OVER, STAGE_BYTES } from '../threads/stage-memory.ts'
import { sleep } from '../threads/actor-context.ts'
import { BROKER_CONFIG } from '../threads/broker-config.ts'
import { Calls, SLACK_MS } from '../threads/calls.ts'
import { runActors } from '../threads/run-actors.ts'
import { Administrator } from './administrator.ts'
import { drainGroups } from './drain-groups.ts'
import { moduleBeside } from './module-beside.ts'
import { readRemaining } from './read-remaining.ts'
import { Saboteur } from './saboteur.ts'
import { ThreadCast } from './thread-cast.ts'

/** How long a broker may take to close: its own limit is in what it is called with. */
const CLOSE_TIMEOUT_MS = 5_000

/** Runs one program: starts its broker, its topics and threads, and looks at what is left at the end. */
export class Stage {
  readonly #program: Program
  readonly #history: HistoryWriter
  readonly #historyAddress: HistoryAddress
  readonly #calls: Calls
  readonly #memory = new SharedArrayBuffer(STAGE_BYTES)

  constructor(program: Program, history: HistoryWriter, historyAddress: HistoryAddress) {
    this.#program = program
    this.#history = history
    this.#historyAddress = historyAddress
    this.#calls = new Calls(history, 'stage')
  }

  async run(): Promise<void> {
    const { broker } = this.#program
    if (broker.thread === 'main') {
      const started = await this.#calls.attempt('start of broker', 5_000, () =>
        Broker.start(BROKER_CONFIG),
      )
      if (started.kind !== 'answered') return
      await this.#play(started.value, false)
      await this.#calls.attempt('close of broker', CLOSE_TIMEOUT_MS, () =>
        started.value.close({ timeoutMs: CLOSE_TIMEOUT_MS }),
      )
      return
    }
    const worker = new Worker(moduleBeside('../threads/broker-thread', import.meta.url))
    const exited = once(worker, 'exit')
    const [address] = (await once(worker, 'message')) as [BrokerAddress]
    const client = await this.#calls.attempt('connect', 6_000, () => connect(address))
    if (client.kind !== 'answered') return
    const { killAtMs } = broker
    await this.#play(client.value, killAtMs !== null, () => {
      if (killAtMs !== null) setTimeout(() => void worker.terminate(), killAtMs)
    })
    await this.#calls.attempt('close of client', CLOSE_TIMEOUT_MS, () => client.value.close())
    worker.postMessage('close')
    await this.#calls.attempt('end of broker', CLOSE_TIMEOUT_MS, () => exited)
  }

  async #play(client: LogClient, isBrokerKilled: boolean, onBegin = (): void => {}): Promise<void> {
    const { topics, threads, administration, faults, runMs, groups } = this.#program
    for (const { name, config } of topics) {
      await this.#calls.attempt('createTopic', 5_000, () => client.createTopic(name, config))
    }
    const stage = new Int32Array(this.#memory)
    const cast = new ThreadCast(client.address, this.#history, this.#historyAddress, this.#memory)
    const ofMain = threads.filter(({ isMain }) => isMain).flatMap(({ actors }) => actors)
    await cast.gather(threads.filter(({ isMain }) => !isMain))
    Atomics.store(stage, BEGUN, 1)
    onBegin()
    const surroundings = {
      client,
      history: this.#history,
      historyAddress: this.#historyAddress,
      life: 0,
    }
    const playing = Promise.all([
      cast.play(),
      runActors(ofMain, surroundings, stage),
      new Administrator(client, this.#history).run(administration, stage),
      new Saboteur(client, cast, this.#history).run(faults, runMs, stage),
    ])
    await sleep(runMs)
    Atomics.store(stage, OVER, 1)
    const isEnded = await endsWithin(playing, (isBrokerKilled ? 1 : 3) * SLACK_MS)
    await cast.end()
    if (isBrokerKilled || !isEnded) return
    await drainGroups(client, this.#program, this.#history)
    for (const { name, isMortal } of topics) {
      if (!isMortal) await readRemaining(client, name, groups, this.#history)
    }
  }
}

async function endsWithin(ending: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, limitMs, false)
  })
  const isEnded = await Promise.race([ending.then(() => true), limit])
  clearTimeout(timer)
  return isEnded
}
