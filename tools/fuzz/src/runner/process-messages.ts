import type { Failure } from './fuzz-run.ts'

/** What a target's process is started with: its argument, as JSON. */
export interface ProcessStart {
  readonly target: string
  readonly seed: number
  readonly seconds: number | null
  readonly inputs: number | null
  /** Where it writes each input before it feeds it in. */
  readonly inputFile: string
}

/** What it tells now and then, and at its end. */
export interface ProcessReport {
  readonly isLast: boolean
  readonly inputs: number
  readonly seconds: number
  readonly slowestMs: number
  readonly rssBytes: number
  /** Of each file that the target covers, the share of its lines. */
  readonly covered: ReadonlyArray<readonly [file: string, share: number]>
  readonly failure: Failure | null
  /** How many different ones there were. */
  readonly outcomes: number
}
