import { RinglogError, endsWithin } from '@ringlog/core/internal'

/** How long a close waits for a disk that has a backup's last call. */
const GIVE_UP_MS = 1_000

/**
 * The backups that are being written; a broker that closes gives them up.
 *
 * Thread: the controller's.
 */
export class Backups {
  readonly #options: BackupsOptions
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(options: BackupsOptions) {
    this.#options = options
  }

  /**
   * Writes a backup: see `backup`.
   *
   * @throws RinglogError BROKER_CLOSED where the broker closes meanwhile; else as `StorageHost.backUp`.
   */
  async write(target: string): Promise<void> {
    const written = this.#write(target)
    this.#running.add(written)
    try {
      await written
    } finally {
      this.#running.delete(written)
    }
  }

  /** Ends those that run; resolves when they have taken away what they had written. */
  async close(): Promise<void> {
    this.#closing.abort(new RinglogError('BROKER_CLOSED'))
    await endsWithin(Promise.allSettled(this.#running), { timeoutMs: GIVE_UP_MS })
  }

  async #write(target: string): Promise<void> {
    // What is committed by now is in it, too. Where that cannot be written, it has what was.
    await this.#options.storeOffsets().catch(() => undefined)
    await this.#options.backUp(target, this.#closing.signal)
  }
}

export interface BackupsOptions {
  readonly storeOffsets: () => Promise<void>
  readonly backUp: (target: string, signal: AbortSignal) => Promise<void>
}
