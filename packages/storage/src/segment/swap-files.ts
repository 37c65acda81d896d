import type { LogFolder } from './log-folder.ts'
import {
  CLEANED_SUFFIX,
  SWAP_SUFFIX,
  segmentFileName,
  type SegmentFileSuffix,
} from './segment-file-names.ts'

/** The `.log` last: while one is named `.swap`, so are those of its indexes that have not their final name yet. */
const SUFFIXES: readonly SegmentFileSuffix[] = ['.index', '.timeindex', '.log']

/**
 * Puts the files that the cleaner has made and synced in the place of those that they were made from (D-12):
 *
 * ```text
 *  1  00.log, 20.log, 40.log    00.log.cleaned
 *  2  00.log, 20.log, 40.log    00.log.swap      durably: from here on it will be finished
 *  3  00.log                    00.log.swap      the others are unlinked
 *  4  00.log                                     the new one, in the place of the old
 * ```
 *
 * A start after a crash goes on from 2 (`finishLeftovers`), or begins anew with what there is in 1.
 *
 * Thread: the storage thread's. @throws The system's error.
 *
 * Source: Apache Kafka, `UnifiedLog.replaceSegments`, `LocalLog.replaceSegments`.
 */
export function swapFiles(folder: LogFolder, replaced: readonly number[]): void {
  const { fileSystem } = folder
  const [baseOffset, ...others] = replaced
  const names = SUFFIXES.map((suffix) => folder.pathOf(segmentFileName(baseOffset!, suffix)))
  for (const path of names) fileSystem.rename(path + CLEANED_SUFFIX, path + SWAP_SUFFIX)
  folder.sync()
  for (const other of others) folder.deleteSegment(other)
  for (const path of names) fileSystem.rename(path + SWAP_SUFFIX, path)
  folder.sync()
}
