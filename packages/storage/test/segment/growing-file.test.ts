import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { GrowingFile } from '../../src/segment/growing-file.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

/** A disk that takes so many bytes; a write that does not fit is short first, as the system has it. */
function diskOf(freeBytes: number): {
  fileSystem: FileSystem
  cutFails: boolean
  freeBytes: number
} {
  const disk = {
    freeBytes,
    cutFails: false,
    fileSystem: {
      ...nodeFileSystem,
      write(descriptor, source, sourceByte, length, filePosition) {
        const fits = Math.min(length, disk.freeBytes)
        if (fits === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
        disk.freeBytes -= fits
        return nodeFileSystem.write(descriptor, source, sourceByte, fits, filePosition)
      },
      truncate(descriptor, fileBytes) {
        if (disk.cutFails)
          throw Object.assign(new Error('no'), { code: 'EIO', syscall: 'ftruncate' })
        nodeFileSystem.truncate(descriptor, fileBytes)
      },
    } satisfies FileSystem,
  }
  return disk
}

describe('GrowingFile', () => {
  it('is cut back after a write that stopped short (D-9)', () => {
    const path = join(temporaryDirectory(), 'file')
    const disk = diskOf(7)
    const file = GrowingFile.open(disk.fileSystem, path, 'create')
    file.append(bytesOf('-first-'), 1, 5)
    expect(() => file.append(bytesOf('second'), 0, 6)).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    )
    expect(readFileSync(path, 'utf8')).toBe('first')
    disk.freeBytes = 100
    file.append(bytesOf('2'), 0, 1)
    expect(readFileSync(path, 'utf8')).toBe('first2')
    file.close()
  })

  it('is cut back before the next write, where the cut failed too', () => {
    const path = join(temporaryDirectory(), 'file')
    const disk = diskOf(7)
    const file = GrowingFile.open(disk.fileSystem, path, 'create')
    file.append(bytesOf('first'), 0, 5)
    disk.cutFails = true
    expect(() => file.append(bytesOf('second'), 0, 6)).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    )
    expect(readFileSync(path, 'utf8')).toBe('firstse')
    disk.freeBytes = 100
    expect(() => file.append(bytesOf('2'), 0, 1)).toThrow(expect.objectContaining({ code: 'EIO' }))
    disk.cutFails = false
    file.append(bytesOf('2'), 0, 1)
    expect(readFileSync(path, 'utf8')).toBe('first2')
    file.close()
  })

  it('is opened at the end of a file that there is, and emptied where it is to be a new one', () => {
    const path = join(temporaryDirectory(), 'file')
    for (const [access, text] of [
      ['create', 'a'],
      ['write', 'ab'],
      ['create', 'b'],
    ] as const) {
      const file = GrowingFile.open(nodeFileSystem, path, access)
      file.append(bytesOf(text), text.length - 1, 1)
      file.close()
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })
})
