import { partitionName } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import {
  TEMPORARY_SUFFIX,
  readFully,
  readSmallFile,
  replaceSmallFile,
  writeSmallFile,
} from '../file-system/small-files.ts'
import { GrowingFile } from './growing-file.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  segmentFileName,
  type SegmentFileSuffix,
} from './segment-file-names.ts'

const SUFFIXES: readonly SegmentFileSuffix[] = ['.log', '.index', '.timeindex', '.snapshot']

/** There while no sync of the log has failed that was begun since the log was recovered (D-32). */
const TRUST_FILE = '.no-sync-failed'
const COPY_BYTES = 1024 * 1024

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

  /** Puts a copy of a file in its place: of its own, and whole on disk, when this returns. */
  renew(name: string): void {
    const { fileSystem } = this
    const path = this.pathOf(name)
    const source = fileSystem.open(path, 'read')
    try {
      const copy = GrowingFile.open(fileSystem, path + TEMPORARY_SUFFIX, 'create')
      try {
        copyAll(fileSystem, source, copy)
        copy.sync()
      } finally {
        copy.close()
      }
    } finally {
      fileSystem.close(source)
    }
    fileSystem.rename(path + TEMPORARY_SUFFIX, path)
    this.sync()
  }

  /** Whether what the files show is what the disk has, as far as they were synced (D-32). */
  get isTrusted(): boolean {
    return this.fileSystem.sizeAt(this.pathOf(TRUST_FILE)) !== null
  }

  /** All that the files show is on disk. */
  trust(): void {
    if (!this.isTrusted) this.fileSystem.close(this.write(TRUST_FILE, new Uint8Array(0)))
  }

  /**
   * A sync has failed: what the disk has is not known, and no later sync says it. To be known to another session of
   * this operating system, which would be shown the same: to those after it the files show what the disk has. So
   * the file goes, which takes no room, and is not synced.
   */
  distrust(): void {
    try {
      this.fileSystem.unlink(this.pathOf(TRUST_FILE))
    } catch {
      // It is gone already; or the disk takes no change at all, so that no session can begin.
    }
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

  /** Unlinks what the cleaner has left of a round that was given up. */
  dropCleaned(): void {
    for (const name of this.list()) {
      if (name.endsWith(CLEANED_SUFFIX)) this.fileSystem.unlink(this.pathOf(name))
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

function copyAll(fileSystem: FileSystem, source: number, target: GrowingFile): void {
  const chunk = new Uint8Array(COPY_BYTES)
  for (;;) {
    const read = readFully(fileSystem, source, chunk, 0, chunk.length, target.fileBytes)
    if (read === 0) return
    target.append(chunk, 0, read)
  }
}
