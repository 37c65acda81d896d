import { RinglogError } from '@ringlog/core/internal/storage'

/** In a backup's folder from before the first file of it to after the last: without all of them it is no directory. */
export const UNFINISHED_BACKUP_FILE = '.unfinished-backup'

/**
 * @param names Of what is in the directory.
 * @throws RinglogError KAFKA_STORAGE_ERROR for a backup that did not come to its end (D-31).
 */
export function refuseUnfinishedBackup(directory: string, names: readonly string[]): void {
  if (!names.includes(UNFINISHED_BACKUP_FILE)) return
  throw new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the directory is a backup that did not come to its end: dataDirectory=${directory}; delete it, and make another`,
    { details: { dataDirectory: directory, file: UNFINISHED_BACKUP_FILE } },
  )
}
