import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DirectoryGuard } from '../../src/directory/directory-guard.ts'
import { writeHolder } from '../../src/directory/lock-holder.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { HostRig } from '../host-rig.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

async function take(directory: string): Promise<DirectoryGuard> {
  const guard = await DirectoryGuard.take(nodeFileSystem, directory)
  onTestFinished(() => guard.release())
  return guard
}

describe.skipIf(process.platform !== 'linux')('DirectoryGuard', () => {
  it('keeps out who comes by another path', async () => {
    const directory = temporaryDirectory()
    const other = join(temporaryDirectory(), 'other')
    symlinkSync(directory, other)
    const guard = await take(directory)
    writeHolder(nodeFileSystem, directory)
    await expect(take(other)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: `the data directory is in use by this process: dataDirectory=${other}`,
      details: { dataDirectory: other, holderPid: process.pid },
    })
    guard.release()
    await take(other)
  })

  it('keeps out who comes by another mount, where this process may mount', async (test) => {
    const [directory, mount] = [temporaryDirectory(), temporaryDirectory()]
    const mounted = spawnSync('mount', ['--bind', directory, mount])
    test.skip(mounted.status !== 0, 'mounting is not allowed here')
    onTestFinished(() => void spawnSync('umount', [mount]))
    await take(directory)
    await expect(take(mount)).rejects.toThrow('the data directory is in use by another process')
  })

  it('has nothing to do with other directories', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'within'))
    await take(directory)
    await take(join(directory, 'within'))
  })

  it('holds where the lock was lost: another file descriptor of it was closed', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory)
    await rig.open()
    readFileSync(join(directory, '.lock'))
    const program = new URL('take-directory.program.ts', import.meta.url).pathname
    const { stdout } = spawnSync(process.execPath, [...process.execArgv, program, directory])
    expect(String(stdout)).toBe(
      `the data directory is in use by process ${process.pid}: dataDirectory=${directory}\n`,
    )
    await rig.close()
    const after = spawnSync(process.execPath, [...process.execArgv, program, directory])
    expect(String(after.stdout)).toBe('taken\n')
  })
})
