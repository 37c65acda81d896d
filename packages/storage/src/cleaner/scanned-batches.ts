import { RinglogError, type RecordBatchHeader } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import type { BatchScanner, ScanDepth } from '../segment/batch-scanner.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'

/** Looks at a batch, which is borrowed; `false`: it needs no more. */
export type VisitBatch = (batch: Uint8Array, header: RecordBatchHeader) => boolean

/**
 * Reads the segments of a log, each batch held against its CRC.
 *
 * Thread: the cleaner's.
 */
export class ScannedBatches {
  readonly #fileSystem: FileSystem
  readonly #folder: string
  readonly #scanner: BatchScanner
  readonly #assertWanted: () => void

  /** @param assertWanted Throws once the round is not wanted any more; called before each batch. */
  constructor(
    fileSystem: FileSystem,
    folder: string,
    scanner: BatchScanner,
    assertWanted: () => void,
  ) {
    this.#fileSystem = fileSystem
    this.#folder = folder
    this.#scanner = scanner
    this.#assertWanted = assertWanted
  }

  /**
   * Visits all batches of a segment, or those up to one after which no more are needed: `false` then.
   *
   * @throws RinglogError CORRUPT_MESSAGE where the file does not hold what was written; the system's error.
   */
  forEach(baseOffset: number, visit: VisitBatch): boolean {
    return this.#scan(baseOffset, 'whole', ({ bytes, byteIndex, sizeBytes, header }) =>
      visit(bytes.subarray(byteIndex, byteIndex + sizeBytes), header),
    )
  }

  /** As `forEach`, of all batches, by their headers alone: what follows these is not looked at. */
  forEachHeader(baseOffset: number, visit: (header: RecordBatchHeader) => void): void {
    this.#scan(baseOffset, 'headers', ({ header }) => {
      visit(header)
      return true
    })
  }

  #scan(baseOffset: number, depth: ScanDepth, visit: (scanner: BatchScanner) => boolean): boolean {
    const file = `${this.#folder}/${segmentFileName(baseOffset, '.log')}`
    const scanner = this.#scanner
    const descriptor = this.#fileSystem.open(file, 'read')
    try {
      scanner.start(descriptor, 0, this.#fileSystem.sizeOf(descriptor), depth)
      while (scanner.next()) {
        this.#assertWanted()
        if (!visit(scanner)) return false
      }
    } finally {
      this.#fileSystem.close(descriptor)
    }
    const { fault, filePosition } = scanner
    if (fault === null) return true
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `the log is damaged: file=${file}, filePosition=${filePosition}: ${fault}`,
      { details: { file, filePosition, reason: fault } },
    )
  }
}
