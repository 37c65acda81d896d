import type { FileSystem } from '../file-system/file-system.ts'

/**
 * Syncs files, one after the other, up to the first that fails: the sync of what was written earlier is begun, and
 * has ended, before that of what was written later (D-5). Gives `null`, or what went wrong.
 */
export function syncInOrder(
  fileSystem: Pick<FileSystem, 'sync'>,
  descriptors: readonly number[],
): string | null {
  try {
    for (const descriptor of descriptors) fileSystem.sync(descriptor)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
