import {
  nextTurn,
  partitionName,
  type Clock,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'

/** Kafka's: how the folder of a partition is named that is deleted, and about to be removed. */
const DELETED_FOLDER_SUFFIX = '-delete'

/**
 * Folders of partitions that are deleted. A folder gets another name first: from then on the partition is gone,
 * also after a crash, and one of the same name can be made. Its files are removed one by one, a turn of the event
 * loop each, since a large one takes its time.
 *
 * Thread: the storage thread.
 */
export class DeletedFolders {
  readonly #fileSystem: FileSystem
  readonly #dataDirectory: string
  readonly #clock: Clock
  #removing: Promise<void> = Promise.resolve()

  constructor(fileSystem: FileSystem, dataDirectory: string, clock: Clock) {
    this.#fileSystem = fileSystem
    this.#dataDirectory = dataDirectory
    this.#clock = clock
  }

  /** Resolves when no folder is removed any more. */
  get removed(): Promise<void> {
    return this.#removing
  }

  /** Removes what former sessions have left. */
  removeLeftovers(): void {
    for (const name of this.#fileSystem.list(this.#dataDirectory)) {
      if (name.endsWith(DELETED_FOLDER_SUFFIX)) this.#remove(name)
    }
  }

  /**
   * Deletes a partition's folder, if there is one; its files are closed. Returns once it would not come back.
   *
   * @throws The system's error; the folder is still there.
   */
  delete({ topic, partition }: TopicPartition): void {
    const folder = partitionName(topic, partition)
    if (!this.#fileSystem.list(this.#dataDirectory).includes(folder)) return
    const id = Math.floor(this.#clock.random() * 2 ** 48).toString(16)
    const deleted = `${folder}.${id}${DELETED_FOLDER_SUFFIX}`
    this.#fileSystem.rename(this.#pathOf(folder), this.#pathOf(deleted))
    this.#fileSystem.syncDirectory(this.#dataDirectory)
    this.#remove(deleted)
  }

  #remove(folder: string): void {
    this.#removing = this.#removing.then(() => this.#removeFiles(this.#pathOf(folder)))
  }

  async #removeFiles(path: string): Promise<void> {
    try {
      for (const name of this.#fileSystem.list(path)) {
        this.#fileSystem.unlink(`${path}/${name}`)
        await nextTurn(this.#clock)
      }
      this.#fileSystem.removeDirectory(path)
    } catch {
      // The next session tries again: nothing but room is lost.
    }
  }

  #pathOf(name: string): string {
    return `${this.#dataDirectory}/${name}`
  }
}
