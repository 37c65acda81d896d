import { readFully } from '../file-system/small-files.ts'
import type { LogFolder } from '../segment/log-folder.ts'

/** The end of an index, as the file has it. */
export interface IndexEnd {
  /** The last entry; `null`: there is none. */
  readonly entry: Uint8Array | null
  /** Whether the file has nothing but whole entries. */
  readonly isWhole: boolean
}

/** Reads the end of a sealed segment's index; the file stays as it is. */
export function readIndexEnd(folder: LogFolder, name: string, entryBytes: number): IndexEnd {
  const { fileSystem } = folder
  const descriptor = fileSystem.open(folder.pathOf(name), 'read')
  try {
    const fileBytes = fileSystem.sizeOf(descriptor)
    const restBytes = fileBytes % entryBytes
    const isWhole = restBytes === 0
    const at = fileBytes - restBytes - entryBytes
    if (at < 0) return { entry: null, isWhole }
    const entry = new Uint8Array(entryBytes)
    const read = readFully(fileSystem, descriptor, entry, 0, entryBytes, at)
    return read === entryBytes ? { entry, isWhole } : { entry: null, isWhole: false }
  } finally {
    fileSystem.close(descriptor)
  }
}
