import type { MessagePort } from 'node:worker_threads'
import type { LatencyMicros } from './metrics/latency-histogram.ts'
import type { Lap } from './metrics/warm-up.ts'

/** A parameter that the command line can set. */
export type ParameterName =
  | 'records'
  | 'recordSizeBytes'
  | 'batchSizeBytes'
  | 'lingerMs'
  | 'partitions'
  | 'producers'
  | 'consumers'
  | 'wait'
  | 'durationMs'
  | 'loadPercent'
  | 'seed'

export type ParameterValue = number | string

/** The values that a run is made with. */
export type Parameters = Readonly<Partial<Record<ParameterName, ParameterValue>>>

/** The values of parameters that a scenario goes through. */
export type Sweep = Readonly<Partial<Record<ParameterName, readonly ParameterValue[]>>>

/** What one role — one worker thread — is given. */
export interface RoleContext<Data = unknown> {
  readonly data: Data
  /** Which of the threads with this role this one is, from 0. */
  readonly index: number
  readonly parameters: Parameters
  /** A number among the parameters. */
  number(name: ParameterName): number
  /**
   * Waits until every role of the stage has come to the same point, and `run` has passed it: so the
   * clock starts when all are warm.
   */
  sync(point: string): Promise<void>
  /**
   * Runs its part of a lap, again and again, in step with the other roles, until `run` has seen the
   * rate stand: see `Stage.warmUp`.
   */
  warmUp(lap: () => Promise<void>): Promise<void>
  /**
   * Says how many records it has consumed since its thread began: for the picture of the rate over time,
   * where a role wants to be in it. A store in memory; call it once a poll.
   */
  progress(records: number): void
  /** Milliseconds on the clock that all threads share. */
  nowMs(): number
}

/** One thread that was started. */
export interface RoleHandle<Result = unknown> {
  /** What the role returned; rejects with what it threw. */
  readonly result: Promise<Result>
}

export interface StartOptions {
  /** Which of the threads with this role it is; default 0. */
  readonly index?: number
  /** What of the data is moved to the thread, not copied. */
  readonly transfer?: readonly MessagePort[]
}

export interface WarmUpOptions {
  /**
   * What of a lap is done in this thread; default: nothing, roles do it all. Where another process does
   * it, it tells how long it took there.
   */
  readonly lap?: () => Promise<void | Lap>
  /** So many laps, whether the rate stands or not: where what is measured depends on all that was run. */
  readonly laps?: number
}

/** Where a run takes place: starts roles in worker threads, and keeps them in step. */
export interface Stage {
  readonly parameters: Parameters
  number(name: ParameterName): number
  /** Starts a thread that runs the role of that name, and gives it `data`. */
  start<Result>(role: string, data?: unknown, options?: StartOptions): RoleHandle<Result>
  /**
   * Lets every role that was started pass the point, once all of them have come to it. Returns the
   * time at which they were let go.
   */
  sync(point: string): Promise<number>
  /**
   * Runs lap after lap until the rate has stood, or there were too many: see `WarmUp`. Every role that
   * was started takes part by `RoleContext.warmUp`. Returns how many laps there were.
   *
   * @param lapRecords Records of a lap, of all roles together.
   */
  warmUp(lapRecords: number, options?: WarmUpOptions): Promise<number>
  /** Processor time of all threads of the process since the last `sync` let them go. */
  cpuMicrosSinceSync(): number
  nowMs(): number
}

/** What is no package of this repository's: see `--rivals`. */
export type OutsideRival = 'disruptor' | 'kafka' | 'redis'

/** What a broker counted of the timed part. */
export interface LogCounts {
  /** What each append brought. */
  readonly recordsPerBatch: number
  /** How often appends began to wait for room. */
  readonly waitsForRoom: number
}

/** What a run measured. It has counted, summed and checked the order of every record, or thrown. */
export interface Measurement {
  /** Records of the timed part. */
  readonly records: number
  readonly elapsedMs: number
  /** Bytes of values of the timed part; where bytes mean something. */
  readonly bytes?: number
  /** Processor time of the timed part. */
  readonly cpuMicros?: number
  /** How times were distributed; where that is what the scenario measures. */
  readonly latency?: LatencyMicros
  /** Whatever else was measured, with the unit in the name. */
  readonly figures?: Readonly<Record<string, number>>
  /** Where it was asked for: it explains figures, and is none. */
  readonly log?: LogCounts
  /** What was divided by what within this run: where both were measured in it. */
  readonly ratios?: Readonly<Record<string, number>>
  /** The same by the processor time of a record: the other's over the own, so that more is better here too. */
  readonly cpuRatios?: Readonly<Record<string, number>>
}

/**
 * An experiment: roles, each in worker threads of its own, and a `run` that sets them going and says
 * what was measured.
 */
export interface Scenario {
  readonly name: string
  /** One line for `--list`. */
  readonly description: string
  /** What the command line may set, with defaults. */
  readonly parameters: Parameters
  /** What belongs to the scenario's shape: a flag that says otherwise is an error. */
  readonly fixed?: Parameters
  /** Values that it is run with in turn, in each combination, where no flag says otherwise. */
  readonly sweep?: Sweep
  /** `false`: it runs only when it is named. Default `true`. */
  readonly isDefault?: boolean
  /** It measures what the machine must have, and what is fetched first: it is run with `--rivals`. */
  readonly outside?: OutsideRival
  /** npm packages that it needs and that an install of the bench does not bring along: without them it is skipped. */
  readonly packages?: readonly string[]
  /** The scenarios whose medians this one's are divided by. */
  readonly comparedWith?: readonly string[]
  /** What a role does; it runs in a thread where only this module is loaded. */
  readonly roles: Readonly<Record<string, (context: RoleContext<never>) => Promise<unknown>>>
  readonly run: (stage: Stage) => Promise<Measurement>
}

/** Declares a scenario; a module has it as its default export. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}
