import fs from 'node:fs' // by name, a release without statfsSync would not say that it is too old
import { RinglogError } from '@ringlog/core/internal/storage'

/** By what Linux says of a file system: `statfs(2)`. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB 2'],
  [0xff534d42, 'CIFS'],
])

/**
 * A file system of another machine's keeps neither the lock, which may be held twice, nor the promise of a sync.
 * Only Linux says by number what a directory is on.
 *
 * @throws RinglogError KAFKA_STORAGE_ERROR for a directory on one.
 */
export function refuseNetworkFileSystem(directory: string, typeOf: TypeOf = linuxTypeOf): void {
  const name = NETWORK_FILE_SYSTEMS.get(typeOf(directory) ?? 0)
  if (name === undefined) return
  throw new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the data directory must be on a file system of this machine, it is on ${name}: dataDirectory=${directory}`,
    { details: { dataDirectory: directory, fileSystem: name } },
  )
}

/** `null`: nothing is known. */
type TypeOf = (directory: string) => number | null

function linuxTypeOf(directory: string): number | null {
  if (process.platform !== 'linux') return null
  try {
    // Some numbers come with a sign.
    return fs.statfsSync(directory).type >>> 0
  } catch {
    return null // what is wrong with the directory, the lock says
  }
}
