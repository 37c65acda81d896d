import { RinglogError } from '@ringlog/core/internal/storage'
import { mkdir, open, readdir, realpath, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { UNFINISHED_BACKUP_FILE } from '../directory/unfinished-backup.ts'
import { isSystemError } from '../file-system/file-system.ts'
import { syncFolder } from './copy-file.ts'

/** A folder that a backup is being written to, by nobody else. */
export interface ClaimedTarget {
  /** Says that all of it is there, durably. */
  finish(): Promise<void>
  /** Takes away what was written, and the folders that were made for it. */
  giveUp(): Promise<void>
}

/**
 * Takes a folder for a backup: a new one, or one that is empty. Until `finish` no broker takes it for a data directory
 * (D-31).
 *
 * @param target, dataDirectory Absolute paths.
 * @throws RinglogError INVALID_REQUEST for a folder that is not empty, or lies in the data directory; the system's
 *   error.
 */
export async function claimTarget(target: string, dataDirectory: string): Promise<ClaimedTarget> {
  await refuseWithin(target, dataDirectory)
  const made = await makeFolder(target)
  const removeMade = async (): Promise<void> => {
    for (const folder of made.toReversed()) await rmdir(folder)
  }
  try {
    const names = await readdir(target)
    if (names.length > 0) throw notEmpty(target, names)
    await claim(target)
  } catch (error) {
    await removeMade().catch(() => undefined) // it is not ours any more
    throw error
  }
  return {
    async finish() {
      await syncFolder(target)
      await rm(path.join(target, UNFINISHED_BACKUP_FILE)) // D-31: after all else
      await syncFolder(target)
      for (const folder of made) await syncFolder(path.dirname(folder))
    },
    async giveUp() {
      const names = await readdir(target)
      for (const name of names.filter((each) => each !== UNFINISHED_BACKUP_FILE)) {
        await rm(path.join(target, name), { recursive: true })
      }
      await rm(path.join(target, UNFINISHED_BACKUP_FILE)) // D-31: after all else
      await removeMade()
    },
  }
}

/** D-31: the first file, and durable before there is another. Where two come at once, one has it. */
async function claim(target: string): Promise<void> {
  try {
    await (await open(path.join(target, UNFINISHED_BACKUP_FILE), 'wx')).close()
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw notEmpty(target, [UNFINISHED_BACKUP_FILE])
    throw error
  }
  await syncFolder(target)
}

/** Makes a folder, and those that it lies in; gives those that were not there, outermost first. */
async function makeFolder(folder: string): Promise<string[]> {
  try {
    await mkdir(folder)
    return [folder]
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return []
    if (!isSystemError(error, 'ENOENT') || path.dirname(folder) === folder) throw error
  }
  return [...(await makeFolder(path.dirname(folder))), ...(await makeFolder(folder))]
}

async function refuseWithin(target: string, dataDirectory: string): Promise<void> {
  const within = path.relative(await realpath(dataDirectory), await realPathOf(target))
  if (within === '..' || within.startsWith(`..${path.sep}`) || path.isAbsolute(within)) return
  throw new RinglogError(
    'INVALID_REQUEST',
    `the target of a backup must lie outside the data directory: target=${target}, dataDirectory=${dataDirectory}`,
    { details: { target, dataDirectory } },
  )
}

/** Of a path of which the end need not exist yet. */
async function realPathOf(target: string): Promise<string> {
  try {
    return await realpath(target)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT') || path.dirname(target) === target) throw error
    return path.join(await realPathOf(path.dirname(target)), path.basename(target))
  }
}

function notEmpty(target: string, names: readonly string[]): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `the target of a backup must be a new or an empty folder: target=${target}, it has ${names[0]}` +
      (names.length > 1 ? ` and ${names.length - 1} more` : ''),
    { details: { target, count: names.length } },
  )
}
