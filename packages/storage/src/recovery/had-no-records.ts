import type { LogFolder } from '../segment/log-folder.ts'
import { SWAP_SUFFIX, baseOffsetsOf, segmentFileName } from '../segment/segment-file-names.ts'

/** Whether nothing was ever appended to a log: it still has its first file alone, and that is empty. */
export function hadNoRecords(folder: LogFolder): boolean {
  const names = folder.list()
  return (
    baseOffsetsOf(names, '.log').every((baseOffset) => baseOffset === 0) &&
    !names.some((name) => name.endsWith(SWAP_SUFFIX)) &&
    (folder.fileSystem.sizeAt(folder.pathOf(segmentFileName(0, '.log'))) ?? 0) === 0
  )
}
