import {
  Doorbell,
  RinglogError,
  encodeError,
  serveRpc,
  setTurnEnd,
  withTransfer,
  type AppendAnswer,
  type AppendRequest,
  type PartitionService,
} from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import { PartitionLog } from './partition-log.ts'
import type { PartitionControl, PartitionStart, ReaderDescription } from './partition-start.ts'

/** A reader that is open on this partition. */
interface OpenReader {
  readonly doorbell: Doorbell
  readonly gateSlot: number | null
}

/**
 * Runs one partition: serves its host on the control port, and each producer on a port of its own.
 *
 * Thread: the partition's. Nothing here blocks, so the ports are served while appends wait.
 */
export class PartitionWorker implements PartitionControl {
  readonly #log: PartitionLog
  readonly #controlPort: MessagePort
  readonly #producerPorts = new Set<MessagePort>()
  readonly #readers = new Map<string, OpenReader>()

  constructor(start: PartitionStart) {
    const { topic, partition, config, memory, controlPort } = start
    this.#log = new PartitionLog({
      topic,
      partition,
      memory,
      whenFull: config.whenFull,
      maxMessageBytes: config.maxMessageBytes,
      doorbell: new Doorbell(start.doorbell),
      waitStrategy: config.waitStrategy,
    })
    this.#log.touchPages()
    this.#controlPort = controlPort
    serveRpc(controlPort, this)
  }

  ready(): void {}

  connectProducer(_producer: { clientId: string }, port: MessagePort): void {
    const session = new ProducerSession(this.#log)
    this.#producerPorts.add(port)
    port.on('close', () => {
      this.#producerPorts.delete(port)
      this.#log.dropOwner(session)
    })
    serveRpc(port, session)
  }

  openReader(reader: ReaderDescription): { startOffset: number; gateSlot: number | null } {
    const { consumerId, clientId, isGating } = reader
    const requested = this.#offsetOf(reader.start)
    const gate = isGating ? this.#log.addGate(requested, { consumerId, clientId }) : null
    const doorbell = new Doorbell(reader.doorbell)
    this.closeReader(consumerId)
    this.#readers.set(consumerId, { doorbell, gateSlot: gate?.slot ?? null })
    this.#log.addWatcher(doorbell)
    const startOffset = gate?.offset ?? Math.max(requested, this.#log.logStartOffset)
    return { startOffset, gateSlot: gate?.slot ?? null }
  }

  closeReader(consumerId: string): void {
    const reader = this.#readers.get(consumerId)
    if (reader === undefined) return
    this.#readers.delete(consumerId)
    this.#log.removeWatcher(reader.doorbell)
    if (reader.gateSlot !== null) this.#log.removeGate(reader.gateSlot)
  }

  close(): void {
    this.#log.close(new RinglogError('BROKER_CLOSED'))
    // The answers to what was refused just now leave first, then that to this call.
    setTurnEnd(() => {
      for (const port of this.#producerPorts) port.close()
      setTurnEnd(() => this.#controlPort.close())
    })
  }

  #offsetOf(start: ReaderDescription['start']): number {
    if (start === 'latest') return this.#log.endOffset
    return start === 'earliest' ? this.#log.logStartOffset : start
  }
}

/** One producer's batches, as they come over Comlink: the `rpc` transport's end at the log. */
class ProducerSession implements PartitionService {
  readonly #log: PartitionLog

  constructor(log: PartitionLog) {
    this.#log = log
  }

  async append(request: AppendRequest): Promise<AppendAnswer> {
    const { buffer } = request
    try {
      const result = await this.#log.append(this.#batchOf(request), request, this)
      return withTransfer({ ...result, error: null, buffer }, [buffer])
    } catch (error) {
      return withTransfer({ error: encodeError(error), buffer }, [buffer])
    }
  }

  #batchOf({ buffer, sizeBytes }: AppendRequest): Uint8Array {
    if (sizeBytes <= buffer.byteLength) return new Uint8Array(buffer, 0, sizeBytes)
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `record batch is larger than its memory: sizeBytes=${sizeBytes}, memoryBytes=${buffer.byteLength}`,
    )
  }
}
