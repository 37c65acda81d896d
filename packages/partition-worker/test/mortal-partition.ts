import {
  Doorbell,
  createProducerTableMemory,
  createRingLogMemory,
  threadProgram,
} from '@ringlog/core/internal'
import {
  NO_ATTACHMENTS,
  type PartitionAttachments,
  type PartitionHost,
  type PartitionHostOptions,
  type WorkerEvent,
} from '@ringlog/partition-worker'
import { Worker } from 'node:worker_threads'
import { start } from './host-rig.ts'
import type { Death, MortalData } from './mortal.worker.ts'
import { RING_BYTES } from './rig.ts'

/** A partition whose worker is ended, and followed by another on the same memory. */
export class MortalPartition {
  readonly memory = createRingLogMemory(RING_BYTES)
  readonly producerTable = createProducerTableMemory()
  readonly doorbell = new Doorbell()
  attached: PartitionAttachments = NO_ATTACHMENTS
  host!: PartitionHost
  readonly #options: Partial<PartitionHostOptions>
  #thread!: Worker

  constructor(options: Partial<PartitionHostOptions> = {}) {
    this.#options = options
  }

  /** Starts a worker that ends before an atomic write of that number, if it comes to that. */
  async start(deathStep = Infinity, onEvent?: (event: WorkerEvent) => void): Promise<void> {
    const { memory, producerTable, doorbell, attached } = this
    this.host = await start({
      ...this.#options,
      memory,
      producerTable,
      doorbell: doorbell.memory,
      attached,
      onEvent,
      startThread: (partition) => {
        const workerData = { ...partition, deathStep } satisfies MortalData
        const url = new URL('./mortal.worker.ts', import.meta.url).href
        const transferList = [partition.controlPort]
        this.#thread = new Worker(threadProgram(url), { eval: true, workerData, transferList })
        return this.#thread
      },
    })
  }

  async kill(how: Death | 'is terminated'): Promise<void> {
    if (how === 'is terminated') await this.#thread.terminate()
    else this.#thread.postMessage(how)
    await this.host.ended
  }
}
