import {
  RinglogError,
  directoryFault,
  directoryPath,
  monotonicMs,
  nextTurn,
  partitionName,
  systemClock,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import path from 'node:path'
import { isCleanlyEnded } from '../directory/clean-shutdown.ts'
import { OffsetCheckpoint, type CheckpointFile } from '../directory/offset-checkpoint.ts'
import { partitionOfFolder } from '../directory/partition-folders.ts'
import { refuseUnfinishedBackup } from '../directory/unfinished-backup.ts'
import { isSystemError } from '../file-system/file-system.ts'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { listFolder } from '../file-system/small-files.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import { baseOffsetsOf, segmentFileName } from '../segment/segment-file-names.ts'
import {
  inspectCompaction,
  leftoversAmong,
  type CompactionInspection,
} from './inspect-compaction.ts'

/** After so long the event loop turns. */
const MAX_TURN_MS = 10

/** What a directory of a durable broker holds. */
export interface DirectoryInspection {
  /** An absolute path. */
  readonly dataDirectory: string
  /** Whether the last broker had ended in its own way; while one runs, `false`. */
  readonly isClean: boolean
  /** By topic and number; `__consumer_offsets` and `__ringlog_metadata` are among them. */
  readonly partitions: readonly PartitionInspection[]
}

/** What the files of a partition hold. */
export interface PartitionInspection extends TopicPartition {
  readonly logStartOffset: number
  /** The offset after the last record of a whole batch. */
  readonly endOffset: number
  /** Of all `.log` files. */
  readonly sizeBytes: number
  /** Oldest first. */
  readonly segments: readonly SegmentInspection[]
  /** `null`: no round of compaction has come to its end in it. */
  readonly compaction: CompactionInspection | null
  /**
   * Names of files that compaction, or retention, was at when the last broker ended: the next start finishes them, or drops
   * them. While a broker runs, it may be at them.
   */
  readonly leftovers: readonly string[]
  /** The first place that is no batch, or none of this log; `null`: there is none. */
  readonly damage: LogDamage | null
}

export interface SegmentInspection {
  readonly baseOffset: number
  readonly endOffset: number
  readonly sizeBytes: number
  readonly batchCount: number
  readonly recordCount: number
  /** The largest timestamp, milliseconds since 1970; -1: there is no record. */
  readonly maxTimestamp: number
}

export interface LogDamage {
  /** An absolute path. */
  readonly file: string
  readonly filePosition: number
  readonly reason: string
  /**
   * Whether it is in the newest file: what a crash has left there unfinished is cut off at the next start. While a
   * broker runs, it may be a batch that is just being written.
   */
  readonly isInNewestFile: boolean
}

/**
 * Reads all that is in the directory of a durable broker: its partitions, segments and offsets, and whether each batch
 * has the bytes that were written. It changes nothing and takes no lock, so a broker may run on it meanwhile.
 *
 * Cost: reads every byte; the calling thread's event loop turns meanwhile.
 *
 * @param dataDirectory A path, or a `file:` URL.
 * @throws RinglogError INVALID_REQUEST for anything else; KAFKA_STORAGE_ERROR where it cannot be read.
 */
export async function inspect(dataDirectory: string | URL): Promise<DirectoryInspection> {
  const fault = directoryFault(dataDirectory)
  if (fault !== null) throw new RinglogError('INVALID_REQUEST', `dataDirectory ${fault}`)
  const directory = directoryPath(dataDirectory)
  try {
    const names = nodeFileSystem.list(directory)
    refuseUnfinishedBackup(directory, names)
    const starts = readCheckpoint(directory, 'log-start-offset-checkpoint')
    const cleanerPoints = readCheckpoint(directory, 'cleaner-offset-checkpoint')
    const partitions: PartitionInspection[] = []
    for (const name of names) {
      const at = partitionOfFolder(name)
      if (at === null) continue
      const checkpoints = {
        logStart: starts.get(name) ?? 0,
        cleanedUpTo: cleanerPoints.get(name) ?? null,
      }
      const partition = await inspectPartition(at, path.join(directory, name), checkpoints)
      if (partition !== null) partitions.push(partition)
    }
    partitions.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
    return { dataDirectory: directory, isClean: isCleanlyEnded(names), partitions }
  } catch (error) {
    const what = `the directory cannot be read: dataDirectory=${directory}`
    throw storageErrorOf(error, what, { dataDirectory: directory })
  }
}

/** `null`: it is no folder, or it was deleted meanwhile. */
async function inspectPartition(
  at: TopicPartition,
  folder: string,
  { logStart, cleanedUpTo }: { logStart: number; cleanedUpTo: number | null },
): Promise<PartitionInspection | null> {
  const scanner = new BatchScanner(nodeFileSystem)
  const names = listFolder(nodeFileSystem, folder)
  if (names === null) return null
  const baseOffsets = baseOffsetsOf(names, '.log')
  const segments: SegmentInspection[] = []
  let damage: LogDamage | null = null
  let endOffset = baseOffsets[0] ?? 0
  let horizonMs = Infinity
  for (const baseOffset of baseOffsets) {
    const file = path.join(folder, segmentFileName(baseOffset, '.log'))
    const found = await inspectSegment(scanner, file, baseOffset)
    if (found === null) continue // deleted meanwhile
    segments.push(found.segment)
    horizonMs = Math.min(horizonMs, found.deleteHorizonMs)
    const isInNewestFile = baseOffset === baseOffsets.at(-1)
    if (damage === null) ({ endOffset } = found.segment)
    if (found.fault !== null) damage ??= { file, ...found.fault, isInNewestFile }
  }
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  const logStartOffset = Math.max(logStart, segments[0]?.baseOffset ?? 0)
  const earliest = horizonMs === Infinity ? null : horizonMs
  const infos = segments.map(({ baseOffset, endOffset: end, ...segment }) => {
    const { sizeBytes: fileBytes, maxTimestamp: largestTimestamp } = segment
    return { baseOffset, endOffset: end, fileBytes, largestTimestamp }
  })
  const compaction = inspectCompaction(infos, logStartOffset, cleanedUpTo, earliest)
  const leftovers = leftoversAmong(names)
  return { ...at, logStartOffset, endOffset, sizeBytes, segments, compaction, leftovers, damage }
}

/** `null`: there is no such file any more. */
async function inspectSegment(
  scanner: BatchScanner,
  file: string,
  baseOffset: number,
): Promise<FoundSegment | null> {
  const descriptor = tryOpen(file)
  if (descriptor === null) return null
  try {
    const sizeBytes = nodeFileSystem.sizeOf(descriptor)
    scanner.start(descriptor, 0, sizeBytes, 'whole')
    let endOffset = baseOffset
    let [batchCount, recordCount, maxTimestamp] = [0, 0, -1]
    let deleteHorizonMs = Infinity
    let fault: FoundSegment['fault'] = null
    let turnedAtMs = monotonicMs()
    while (scanner.next()) {
      const { header, filePosition } = scanner
      if (header.baseOffset < endOffset) {
        const reason = `its offsets do not follow: baseOffset=${header.baseOffset}, expected=${endOffset}`
        fault = { filePosition, reason }
        break
      }
      endOffset = header.lastOffset + 1
      batchCount++
      recordCount += header.recordsCount
      maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp)
      if (header.hasDeleteHorizon) {
        deleteHorizonMs = Math.min(deleteHorizonMs, header.baseTimestamp)
      }
      if (monotonicMs() - turnedAtMs < MAX_TURN_MS) continue
      await nextTurn(systemClock)
      turnedAtMs = monotonicMs()
    }
    if (scanner.fault !== null) {
      fault = { filePosition: scanner.filePosition, reason: scanner.fault }
    }
    const counts = { batchCount, recordCount, maxTimestamp }
    const segment = { baseOffset, endOffset, sizeBytes, ...counts }
    return { segment, deleteHorizonMs, fault }
  } finally {
    nodeFileSystem.close(descriptor)
  }
}

interface FoundSegment {
  readonly segment: SegmentInspection
  /** The earliest of its batches; `Infinity`: none has one. */
  readonly deleteHorizonMs: number
  readonly fault: Pick<LogDamage, 'filePosition' | 'reason'> | null
}

function tryOpen(file: string): number | null {
  try {
    return nodeFileSystem.open(file, 'read')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}

/** By folder. */
function readCheckpoint(directory: string, file: CheckpointFile): Map<string, number> {
  const checkpoint = new OffsetCheckpoint(nodeFileSystem, directory, file)
  return new Map(
    checkpoint.read().map((entry) => [partitionName(entry.topic, entry.partition), entry.offset]),
  )
}
