import {
  PARTITION_DELETED,
  PARTITION_OFFLINE,
  PARTITION_ONLINE,
  PARTITION_STATE_WORD,
  openRingLogSections,
} from './ring-log-layout.ts'

/**
 * The word in a partition's memory that tells its readers, who make no calls, whether its worker
 * runs.
 *
 * Thread: the controller alone writes it; any thread reads it. One that sleeps looks when it is rung (INV-8).
 */
export class PartitionStateWord {
  readonly #words: BigInt64Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory, 0, openRingLogSections(memory).dataByte / 8)
  }

  /** Whether nothing is appended: no worker is started in place of one that died, or the topic is deleted. */
  get isOffline(): boolean {
    return Atomics.load(this.#words, PARTITION_STATE_WORD) !== PARTITION_ONLINE // INV-41
  }

  /** Whether the topic is deleted. */
  get isDeleted(): boolean {
    return Atomics.load(this.#words, PARTITION_STATE_WORD) === PARTITION_DELETED // INV-41
  }

  /** A worker serves the partition (again). The caller rings the partition's readers afterwards (INV-7). */
  setOnline(): void {
    Atomics.store(this.#words, PARTITION_STATE_WORD, PARTITION_ONLINE) // INV-41
  }

  /** The worker has died, and no other is started. The caller rings the partition's readers afterwards (INV-7). */
  setOffline(): void {
    Atomics.store(this.#words, PARTITION_STATE_WORD, PARTITION_OFFLINE) // INV-41
  }

  /** The topic is deleted. The caller rings the partition's readers afterwards (INV-7). */
  setDeleted(): void {
    Atomics.store(this.#words, PARTITION_STATE_WORD, PARTITION_DELETED) // INV-41
  }
}
