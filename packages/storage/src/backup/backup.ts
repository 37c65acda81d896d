import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { storageErrorOf } from '../file-system/storage-error.ts'
import { claimTarget } from './claim-target.ts'
import { copyFileStart, syncFolder, tryLink } from './copy-file.ts'
import type { StagedBackup, StagedFile } from './stage-backup.ts'

/** What a backup is made from, and to where. */
export interface BackupTask {
  /** An absolute path. */
  readonly dataDirectory: string
  /** An absolute path. */
  readonly target: string
  /** Has the storage thread keep all files as they are: see `stageBackup`. */
  readonly stage: () => Promise<StagedBackup>
  /** Gives it up; what it then rejects with. */
  readonly signal: AbortSignal
}

/**
 * Writes a backup: the files of one moment, in a folder of their own. Where this rejects, nothing is left of it, or a
 * folder that no broker takes for a data directory (D-31).
 *
 * Thread: any; it waits for the disk in threads of Node's pool.
 *
 * @throws RinglogError INVALID_REQUEST for a target that is not new or empty, or lies in the data directory;
 *   KAFKA_STORAGE_ERROR where the disk does not do it.
 */
export async function writeBackup(task: BackupTask): Promise<void> {
  const { dataDirectory, target, signal } = task
  try {
    const claimed = await claimTarget(target, dataDirectory)
    try {
      await writeFiles(task)
      await claimed.finish()
    } catch (error) {
      await claimed.giveUp().catch(() => undefined) // what went wrong first is what is thrown
      throw error
    }
  } catch (error) {
    signal.throwIfAborted()
    throw storageErrorOf(error, `the backup could not be written: target=${target}`, { target })
  }
}

async function writeFiles({ dataDirectory, target, stage, signal }: BackupTask): Promise<void> {
  const { folder, partitionFolders, files } = await stage()
  try {
    for (const name of partitionFolders) await mkdir(path.join(target, name))
    for (const staged of files) {
      signal.throwIfAborted()
      try {
        await writeFile(staged, { folder, target, signal })
      } catch (error) {
        const file = path.join(dataDirectory, staged.path)
        const what = `the backup could not be written: target=${target}, file=${file}`
        throw storageErrorOf(error, what, { target, file })
      }
    }
    for (const name of partitionFolders) await syncFolder(path.join(target, name))
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined) // the next session removes it
  }
}

async function writeFile(
  { name, path: relativePath, fileBytes, isShareable }: StagedFile,
  { folder, target, signal }: { folder: string; target: string; signal: AbortSignal },
): Promise<void> {
  const [from, to] = [path.join(folder, name), path.join(target, relativePath)]
  // D-30: what is not synced yet is copied, and its copy is synced.
  if (isShareable && (await tryLink(from, to))) return
  await copyFileStart(from, to, fileBytes, signal)
}
