import { RinglogError } from '@ringlog/core/internal/storage'

/** A place in a segment's `.log` where no batch is as it was written. */
export class SegmentFault {
  readonly path: string
  readonly filePosition: number
  readonly #what: string
  readonly #facts: Readonly<Record<string, number>>

  constructor(
    path: string,
    filePosition: number,
    what: string,
    facts: Readonly<Record<string, number>>,
  ) {
    this.path = path
    this.filePosition = filePosition
    this.#what = what
    this.#facts = facts
  }

  /** CORRUPT_MESSAGE, for who reads at `offset`. */
  toError(offset: number): RinglogError {
    const { path, filePosition } = this
    const facts = Object.entries({ filePosition, offset, ...this.#facts })
    return new RinglogError(
      'CORRUPT_MESSAGE',
      `the log is damaged: ${this.#what}: file=${path}, ` +
        facts.map(([name, value]) => `${name}=${value}`).join(', '),
      { details: { file: path, ...Object.fromEntries(facts) } },
    )
  }
}

/** Why a log cannot be read whose compaction was cut short, and that nobody goes on with. */
export const HALF_SWAPPED = 'compacted files have taken the place of others by half'

/** KAFKA_STORAGE_ERROR, for an error of the operating system, or a file that is not where it should be. */
export function unreadableLog(directory: string, offset: number, cause: unknown): RinglogError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the log cannot be read: directory=${directory}, offset=${offset}: ${reason}`,
    { details: { directory, offset }, cause },
  )
}
