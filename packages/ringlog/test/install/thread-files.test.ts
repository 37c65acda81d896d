import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

/** Notes each module that a thread loads, behind what the thread is: those that it is started with differ. */
const NOTE_MODULES = `
  const { appendFileSync } = require('node:fs')
  const { registerHooks } = require('node:module')
  const { isMainThread, workerData } = require('node:worker_threads')
  const thread = isMainThread ? 'main' : workerData.topic === undefined ? 'controller' : 'partition'
  registerHooks({
    load(url, context, next) {
      appendFileSync(process.env.NOTES, JSON.stringify([thread, url]) + '\\n')
      return next(url, context)
    },
  })
`
const PROGRAM = `
  import { Broker, Producer } from 'ringlog'
  import { failAppends } from 'ringlog/testing'
  const broker = await Broker.start()
  await broker.createTopic('orders', { partitions: 1, ringBytes: 65_536 })
  await failAppends(broker, { topic: 'orders', partition: 0 }, { code: 'MESSAGE_TOO_LARGE' })
  const refused = await new Producer(broker).send({ topic: 'orders', value: '1' }).catch((error) => error)
  console.log(refused.name, refused.code)
  await broker.close()
`

/** On the build only: from its source, each module is loaded by itself. */
const testOfBuild = test.runIf(process.env['RINGLOG_TEST_TARGET'] === 'build')

testOfBuild('a thread loads one file of Ringlog, and a second one with the first fault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringlog-thread-files-'))
  try {
    const hook = join(folder, 'note-modules.cjs')
    const notes = join(folder, 'notes')
    writeFileSync(hook, NOTE_MODULES)
    const args = ['--require', hook, '--input-type=module', '--eval', PROGRAM]
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: import.meta.dirname,
      env: { ...process.env, NOTES: notes },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout).toBe('RinglogError MESSAGE_TOO_LARGE\n')
    const noted = readFileSync(notes, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [thread: string, url: string])
      .filter(([, url]) => url.startsWith('file:'))
    const loadedBy = (wanted: string): string[] =>
      noted.filter(([thread]) => thread === wanted).map(([, url]) => basename(url))
    expect(loadedBy('controller')).toEqual(['controller-worker.js'])
    expect(loadedBy('partition')).toEqual(['worker.js', 'worker-injected-faults.js'])
    expect(loadedBy('main').length).toBeGreaterThan(100)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
