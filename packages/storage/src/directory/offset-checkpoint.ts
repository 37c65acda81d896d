import { RinglogError, show, type TopicPartition } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { readSmallFile, replaceSmallFile } from '../file-system/small-files.ts'

/** Kafka's names. */
export const CHECKPOINT_FILES = [
  'recovery-point-offset-checkpoint',
  'log-start-offset-checkpoint',
  'cleaner-offset-checkpoint',
] as const

export type CheckpointFile = (typeof CHECKPOINT_FILES)[number]

/** An offset of a partition. */
export interface CheckpointEntry extends TopicPartition {
  readonly offset: number
}

const VERSION = '0'
const WITHOUT: Readonly<Record<CheckpointFile, string>> = {
  'recovery-point-offset-checkpoint': 'without the file all logs are read at the next start',
  'log-start-offset-checkpoint':
    'without the file deleted records are there again, as far as their files are',
  'cleaner-offset-checkpoint': 'without the file logs are compacted from their start again',
}
const ENTRY = /^(\S+) (\d+) (\d+)$/

/**
 * An offset of each partition, in a file of the data directory: text, of a version, the number of entries, and a
 * line for each.
 *
 * Thread: one storage thread's. Source: Apache Kafka, `OffsetCheckpointFile.java`.
 */
export class OffsetCheckpoint {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #file: CheckpointFile

  constructor(fileSystem: FileSystem, directory: string, file: CheckpointFile) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#file = file
  }

  /**
   * What was written last; nothing where there is no file.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR for a file that is not whole: a crash leaves none.
   */
  read(): CheckpointEntry[] {
    const content = readSmallFile(this.#fileSystem, `${this.#directory}/${this.#file}`)
    if (content === null) return []
    const [version, count, ...lines] = Buffer.from(content).toString().trimEnd().split('\n')
    if (version !== VERSION) throw this.#malformed(`the version ${show(version!)}`)
    const entries = lines.map((line) => this.#parse(line))
    if (Number(count) !== entries.length)
      throw this.#malformed(`${entries.length} of ${show(count ?? '')} lines`)
    return entries
  }

  /** Replaces what there is. Returns once it would survive the loss of power. */
  write(entries: Iterable<CheckpointEntry>): void {
    const lines = [...entries].map(
      ({ topic, partition, offset }) => `${topic} ${partition} ${offset}`,
    )
    const content = [VERSION, lines.length, ...lines, ''].join('\n')
    replaceSmallFile(this.#fileSystem, this.#directory, this.#file, Buffer.from(content))
  }

  #parse(line: string): CheckpointEntry {
    const [, topic, partition, offset] = ENTRY.exec(line) ?? []
    if (topic === undefined) throw this.#malformed(`the line ${show(line)}`)
    return { topic, partition: Number(partition), offset: Number(offset) }
  }

  #malformed(what: string): RinglogError {
    const path = `${this.#directory}/${this.#file}`
    return new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `${path} is not a checkpoint: it has ${what}; ${WITHOUT[this.#file]}`,
      {
        details: { dataDirectory: this.#directory, file: this.#file },
      },
    )
  }
}
