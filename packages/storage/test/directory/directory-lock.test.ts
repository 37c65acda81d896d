import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DirectoryLock } from '../../src/directory/directory-lock.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const acquire = (directory: string): DirectoryLock =>
  DirectoryLock.acquire(nodeFileSystem, directory)

/** A process that holds the lock, and what it prints beside that. */
async function holder(directory: string): Promise<ChildProcessByStdio<null, Readable, Readable>> {
  const program = fileURLToPath(new URL('hold-lock.program.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, program, directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function tryInThread(directory: string): Promise<string> {
  const worker = new Worker(new URL('try-lock.worker.ts', import.meta.url), {
    workerData: directory,
  })
  const [message] = (await once(worker, 'message')) as [string]
  await worker.terminate()
  return message
}

describe('DirectoryLock', () => {
  it('keeps out another process, whose end frees it however it comes', async () => {
    const directory = temporaryDirectory()
    const child = await holder(directory)
    expect(() => acquire(directory)).toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        message: `the data directory is in use by process ${child.pid}: dataDirectory=${directory}`,
        details: { dataDirectory: directory, holderPid: child.pid },
      }),
    )
    // An attempt that was refused has not freed it either.
    expect(() => acquire(directory)).toThrow('in use by process')
    child.kill('SIGKILL')
    await once(child, 'exit')
    acquire(directory).release()
  })

  it('warns of nothing', async () => {
    const child = await holder(temporaryDirectory())
    const printed: unknown[] = []
    child.stderr.on('data', (data) => printed.push(data))
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(printed).toEqual([])
  })

  it('keeps out this process, and its threads', async () => {
    const directory = temporaryDirectory()
    const lock = acquire(directory)
    expect(() => acquire(directory)).toThrow('in use by this process')
    expect(await tryInThread(directory)).toContain('in use by this process')
    // What was refused has closed its descriptors: the lock holds all the same.
    const child = spawn(
      process.execPath,
      [
        ...process.execArgv,
        fileURLToPath(new URL('hold-lock.program.ts', import.meta.url)),
        directory,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let printed = ''
    child.stderr.on('data', (data) => (printed += String(data)))
    await once(child, 'close')
    expect(printed).toContain(`in use by process ${process.pid}`)
    lock.release()
    expect(await tryInThread(directory)).toBe('locked')
  })

  it('says which file is not its own, and leaves it', () => {
    const directory = temporaryDirectory()
    const file = join(directory, '.lock')
    const content = 'a note of somebody else\n'.repeat(100)
    writeFileSync(file, content)
    expect(() => acquire(directory)).toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        message: `the data directory cannot be locked by its file .lock: file is not a database: dataDirectory=${directory}`,
        details: { dataDirectory: directory },
      }),
    )
    expect(readFileSync(file, 'utf8')).toBe(content)
  })

  it('leaves the file empty, and says beside it who has it', () => {
    const directory = temporaryDirectory()
    const lock = acquire(directory)
    expect(readFileSync(join(directory, '.lock-holder'), 'utf8')).toBe(`${process.pid}\n`)
    lock.release()
    expect(readFileSync(join(directory, '.lock'))).toHaveLength(0)
  })

  it('names a directory that there is not', () => {
    const directory = join(temporaryDirectory(), 'none')
    expect(() => acquire(directory)).toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        message: expect.stringContaining(directory),
      }),
    )
  })
})
