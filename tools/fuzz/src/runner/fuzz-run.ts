import { Random } from '../input/random.ts'
import type { Target } from '../targets/target.ts'
import { Corpus } from './corpus.ts'

/** An input may take so long, on a machine that is busy with other things as well. */
const MAX_INPUT_MS = 2_000

/** What broke a promise, and how. */
export interface Failure {
  readonly target: string
  readonly what: string
  /** In base64. */
  readonly input: string
}

/** One target's inputs, one after the other, as a seed decides them. */
export class FuzzRun {
  inputs = 0
  slowestMs = 0
  failure: Failure | null = null
  readonly #target: Target
  readonly #corpus: Corpus
  readonly #beforeEach: (input: Uint8Array) => void

  /** @param beforeEach Is shown each input before it is fed in. */
  constructor(target: Target, seed: number, beforeEach: (input: Uint8Array) => void = () => {}) {
    this.#target = target
    this.#corpus = new Corpus(target, new Random(seed))
    this.#beforeEach = beforeEach
  }

  get outcomes(): ReadonlyMap<string, number> {
    return this.#corpus.outcomes
  }

  /** Feeds in so many inputs, or those until a time; stops at the first failure. */
  async go({ inputs, untilMs = Infinity }: { inputs: number; untilMs?: number }): Promise<void> {
    for (let i = 0; i < inputs && this.failure === null && performance.now() < untilMs; i++) {
      const input = this.#corpus.next()
      this.#beforeEach(input)
      const outcome = await this.#feed(input)
      if (outcome !== null) this.#corpus.add(input, outcome)
      this.inputs++
    }
  }

  async #feed(input: Uint8Array): Promise<string | null> {
    const startMs = performance.now()
    try {
      const outcome = this.#target.run(input)
      const known = typeof outcome === 'string' ? outcome : await outcome
      const tookMs = performance.now() - startMs
      this.slowestMs = Math.max(this.slowestMs, tookMs)
      if (tookMs > MAX_INPUT_MS) return await this.#feedAgain(input, known)
      return known
    } catch (error) {
      this.#fail(input, error instanceof Error ? (error.stack ?? error.message) : String(error))
      return null
    }
  }

  /** Another process may have held up the first time. */
  async #feedAgain(input: Uint8Array, outcome: string): Promise<string> {
    const startMs = performance.now()
    await this.#target.run(input)
    const tookMs = performance.now() - startMs
    if (tookMs > MAX_INPUT_MS) this.#fail(input, `it took ${Math.round(tookMs)} ms, twice`)
    return outcome
  }

  #fail(input: Uint8Array, what: string): void {
    const { name: target } = this.#target
    this.failure ??= { target, what, input: Buffer.from(input).toString('base64') }
  }
}
