import { Worker } from 'node:worker_threads'
import type {
  Measurement,
  ParameterName,
  Parameters,
  RoleHandle,
  Stage,
  StartOptions,
  WarmUpOptions,
} from '../define-scenario.ts'
import { WarmUp, type WarmUpSummary } from '../metrics/warm-up.ts'
import { nowMs } from './clock.ts'
import { moduleBeside } from './module-beside.ts'
import { numberOf } from './parameters.ts'
import { runDetails, type RoleDetails, type RunDetails } from './run-details.ts'
import { RunWatch } from './run-watch.ts'

/** What a role's thread is started with. */
export interface RoleStart {
  readonly scenarioUrl: string
  readonly role: string
  readonly data: unknown
  readonly index: number
  readonly parameters: Parameters
  /** How many records the role has consumed, as it says; written by it, read by the main thread. */
  readonly progress: Float64Array
}

/** From a role's thread. */
export type RoleMessage =
  { kind: 'reached'; point: string } | { kind: 'done'; result: unknown; details: RoleDetails }

/** To a role's thread: all have come to this point. */
export interface StageMessage {
  readonly passed: string
  /** At the end of a lap: whether it was the last of the warm-up. */
  readonly isWarm: boolean
}

/** The point at the end of each lap of the warm-up. */
export const LAP = 'lap'

interface Role {
  readonly name: string
  readonly worker: Worker
  readonly reached: Set<string>
  readonly progress: Float64Array
  details: RoleDetails | null
  hasEnded: boolean
}

/** The stage of one run, in the main thread of its process. */
export class ThreadStage implements Stage {
  readonly parameters: Parameters
  readonly nowMs: () => number = nowMs
  /** What the run's warm-up was like; `null` where no rate had to stand. */
  warmUpSummary: WarmUpSummary | null = null
  readonly #scenarioUrl: string
  readonly #roles: Role[] = []
  readonly #waiting: Array<() => void> = []
  #failure: Error | null = null
  #cpuAtSync = process.cpuUsage()
  #warmUp: WarmUp | null = null
  readonly #watch = new RunWatch(() => this.#progress, nowMs)

  constructor(scenarioUrl: string, parameters: Parameters) {
    this.#scenarioUrl = scenarioUrl
    this.parameters = parameters
  }

  number(name: ParameterName): number {
    return numberOf(this.parameters, name)
  }

  start<Result>(
    role: string,
    data: unknown = null,
    { index = 0, transfer = [] }: StartOptions = {},
  ): RoleHandle<Result> {
    const workerData: RoleStart = {
      scenarioUrl: this.#scenarioUrl,
      role,
      data,
      index,
      parameters: this.parameters,
      progress: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
    }
    const worker = new Worker(moduleBeside('./role-worker', import.meta.url), {
      workerData,
      name: `${role}-${index}`,
      transferList: [...transfer],
    })
    const entry: Role = {
      name: role,
      worker,
      reached: new Set(),
      progress: workerData.progress,
      details: null,
      hasEnded: false,
    }
    this.#roles.push(entry)
    const result = new Promise<Result>((resolve, reject) => {
      worker.on('message', (message: RoleMessage) => {
        if (message.kind === 'done') {
          entry.details = message.details
          return resolve(message.result as Result)
        }
        entry.reached.add(message.point)
        return this.#wake()
      })
      worker.on('error', (error) => {
        this.#failure ??= error as Error
        reject(error)
        this.#wake()
      })
      worker.on('exit', (exitCode) => {
        reject(new Error(`role ${role} ended without a result: exitCode=${exitCode}`))
        entry.hasEnded = true
        this.#wake()
      })
    })
    result.catch(() => undefined) // told by `sync`, or by whoever awaits it
    return { result }
  }

  async sync(point: string): Promise<number> {
    await this.#reached(point)
    this.#watch.restart()
    return this.#pass(point)
  }

  async warmUp(lapRecords: number, { lap, laps }: WarmUpOptions = {}): Promise<number> {
    const warmUp = new WarmUp(lapRecords)
    this.#warmUp = warmUp
    let isWarm = false
    for (let startedAtMs = nowMs(); !isWarm;) {
      const outside = await lap?.()
      await this.#reached(LAP)
      const own = { elapsedMs: nowMs() - startedAtMs, cpuMicros: this.#cpuMicros }
      warmUp.add(outside ?? own)
      isWarm = laps === undefined ? warmUp.isOver : warmUp.laps.length >= laps
      startedAtMs = this.#pass(LAP, isWarm)
    }
    if (laps === undefined) this.warmUpSummary = warmUp.summary
    return warmUp.laps.length
  }

  cpuMicrosSinceSync(): number {
    const cpuMicros = this.#cpuMicros
    this.#watch.stop(cpuMicros)
    return cpuMicros
  }

  /** What explains the run's figures; `null` where nothing was timed by `cpuMicrosSinceSync`. */
  detailsOf(measurement: Measurement): RunDetails | null {
    const { watched } = this.#watch
    if (watched === null) return null
    const { laps = [], lapRecords = 0 } = this.#warmUp ?? {}
    const roles = this.#roles.flatMap(({ details }) => details ?? [])
    return runDetails(watched, roles, { laps, lapRecords }, measurement)
  }

  /** Ends every thread that is still there. */
  async clear(): Promise<void> {
    this.#watch.close()
    await Promise.all(this.#roles.map(async ({ worker }) => worker.terminate()))
  }

  get #cpuMicros(): number {
    const { user, system } = process.cpuUsage(this.#cpuAtSync)
    return user + system
  }

  /** Of all roles. */
  get #progress(): number {
    return this.#roles.reduce((sum, { progress }) => sum + progress[0]!, 0)
  }

  /** Waits until every role has come to the point. */
  async #reached(point: string): Promise<void> {
    while (!this.#roles.every(({ reached }) => reached.has(point))) {
      if (this.#failure !== null) throw this.#failure
      const gone = this.#roles.find(({ reached, hasEnded }) => hasEnded && !reached.has(point))
      if (gone !== undefined) throw new Error(`role ${gone.name} ended before the point ${point}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Lets every role go on from the point; returns when. */
  #pass(point: string, isWarm = false): number {
    this.#cpuAtSync = process.cpuUsage()
    const passedAtMs = nowMs()
    for (const { worker, reached } of this.#roles) {
      reached.delete(point)
      worker.postMessage({ passed: point, isWarm } satisfies StageMessage)
    }
    return passedAtMs
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
