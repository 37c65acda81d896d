import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { endWithProcess } from './end-server.ts'

/** So much of what a program says on standard error is kept, to tell why it ended. */
const KEPT_CHARACTERS = 4_000

/** A program of another kind that answers lines with lines. */
export class LineProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(command: string, args: readonly string[]) {
    this.#child = endWithProcess(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] }))
    this.#child.on('error', (error) => void (this.#errors += error.message))
    this.#child.stdin!.on('error', () => undefined) // It ended: `ask` tells.
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_CHARACTERS)
    })
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  /** @throws Error with what it said on standard error, where it ends instead. */
  async ask(line: string): Promise<string> {
    this.#child.stdin!.write(`${line}\n`)
    const { done, value } = await this.#lines.next()
    if (done !== true) return value
    throw new Error(`${this.#child.spawnfile} ended without an answer: ${this.#errors.trim()}`)
  }

  end(): void {
    this.#child.kill()
  }
}
