import { partitionName } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import { readSmallFile, replaceSmallFile, writeSmallFile } from '../file-system/small-files.ts'
import { DELETED_SUFFIX, segmentFileName, type SegmentFileSuffix } from './segment-file-names.ts'

const SUFFIXES: readonly SegmentFileSuffix[] = ['.log', '.index', '.timeindex', '.snapshot']

/**
 * The folder of a partition's files, and what is done to whole files in it.
 *
 * Thread: the storage thread's alone.
 */
export class LogFolder {
  readonly fileSystem: FileSystem
  readonly topic: string
  readonly partition: number
  readonly path: string

  constructor(fileSystem: FileSystem, dataDirectory: string, topic: string, partition: number) {
    this.fileSystem = fileSystem
    this.topic = topic
    this.partition = partition
    this.path = `${dataDirectory}/${partitionName(topic, partition)}`
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`
  }

  list(): string[] {
    return this.fileSystem.list(this.path)
  }

  sync(): void {
    this.fileSystem.syncDirectory(this.path)
  }

  /** The content of a small file; `null`: there is none. */
  read(name: string): Uint8Array | null {
    return readSmallFile(this.fileSystem, this.pathOf(name))
  }

  /** Writes a small file whole, and gives its descriptor: to be synced and closed. */
  write(name: string, content: Uint8Array): number {
    return writeSmallFile(this.fileSystem, this.pathOf(name), content)
  }

  /** Puts a small file in the place of the one that there is, whole and durably. */
  replace(name: string, content: Uint8Array): void {
    replaceSmallFile(this.fileSystem, this.path, name, content)
  }

  /**
   * Unlinks all files of a segment. The `.log` goes first: it is what makes a segment, so what a crash may leave
   * of the others belongs to none. It gets another name before, so that no reader finds a part.
   */
  deleteSegment(baseOffset: number): void {
    for (const suffix of SUFFIXES) {
      const name = segmentFileName(baseOffset, suffix)
      if (this.fileSystem.sizeAt(this.pathOf(name)) === null) continue
      this.fileSystem.rename(this.pathOf(name), this.pathOf(name + DELETED_SUFFIX))
      this.fileSystem.unlink(this.pathOf(name + DELETED_SUFFIX))
    }
  }

  /** Returns once all files of a segment, which are not open, would survive the loss of power. */
  syncSegment(baseOffset: number): void {
    for (const suffix of SUFFIXES) {
      const path = this.pathOf(segmentFileName(baseOffset, suffix))
      if (this.fileSystem.sizeAt(path) === null) continue
      const descriptor = this.fileSystem.open(path, 'write')
      try {
        this.fileSystem.sync(descriptor)
      } finally {
        this.fileSystem.close(descriptor)
      }
    }
  }

  /** Makes an error of the system's one of ours, which names the partition; leaves others as they are. */
  errorOf(action: string, error: unknown): unknown {
    const name = partitionName(this.topic, this.partition)
    const what = `${action} failed: partition=${name}, folder=${this.path}`
    return storageErrorOf(error, what, this.details)
  }

  get details(): { topic: string; partition: number; folder: string } {
    return { topic: this.topic, partition: this.partition, folder: this.path }
  }
}
