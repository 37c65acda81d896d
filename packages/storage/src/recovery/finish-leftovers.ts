import { TEMPORARY_SUFFIX } from '../file-system/small-files.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { scanSegment } from '../segment/scan-segment.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  SWAP_SUFFIX,
  baseOffsetsOf,
  parseSegmentFileName,
} from '../segment/segment-file-names.ts'

/**
 * Finishes what a session had begun in a log's folder when it ended: drops what was deleted, or cleaned by half;
 * puts what was cleaned in the place of what it was made from; drops files that belong to no segment.
 *
 * Source: Apache Kafka, `LogLoader.removeTempFilesAndCollectSwapFiles`, `load`.
 */
export function finishLeftovers(folder: LogFolder): void {
  const names = folder.list()
  for (const name of names.filter(isUnfinished)) folder.fileSystem.unlink(folder.pathOf(name))
  finishSwaps(folder, names)
  dropOrphans(folder)
}

/**
 * The `.log` last: while its name says `.swap`, the next start would finish the same again. Indexes without one go:
 * the swap had not come to the `.log`, so the old one is there, and has its own (D-12).
 */
function finishSwaps(folder: LogFolder, names: readonly string[]): void {
  const all = names.filter((name) => name.endsWith(SWAP_SUFFIX))
  const bases = new Set(all.filter(isLogSwap).map(baseOffsetOf))
  const swaps = all.filter((name) => bases.has(baseOffsetOf(name)))
  for (const name of all.filter((each) => !swaps.includes(each))) {
    folder.fileSystem.unlink(folder.pathOf(name))
  }
  for (const name of swaps.filter(isLogSwap)) dropReplaced(folder, name)
  for (const name of [...swaps.filter((each) => !isLogSwap(each)), ...swaps.filter(isLogSwap)]) {
    folder.fileSystem.rename(folder.pathOf(name), folder.pathOf(finalNameOf(name)))
  }
  if (swaps.length > 0) folder.sync()
}

function isUnfinished(name: string): boolean {
  return [DELETED_SUFFIX, CLEANED_SUFFIX, TEMPORARY_SUFFIX].some((suffix) => name.endsWith(suffix))
}

function isLogSwap(name: string): boolean {
  return finalNameOf(name).endsWith('.log')
}

function finalNameOf(swapName: string): string {
  return swapName.slice(0, -SWAP_SUFFIX.length)
}

function baseOffsetOf(swapName: string): number {
  return parseSegmentFileName(finalNameOf(swapName))?.baseOffset ?? 0
}

/** Drops the segments whose records went into the one that is to start where the first of them did. */
function dropReplaced(folder: LogFolder, swapName: string): void {
  const baseOffset = baseOffsetOf(swapName)
  let lastOffset = baseOffset
  const scanner = new BatchScanner(folder.fileSystem)
  scanSegment(folder, swapName, scanner, 'headers', ({ header }) => {
    lastOffset = header.lastOffset
  })
  for (const replaced of baseOffsetsOf(folder.list(), '.log')) {
    if (replaced > baseOffset && replaced <= lastOffset) folder.deleteSegment(replaced)
  }
}

function dropOrphans(folder: LogFolder): void {
  const names = folder.list()
  const segments = new Set(baseOffsetsOf(names, '.log'))
  for (const name of names) {
    const file = parseSegmentFileName(name)
    if (file === null || file.suffix === '.snapshot' || segments.has(file.baseOffset)) continue
    folder.fileSystem.unlink(folder.pathOf(name))
  }
}
