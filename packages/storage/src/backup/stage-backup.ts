import { partitionName } from '@ringlog/core/internal/storage'
import { deletedFolderName } from '../directory/deleted-folders.ts'
import { OffsetCheckpoint, type CheckpointEntry } from '../directory/offset-checkpoint.ts'
import { META_PROPERTIES_FILE } from '../directory/meta-properties.ts'
import { partitionOfFolder } from '../directory/partition-folders.ts'
import type { FileSystem } from '../file-system/file-system.ts'
import { TEMPORARY_SUFFIX, listFolder } from '../file-system/small-files.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  parseSegmentFileName,
} from '../segment/segment-file-names.ts'
import type { SegmentInfo } from '../segment/segment.ts'

/** What belongs to no log, whatever becomes of it. */
const PASSED_OVER = [TEMPORARY_SUFFIX, CLEANED_SUFFIX, DELETED_SUFFIX]

/** A backup as it is to be: files of one moment, each kept by a link. Plain data. */
export interface StagedBackup {
  /** The folder with the links; whoever has written the backup removes it. */
  readonly folder: string
  /** Folders of the backup, one for each partition. */
  readonly partitionFolders: readonly string[]
  readonly files: readonly StagedFile[]
}

export interface StagedFile {
  /** Its name in the folder with the links. */
  readonly name: string
  /** Where it is to be in the backup. */
  readonly path: string
  /** So much of its start is of that moment; `null`: all. */
  readonly fileBytes: number | null
  /** It is synced, and nobody writes it any more: the backup may share it (D-30). */
  readonly isShareable: boolean
}

/** A log whose files are open. */
export interface LogToBackUp {
  /** The active one last. */
  readonly segments: readonly SegmentInfo[]
  readonly flushedOffset: number
}

/** What a directory's checkpoints would say now. */
export interface CheckpointsToBackUp {
  readonly recoveryPoints: Iterable<CheckpointEntry>
  readonly logStarts: Iterable<CheckpointEntry>
}

/**
 * Keeps all files of a directory as they are at this moment: a process that was killed now would leave the same. It
 * gives each file another name in a folder beside the partitions', and copies none, so nothing needs to be held back
 * afterwards: what is deleted, or replaced by a compacted file, keeps its bytes, and what is appended to has its size.
 *
 * The folder has the name of one that is being deleted: a crash leaves it to the next session, which removes it.
 *
 * Thread: the storage thread's, in one turn: no file comes or goes meanwhile.
 *
 * @param logs Those that are open, by the names of their folders.
 * @throws The system's error; nothing is left then.
 */
export function stageBackup(
  fileSystem: FileSystem,
  directory: string,
  logs: ReadonlyMap<string, LogToBackUp>,
  { recoveryPoints, logStarts }: CheckpointsToBackUp,
): StagedBackup {
  const folder = `${directory}/${deletedFolderName(partitionName('backup', 0))}`
  const files: StagedFile[] = []
  const stage = (path: string, file: Omit<StagedFile, 'name' | 'path'>): void => {
    const name = String(files.length)
    fileSystem.link(`${directory}/${path}`, `${folder}/${name}`)
    files.push({ ...file, name, path })
  }
  fileSystem.makeDirectory(folder)
  try {
    const names = fileSystem.list(directory)
    const partitionFolders: string[] = []
    for (const name of names.filter((each) => partitionOfFolder(each) !== null)) {
      const inFolder = listFolder(fileSystem, `${directory}/${name}`)
      if (inFolder === null) continue // somebody else's file
      partitionFolders.push(name)
      for (const file of inFolder) {
        const staged = howToStage(file, logs.get(name))
        if (staged === null || isFolder(fileSystem, `${directory}/${name}`, file)) continue
        stage(`${name}/${file}`, staged)
      }
    }
    for (const name of [META_PROPERTIES_FILE, 'cleaner-offset-checkpoint']) {
      if (names.includes(name)) stage(name, { fileBytes: null, isShareable: false })
    }
    const checkpoints = { recoveryPoints, logStarts }
    files.push(...writeCheckpoints(fileSystem, folder, checkpoints))
    return { folder, partitionFolders, files }
  } catch (error) {
    removeStaged(fileSystem, folder)
    throw error
  }
}

/** A folder within a partition's is somebody else's, and has no links. Names with a suffix of ours are not looked at. */
function isFolder(fileSystem: FileSystem, folder: string, name: string): boolean {
  if (parseSegmentFileName(name) !== null) return false
  return listFolder(fileSystem, `${folder}/${name}`) !== null
}

/** `null`: the file is not to be in the backup. */
function howToStage(
  name: string,
  log: LogToBackUp | undefined,
): Omit<StagedFile, 'name' | 'path'> | null {
  if (PASSED_OVER.some((suffix) => name.endsWith(suffix))) return null
  const whole = { fileBytes: null, isShareable: false }
  const parsed = parseSegmentFileName(name)
  // Of a log that is not open nobody knows what is synced.
  if (log === undefined || parsed === null || parsed.suffix === '.snapshot') return whole
  const segment = log.segments.find(({ baseOffset }) => baseOffset === parsed.baseOffset)
  const isActive = segment === log.segments.at(-1)
  if (segment === undefined) return null
  // A recovery makes the active one's indexes anew, and empties those of others to do the same: they are not shared.
  if (parsed.suffix !== '.log') return isActive ? null : whole
  if (isActive) return { fileBytes: segment.fileBytes, isShareable: false }
  return { fileBytes: null, isShareable: segment.endOffset <= log.flushedOffset } // D-30
}

function writeCheckpoints(
  fileSystem: FileSystem,
  folder: string,
  { recoveryPoints, logStarts }: CheckpointsToBackUp,
): StagedFile[] {
  const checkpoints = [
    ['recovery-point-offset-checkpoint', recoveryPoints],
    ['log-start-offset-checkpoint', logStarts],
  ] as const
  return checkpoints.map(([name, entries]) => {
    new OffsetCheckpoint(fileSystem, folder, name).write(entries)
    return { name, path: name, fileBytes: null, isShareable: false }
  })
}

function removeStaged(fileSystem: FileSystem, folder: string): void {
  for (const name of fileSystem.list(folder)) fileSystem.unlink(`${folder}/${name}`)
  fileSystem.removeDirectory(folder)
}
