import type { LogClient } from '@ringlog/core'
import type { ServerResponse } from 'node:http'
import { takeSnapshot } from './snapshot.ts'

/** Shows the same snapshots to all pages that are open, and takes none while none is. */
export class SnapshotStream {
  readonly #client: LogClient
  readonly #intervalMs: number
  readonly #viewers = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | null = null
  #isTaking = false
  #isClosed = false

  constructor(client: LogClient, intervalMs: number) {
    this.#client = client
    this.#intervalMs = intervalMs
  }

  /** Makes the response an event stream, until its page is left or the monitor closes. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    this.#viewers.add(response)
    response.once('close', () => this.#viewers.delete(response))
    // What is shown next is what all see: an interval is not cut short for a page more.
    if (this.#timer === null && !this.#isTaking) void this.#take()
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async #take(): Promise<void> {
    this.#timer = null
    this.#isTaking = true
    const event = await this.#nextEvent()
    this.#isTaking = false
    if (this.#isClosed || this.#viewers.size === 0) return
    for (const viewer of this.#viewers) {
      // A page that does not keep up misses snapshots, not the latest.
      if (!viewer.writableNeedDrain) viewer.write(event)
    }
    this.#timer = setTimeout(() => void this.#take(), this.#intervalMs).unref()
  }

  /** Never rejects: what went wrong is shown on the page. */
  async #nextEvent(): Promise<string> {
    try {
      return `data: ${JSON.stringify(await takeSnapshot(this.#client))}\n\n`
    } catch (error) {
      return `event: failed\ndata: ${JSON.stringify((error as Error).message)}\n\n`
    }
  }
}
