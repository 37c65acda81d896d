import type { DataDirectoryMetrics } from '@ringlog/core/internal/storage'
import fs from 'node:fs' // by name, a release without statfsSync would not say that it is too old

/** How the file system of a directory is; `null`: it does not say. */
export function freeSpaceOf(directory: string): DataDirectoryMetrics | null {
  try {
    const { bsize, bavail, blocks } = fs.statfsSync(directory)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch {
    return null
  }
}
