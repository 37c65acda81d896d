import { ERROR_SECTION_BYTES, ErrorSection, type RinglogError } from '@ringlog/core/internal'

/**
 * Why a partition is offline, in shared memory of its own: so consumers, who make no calls, can say it.
 *
 * Thread: the controller writes, before it stores the state "offline" (INV-41); any thread that has seen that
 * state reads. Where the partition has come back since and is offline again, it may read a mixture, and gets
 * an error without a cause.
 */
export class OfflineError {
  readonly memory: SharedArrayBuffer
  readonly #section: ErrorSection

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(ERROR_SECTION_BYTES)) {
    this.memory = memory
    this.#section = new ErrorSection(memory, 0)
  }

  write(error: RinglogError): void {
    this.#section.write(error)
  }

  read(): RinglogError {
    return this.#section.read('PARTITION_OFFLINE')
  }
}
