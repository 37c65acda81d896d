import { Writable } from 'node:stream'
import type { Delivery } from './record-promises.ts'

/** What the stream needs of its producer. */
export interface RecordSink<R> {
  /** Takes a record, or throws; returns what to wait for before the next, `null` for nothing. */
  take(record: R, delivery: Delivery, signal: AbortSignal): Promise<void> | null
  flush(signal: AbortSignal): Promise<void>
}

type Callback = (error?: Error | null) => void

/** The stream behind `Producer.toWritable`. */
export class RecordWritable<R> extends Writable {
  readonly #sink: RecordSink<R>
  /** Ends the waits of a stream that is destroyed. */
  readonly #destroyed = new AbortController()
  /** Every record has the same: of an error it is the first one that counts. */
  readonly #delivery: Delivery = {
    resolve: () => undefined,
    reject: (error) => this.destroy(error as Error),
  }

  constructor(sink: RecordSink<R>) {
    super({ objectMode: true })
    this.#sink = sink
  }

  override _write(record: R, _encoding: BufferEncoding, callback: Callback): void {
    this.#takeFrom([record], 0, callback)
  }

  override _writev(chunks: Array<{ chunk: unknown }>, callback: Callback): void {
    const records = chunks.map(({ chunk }) => chunk as R)
    this.#takeFrom(records, 0, callback)
  }

  override _final(callback: Callback): void {
    const end = (): void => callback()
    this.#sink.flush(this.#destroyed.signal).then(end, callback)
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#destroyed.abort()
    callback(error)
  }

  #takeFrom(records: readonly R[], start: number, callback: Callback): void {
    for (let i = start; i < records.length && !this.destroyed; i++) {
      let wait: Promise<void> | null
      try {
        wait = this.#sink.take(records[i]!, this.#delivery, this.#destroyed.signal)
      } catch (error) {
        callback(error as Error)
        return
      }
      if (wait === null) continue
      const goOn = (): void => this.#takeFrom(records, i + 1, callback)
      wait.then(goOn, callback)
      return
    }
    callback()
  }
}
