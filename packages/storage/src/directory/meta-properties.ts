import { randomUUID } from 'node:crypto'
import { RinglogError } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { kafkaUuid } from './kafka-uuid.ts'
import { readSmallFile, replaceSmallFile } from '../file-system/small-files.ts'

export const META_PROPERTIES_FILE = 'meta.properties'
/** Of what we keep in a data directory; goes up with what an older Ringlog could not read. */
const RINGLOG_VERSION = 1

/** What a data directory says of itself: its `meta.properties`, as Kafka has it. */
export interface MetaProperties {
  readonly clusterId: string
  readonly directoryId: string
}

/**
 * Reads what a data directory is; a new one gets its ids.
 *
 * @throws RinglogError KAFKA_STORAGE_ERROR for one that a newer Ringlog, or another program, has written.
 */
export function openMetaProperties(fileSystem: FileSystem, directory: string): MetaProperties {
  const content = readSmallFile(fileSystem, `${directory}/${META_PROPERTIES_FILE}`)
  if (content === null) return create(fileSystem, directory)
  const properties = parse(Buffer.from(content).toString())
  const version = Number(properties.get('ringlog.version'))
  if (version > RINGLOG_VERSION) {
    throw refusal(
      directory,
      `has ringlog.version=${version}, this Ringlog reads ${RINGLOG_VERSION}`,
    )
  }
  const clusterId = properties.get('cluster.id')
  const directoryId = properties.get('directory.id')
  if (version !== RINGLOG_VERSION || properties.get('version') !== '1') {
    throw refusal(directory, 'is of no version that Ringlog writes')
  }
  if (clusterId === undefined || directoryId === undefined) {
    throw refusal(directory, 'has no cluster.id or no directory.id')
  }
  return { clusterId, directoryId }
}

function create(fileSystem: FileSystem, directory: string): MetaProperties {
  const created = { clusterId: kafkaUuid(randomUUID()), directoryId: kafkaUuid(randomUUID()) }
  const lines = [
    'version=1',
    `cluster.id=${created.clusterId}`,
    'node.id=0',
    `directory.id=${created.directoryId}`,
    `ringlog.version=${RINGLOG_VERSION}`,
  ]
  replaceSmallFile(
    fileSystem,
    directory,
    META_PROPERTIES_FILE,
    Buffer.from(`${lines.join('\n')}\n`),
  )
  return created
}

function parse(content: string): Map<string, string> {
  const lines = content.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}

function refusal(directory: string, fault: string): RinglogError {
  const file = `${directory}/${META_PROPERTIES_FILE}`
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the data directory cannot be used: ${file} ${fault}`,
    {
      details: { dataDirectory: directory, file: META_PROPERTIES_FILE, fault },
    },
  )
}
