import { STORAGE_FAILED, STORED_ON_DISK } from '@ringlog/core/internal/storage'
import { createRingLogMemory } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeBackup } from '../../src/backup/backup.ts'
import { HostRig, logFilesOf } from '../host-rig.ts'
import { Leader, batchOf } from '../storage-thread/ring-rig.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const MIB = 2 ** 20
const FAILING_SYNC = new URL('../failing-sync.worker.ts', import.meta.url).href
const FAILING_WRITE = new URL('failing-write.worker.ts', import.meta.url).href
const { signal } = new AbortController()

function linksIn(directory: string): number[] {
  const folder = join(directory, 'orders-0')
  return readdirSync(folder).map((name) => statSync(join(folder, name)).nlink)
}

describe('a backup of a partition whose disk has failed', () => {
  test('at a sync has all that was written, in files of its own (D-8, D-30)', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory, { syncThread: FAILING_SYNC })
    await rig.open({ segmentBytes: MIB })
    const leader = new Leader(createRingLogMemory(4 * MIB, { storage: STORED_ON_DISK }))
    const doorbell = await rig.follow(leader)
    // The first segment is full, and its sync fails.
    for (let name = 0; name < 15; name++) leader.append(batchOf(name, 1, 100_000))
    doorbell.ring()
    await until(() => leader.storage.state === STORAGE_FAILED)
    const { written, flushedOffset } = leader.storage
    expect(flushedOffset).toBe(0)

    const target = join(temporaryDirectory(), 'backup')
    await rig.host.backUp(target, signal)
    expect(new Set(linksIn(target))).toEqual(new Set([1]))
    expect(logFilesOf(target).equals(leader.filesUpTo(written.offset))).toBe(true)
    // It is written anew, and synced, before the next session trusts it (D-32).
    expect(existsSync(join(target, 'orders-0', '.no-sync-failed'))).toBe(false)
    const restored = new HostRig(target)
    expect(await restored.open()).toMatchObject({ endOffset: written.offset, truncated: null })
  })

  test('at a write has all that was written before', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory, { storageThread: FAILING_WRITE })
    await rig.open()
    const leader = new Leader()
    const doorbell = await rig.follow(leader)
    leader.append(batchOf(0, 3, 100))
    doorbell.ring()
    await until(() => leader.storage.highWatermark === 3)
    leader.append(batchOf(1, 1, 20_000))
    doorbell.ring()
    await until(() => leader.storage.state === STORAGE_FAILED)

    const target = join(temporaryDirectory(), 'backup')
    await rig.host.backUp(target, signal)
    expect(logFilesOf(target)).toEqual(leader.filesUpTo(3))
    const restored = new HostRig(target)
    expect(await restored.open()).toMatchObject({ endOffset: 3, truncated: null })
  })

  test('is refused where a file cannot be read, which it names; nothing is left of it', async () => {
    const dataDirectory = temporaryDirectory()
    const folder = join(dataDirectory, 'staged')
    mkdirSync(join(folder, '0'), { recursive: true }) // a directory cannot be read as a file
    const target = join(temporaryDirectory(), 'backup')
    const file = { name: '0', path: 'orders-0/0.log', fileBytes: null, isShareable: false }
    const stage = (): ReturnType<Parameters<typeof writeBackup>[0]['stage']> =>
      Promise.resolve({ folder, partitionFolders: ['orders-0'], files: [file] })
    await expect(writeBackup({ dataDirectory, target, stage, signal })).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(`file=${dataDirectory}/orders-0/0.log: EISDIR`),
      details: { target, file: join(dataDirectory, 'orders-0/0.log') },
    })
    expect(existsSync(target)).toBe(false)
  })
})
