import { describe, expect, it } from 'vitest'
import { refuseNetworkFileSystem } from '../../src/directory/network-file-system.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

describe('a data directory', () => {
  it('is refused on the file system of another machine', () => {
    expect(() => refuseNetworkFileSystem('/mnt/logs', () => 0x6969)).toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        message: expect.stringContaining('it is on NFS: dataDirectory=/mnt/logs'),
      }),
    )
  })

  it('is not on ext4, nor where nothing is known, nor where it is', () => {
    refuseNetworkFileSystem('/mnt/logs', () => 0xef53)
    refuseNetworkFileSystem('/mnt/logs', () => null)
    refuseNetworkFileSystem(temporaryDirectory())
    refuseNetworkFileSystem('/there/is/none')
  })
})
