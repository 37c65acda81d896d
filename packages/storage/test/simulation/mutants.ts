import type { FileSystem } from '../../src/file-system/file-system.ts'
import { ProducerEntries } from '../../src/segment/producer-entries.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { LogSyncs } from '../../src/storage-thread/log-syncs.ts'
import type { SimulatedFileSystem } from './simulated-file-system.ts'

/**
 * What is done wrong on purpose, to see that it is noticed:
 *
 * - `"D-1"`: what is written passes for synced.
 * - `"D-1 own sync"`: where the storage thread syncs itself, the high watermark moves before that sync has ended.
 * - `"D-4"`: a sync is worth what is written when it ends.
 * - `"D-5"`: the names of new files are not synced.
 * - `"D-6"`: the recovery point is what is written.
 * - `"D-6 indexes"`: of sealed segments the `.log` alone is synced.
 * - `"D-7"`: files go before the log's new start is durable.
 * - `"D-9"`: what a failed write has left stays.
 * - `"D-11"`: files get gaps before the recovery point on disk is past these.
 * - `"D-12"`: what the cleaner has made is not synced before it takes the place of what it was made from.
 * - `"D-12 names"`: of what the cleaner has made, the `.log` gets its name first.
 * - `"D-13"`: records are dropped for the sake of such as are not synced.
 * - `"D-14"`: what the cleaner has made takes its place from the newest segment to the oldest.
 * - `"D-15"`: a batch of which no record is left goes, also a producer's latest.
 * - `"D-32"`: the session after a failed sync takes the files for what the disk has.
 */
export type Mutant = (typeof MUTANTS)[number]

const MUTANTS_OF_SYNCS = ['D-1', 'D-1 own sync', 'D-4'] as const
const MUTANTS_OF_LOGS = ['D-5', 'D-6', 'D-6 indexes', 'D-7', 'D-9', 'D-32'] as const
const MUTANTS_OF_COMPACTION = ['D-11', 'D-12', 'D-12 names', 'D-13', 'D-14', 'D-15'] as const
export const MUTANTS = [...MUTANTS_OF_SYNCS, ...MUTANTS_OF_LOGS, ...MUTANTS_OF_COMPACTION] as const

/** Whether compaction does it wrong. */
export function isOfCompaction(mutant: Mutant): boolean {
  return (MUTANTS_OF_COMPACTION as readonly Mutant[]).includes(mutant)
}

/** Whether syncing does it wrong. */
export function isOfSyncs(mutant: Mutant): boolean {
  return (MUTANTS_OF_SYNCS as readonly Mutant[]).includes(mutant)
}

/** The cleaner knows no producers. */
export function withoutProducers<Result>(clean: () => Result): Result {
  const { prototype } = ProducerEntries
  const { all } = Object.getOwnPropertyDescriptors(prototype)
  prototype.all = () => []
  try {
    return clean()
  } finally {
    Object.defineProperty(prototype, 'all', all)
  }
}

export function withSync(fileSystem: FileSystem, sync: FileSystem['sync']): FileSystem {
  return new Proxy(fileSystem, {
    get(target, name: keyof FileSystem) {
      if (name === 'sync') return sync
      return (target[name] as (...given: unknown[]) => unknown).bind(target)
    },
  })
}

/** Renames the `.log` of the cleaner's files before its indexes. */
function withLogFirst(fileSystem: SimulatedFileSystem): FileSystem['rename'] {
  return (from, to) => {
    const log = from.replace(/\.(index|timeindex)\.cleaned$/, '.log.cleaned')
    const isFirst = from.endsWith('.index.cleaned') && fileSystem.sizeAt(log) !== null
    if (isFirst) fileSystem.rename(log, log.replace('.cleaned', '.swap'))
    if (from.endsWith('.log.cleaned') && fileSystem.sizeAt(from) === null) return
    fileSystem.rename(from, to)
  }
}

export function mutated(
  fileSystem: SimulatedFileSystem,
  mutant: Mutant | null,
  dataDirectory: string,
): FileSystem {
  if (mutant !== 'D-5' && mutant !== 'D-9' && mutant !== 'D-12 names') return fileSystem
  return new Proxy(fileSystem, {
    get(target, name: keyof FileSystem) {
      const method = target[name] as (...given: unknown[]) => unknown
      if (mutant === 'D-5' && name === 'syncDirectory') {
        return (path: string) => {
          if (path === dataDirectory) target.syncDirectory(path)
        }
      }
      if (mutant === 'D-12 names' && name === 'rename') return withLogFirst(target)
      if (mutant === 'D-9' && name === 'truncate') return () => {}
      return method.bind(target)
    },
  })
}

/** What is done wrong to a log once it is open. */
export function mutateLog(log: SegmentedLog, mutant: Mutant | null): void {
  if (mutant === 'D-32') log.distrust = () => undefined
  if (mutant !== 'D-6 indexes') return
  const takeSealed = log.takeSealed.bind(log)
  log.takeSealed = () =>
    takeSealed().map((sealed) => ({
      ...sealed,
      descriptors: sealed.descriptors.slice(0, 1),
      close: () => sealed.close(),
    }))
}

/** Lets the storage thread's own syncs end when the next one begins; it says that they have at once. */
export class LateSync {
  #descriptor: number | null = null

  /** @param step What may sync the log. */
  during(log: SegmentedLog, step: () => void): void {
    const { folder } = log
    const { fileSystem } = folder
    const sync = (descriptor: number): void => {
      if (descriptor !== log.activeSegment.descriptor) return fileSystem.sync(descriptor)
      const before = this.#descriptor
      this.#descriptor = descriptor
      if (before === descriptor) fileSystem.sync(before)
    }
    Object.assign(folder, { fileSystem: withSync(fileSystem, sync) })
    try {
      step()
    } finally {
      Object.assign(folder, { fileSystem })
    }
  }
}

/** Syncs that end meanwhile are worth all that is written by then. */
export function whileSyncsAreWorthAll(log: SegmentedLog, step: () => void): void {
  const { prototype } = LogSyncs
  const { noteFlushed } = Object.getOwnPropertyDescriptors(prototype)
  prototype.noteFlushed = function (this: LogSyncs): void {
    noteFlushed.value!.call(this, log.endOffset)
  }
  try {
    step()
  } finally {
    Object.defineProperty(prototype, 'noteFlushed', noteFlushed)
  }
}
