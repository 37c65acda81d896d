import { isSystemError, type FileSystem } from './file-system.ts'

/** Reads until `length` bytes are there, or the file ends; gives how many there are. */
export function readFully(
  fileSystem: FileSystem,
  descriptor: number,
  target: Uint8Array,
  targetByte: number,
  length: number,
  filePosition: number,
): number {
  let read = 0
  while (read < length) {
    const bytes = fileSystem.read(
      descriptor,
      target,
      targetByte + read,
      length - read,
      filePosition + read,
    )
    if (bytes === 0) break
    read += bytes
  }
  return read
}

/** The content of a small file; `null`: there is none. */
export function readSmallFile(fileSystem: FileSystem, path: string): Uint8Array | null {
  const fileBytes = fileSystem.sizeAt(path)
  if (fileBytes === null) return null
  const content = new Uint8Array(fileBytes)
  const descriptor = fileSystem.open(path, 'read')
  try {
    return content.subarray(0, readFully(fileSystem, descriptor, content, 0, fileBytes, 0))
  } finally {
    fileSystem.close(descriptor)
  }
}

/** The names in a folder; `null`: there is none, or it is a file. */
export function listFolder(fileSystem: FileSystem, path: string): string[] | null {
  try {
    return fileSystem.list(path)
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return null
    throw error
  }
}

/** Writes a small file whole, and gives its descriptor: to be synced, where that is due, and closed. */
export function writeSmallFile(fileSystem: FileSystem, path: string, content: Uint8Array): number {
  const descriptor = fileSystem.open(path, 'create')
  try {
    let written = 0
    while (written < content.length) {
      const rest = content.length - written
      written += fileSystem.write(descriptor, content, written, rest, written)
    }
    return descriptor
  } catch (error) {
    fileSystem.close(descriptor)
    throw error
  }
}

/** What a name has until its content is whole. */
export const TEMPORARY_SUFFIX = '.tmp'

/**
 * Puts a small file in the place of the one that there is: after a crash either is there, whole. Returns once it
 * would survive the loss of power.
 */
export function replaceSmallFile(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  content: Uint8Array,
): void {
  const path = `${directory}/${name}`
  const descriptor = writeSmallFile(fileSystem, path + TEMPORARY_SUFFIX, content)
  try {
    fileSystem.sync(descriptor)
  } finally {
    fileSystem.close(descriptor)
  }
  fileSystem.rename(path + TEMPORARY_SUFFIX, path)
  fileSystem.syncDirectory(directory)
}
