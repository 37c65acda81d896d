import { link, open, type FileHandle } from 'node:fs/promises'
import { isSystemError } from '../file-system/file-system.ts'

const CHUNK_BYTES = 1024 * 1024
/** A file system that is another one, or has no links, or no more of this file. */
const NO_LINK = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Gives a file another name; `false`: it cannot have that one. */
export async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (NO_LINK.some((code) => isSystemError(error, code))) return false
    throw error
  }
}

/**
 * Copies the start of a file to a new one, which survives the loss of power when this resolves.
 *
 * @param fileBytes How much of it; `null`: all.
 * @param signal Ends it within a chunk.
 */
export async function copyFileStart(
  from: string,
  to: string,
  fileBytes: number | null,
  signal: AbortSignal,
): Promise<void> {
  const source = await open(from, 'r')
  try {
    const target = await open(to, 'wx')
    try {
      await copyStart(source, target, fileBytes ?? Infinity, signal)
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function copyStart(
  source: FileHandle,
  target: FileHandle,
  fileBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let filePosition = 0; filePosition < fileBytes;) {
    signal.throwIfAborted()
    const wanted = Math.min(chunk.length, fileBytes - filePosition)
    const { bytesRead } = await source.read(chunk, 0, wanted, filePosition)
    if (bytesRead === 0) return
    await target.writeFile(chunk.subarray(0, bytesRead))
    filePosition += bytesRead
  }
}

/** Returns once the names in a folder survive the loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // it opens no folder
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
