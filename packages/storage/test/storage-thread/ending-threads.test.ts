import { existsSync, fstatSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../temporary-directory.ts'

/** A thread that holds a file open, and has started one that is within a call of native code for some time. */
const PARENT = `
  const { openSync } = require('node:fs')
  const { Worker, parentPort, workerData } = require('node:worker_threads')
  const descriptor = openSync(workerData.openFile, 'w')
  const program = \`
    const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage('called')
    const script = 'sleep 0.3; touch ' + workerData
    require('node:child_process').execFileSync('sh', ['-c', script])
  \`
  const child = new Worker(program, { eval: true, workerData: workerData.fileAtEnd })
  child.on('message', () => parentPort.postMessage(descriptor))
`

test('a thread that is ended closes its files once the threads that it has started have ended (INV-116)', async () => {
  const directory = temporaryDirectory()
  const fileAtEnd = join(directory, 'the-call-has-ended')
  const workerData = { openFile: join(directory, 'open'), fileAtEnd }
  const parent = new Worker(PARENT, { eval: true, workerData })
  const descriptor = await new Promise<number>((resolve) => parent.once('message', resolve))
  await setTimeout(50)
  const ended = parent.terminate()
  const isOpen = (): boolean => {
    try {
      return fstatSync(descriptor).isFile()
    } catch {
      return false
    }
  }
  expect(existsSync(fileAtEnd)).toBe(false)
  while (isOpen()) await setTimeout(1)
  expect(existsSync(fileAtEnd)).toBe(true)
  await ended
})
