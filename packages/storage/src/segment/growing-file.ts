import type { FileAccess, FileSystem } from '../file-system/file-system.ts'
import { readFully } from '../file-system/small-files.ts'

/**
 * A file that grows at its end, by whole pieces: after a write that failed, or stopped short, it is cut back to
 * where it was (D-9).
 *
 * Thread: that of who writes it: the storage thread, or the cleaner.
 */
export class GrowingFile {
  readonly #fileSystem: FileSystem
  readonly descriptor: number
  #fileBytes: number
  /** A write has failed, and so did the cut after it: what stands past `fileBytes` is of no piece. */
  #hasRest = false

  private constructor(fileSystem: FileSystem, descriptor: number, fileBytes: number) {
    this.#fileSystem = fileSystem
    this.descriptor = descriptor
    this.#fileBytes = fileBytes
  }

  /** Opens a file to go on at its end; a new one has none. */
  static open(fileSystem: FileSystem, path: string, access: FileAccess): GrowingFile {
    const descriptor = fileSystem.open(path, access)
    try {
      return new GrowingFile(fileSystem, descriptor, fileSystem.sizeOf(descriptor))
    } catch (error) {
      fileSystem.close(descriptor)
      throw error
    }
  }

  /** The size of the file: the pieces that were written whole. */
  get fileBytes(): number {
    return this.#fileBytes
  }

  /**
   * Writes a piece at the end, whole or not at all.
   *
   * @throws The system's error; the file is as before.
   */
  append(bytes: Uint8Array, start: number, length: number): void {
    if (this.#hasRest) this.cut(this.#fileBytes)
    let written = 0
    try {
      while (written < length) {
        written += this.#fileSystem.write(
          this.descriptor,
          bytes,
          start + written,
          length - written,
          this.#fileBytes + written,
        )
      }
    } catch (error) {
      this.#cutRest()
      throw error
    }
    this.#fileBytes += length
  }

  /** Makes the file shorter. */
  cut(fileBytes: number): void {
    this.#fileSystem.truncate(this.descriptor, fileBytes)
    this.#fileBytes = fileBytes
    this.#hasRest = false
  }

  /** Fills the whole of `length` bytes; fewer only where the file ends. Gives how many. */
  read(target: Uint8Array, targetByte: number, length: number, filePosition: number): number {
    return readFully(this.#fileSystem, this.descriptor, target, targetByte, length, filePosition)
  }

  sync(): void {
    this.#fileSystem.sync(this.descriptor)
  }

  close(): void {
    this.#fileSystem.close(this.descriptor)
  }

  #cutRest(): void {
    this.#hasRest = true
    try {
      this.cut(this.#fileBytes)
    } catch {
      // The next append cuts, and fails where that still fails. What failed first is what is thrown.
    }
  }
}
