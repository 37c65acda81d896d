import {
  Doorbell,
  Gate,
  Grant,
  PartitionStateWord,
  type LogReader,
  type OpenPartition,
  type RinglogError,
} from '@ringlog/core/internal'
import type { OpenPartitionMemory } from '../wire/consumer-description.ts'
import { OfflineError } from '../wire/offline-error.ts'
import { openLogReader } from '../wire/open-log-reader.ts'

/**
 * A partition of this process's broker, open for reading: everything is a look or a store in shared memory.
 *
 * Thread: the consumer's.
 */
export class LocalPartition implements OpenPartition {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
  readonly reader: LogReader
  readonly commits: Grant | null
  readonly #gate: Gate | null
  readonly #stateWord: PartitionStateWord
  readonly #workerDoorbell: Doorbell
  readonly #offlineError: SharedArrayBuffer

  constructor(opened: OpenPartitionMemory) {
    const { topic, partition, startOffset, memory, directory, workerDoorbell, gate, grant } = opened
    this.topic = topic
    this.partition = partition
    this.startOffset = startOffset
    this.reader = openLogReader(memory, directory)
    this.#workerDoorbell = new Doorbell(workerDoorbell)
    this.#offlineError = opened.offlineError
    this.commits = grant === null ? null : new Grant(grant, memory, this.#workerDoorbell)
    this.#gate = gate === null ? null : new Gate(gate, memory)
    this.#stateWord = new PartitionStateWord(memory)
  }

  get heldOffset(): number | null {
    return this.#gate === null ? null : this.#gate.offset
  }

  /** An append that waits for room goes on: the partition's worker is rung. */
  release(offset: number): void {
    if (this.#gate?.release(offset) === true) this.#workerDoorbell.ring() // INV-9
  }

  isOffline(): boolean {
    return this.#stateWord.isOffline
  }

  offlineError(): RinglogError {
    return new OfflineError(this.#offlineError).read()
  }

  isDeleted(): boolean {
    return this.#stateWord.isDeleted
  }
}
