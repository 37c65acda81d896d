import { partitionKey, type TopicPartition } from '@ringlog/core/internal/storage'
import type { CheckpointsToBackUp } from '../backup/stage-backup.ts'
import type { DataDirectory } from '../directory/data-directory.ts'
import type { CheckpointEntry } from '../directory/offset-checkpoint.ts'

/**
 * What a directory's checkpoints say of its partitions, also of those that are not open.
 *
 * Thread: the storage thread's.
 */
export class Checkpoints {
  readonly #directory: DataDirectory
  readonly #recoveryPoints: Map<string, CheckpointEntry>
  readonly #logStarts: Map<string, CheckpointEntry>
  readonly #cleanerPoints: Map<string, CheckpointEntry>

  /** @throws RinglogError KAFKA_STORAGE_ERROR for a file that is not whole. */
  constructor(directory: DataDirectory) {
    this.#directory = directory
    this.#recoveryPoints = byPartition(directory.recoveryPoints.read())
    this.#logStarts = byPartition(directory.logStarts.read())
    this.#cleanerPoints = byPartition(directory.cleanerPoints.read())
  }

  /** All before it was synced. */
  recoveryPointOf(at: TopicPartition): number {
    return this.#recoveryPoints.get(partitionKey(at))?.offset ?? 0
  }

  logStartOf(at: TopicPartition): number {
    return this.#logStarts.get(partitionKey(at))?.offset ?? 0
  }

  /** Notes up to where a partition was synced (D-6): `writeRecoveryPoints` writes it. */
  noteRecoveryPoint({ topic, partition }: TopicPartition, offset: number): void {
    this.#recoveryPoints.set(partitionKey({ topic, partition }), { topic, partition, offset })
  }

  writeRecoveryPoints(): void {
    this.#directory.recoveryPoints.write(this.#recoveryPoints.values())
  }

  /** Writes where a log starts; durable once it returns, and before anything is deleted (D-7). */
  writeLogStart({ topic, partition }: TopicPartition, offset: number): void {
    this.#logStarts.set(partitionKey({ topic, partition }), { topic, partition, offset })
    this.#directory.logStarts.write(this.#logStarts.values())
  }

  /** What the files would say if they were written now. */
  get toBackUp(): CheckpointsToBackUp {
    return { recoveryPoints: this.#recoveryPoints.values(), logStarts: this.#logStarts.values() }
  }

  /** All before it has been compacted. */
  cleanerPointOf(at: TopicPartition): number {
    return this.#cleanerPoints.get(partitionKey(at))?.offset ?? 0
  }

  writeCleanerPoint({ topic, partition }: TopicPartition, offset: number): void {
    this.#cleanerPoints.set(partitionKey({ topic, partition }), { topic, partition, offset })
    this.#directory.cleanerPoints.write(this.#cleanerPoints.values())
  }

  /** Forgets a partition that was deleted: one of the same name starts anew. */
  forget(at: TopicPartition): void {
    this.#recoveryPoints.delete(partitionKey(at))
    this.writeRecoveryPoints()
    if (this.#logStarts.delete(partitionKey(at))) {
      this.#directory.logStarts.write(this.#logStarts.values())
    }
    if (this.#cleanerPoints.delete(partitionKey(at))) {
      this.#directory.cleanerPoints.write(this.#cleanerPoints.values())
    }
  }
}

function byPartition(entries: readonly CheckpointEntry[]): Map<string, CheckpointEntry> {
  return new Map(entries.map((entry) => [partitionKey(entry), entry]))
}
