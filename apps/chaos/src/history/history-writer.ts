import { closeSync, openSync, writeSync } from 'node:fs'
import type { HistoryFact } from './history-event.ts'

/** What a thread needs to write to a history: plain data. */
export interface HistoryAddress {
  readonly file: string
  /** The count of events, by all threads. */
  readonly order: SharedArrayBuffer
  /** On the clock that all threads of the process share. */
  readonly beganAtMs: number
}

/** On the clock that all threads of the process share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}

export function historyAddress(file: string): HistoryAddress {
  return { file, order: new SharedArrayBuffer(4), beganAtMs: nowMs() }
}

/**
 * Writes down what a thread sees. Each event is in the file when `write` returns: nothing is lost when
 * the thread or the process is killed next. A line is appended by one call, so lines of several threads
 * do not mix.
 */
export class HistoryWriter {
  readonly #address: HistoryAddress
  /** Whose events it writes. */
  readonly thread: string
  readonly #order: Int32Array
  readonly #descriptor: number

  constructor(address: HistoryAddress, thread: string) {
    this.#address = address
    this.thread = thread
    this.#order = new Int32Array(address.order)
    this.#descriptor = openSync(address.file, 'a')
  }

  /** Events from now on have at least this `order`. */
  now(): number {
    return Atomics.load(this.#order, 0)
  }

  write(fact: HistoryFact): void {
    const order = Atomics.add(this.#order, 0, 1)
    const atMs = Math.round((nowMs() - this.#address.beganAtMs) * 100) / 100
    writeSync(
      this.#descriptor,
      `${JSON.stringify({ order, atMs, thread: this.thread, ...fact })}\n`,
    )
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
