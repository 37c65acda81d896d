import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'

// What runs on this machine is no part of the tests: they have a folder of their own.
const folder = mkdtempSync(join(tmpdir(), 'ringlog-kafka-test-'))
vi.stubEnv('TMPDIR', folder)
const { allRunning, runningKafka, startKafka, stopKafka } = await import('../src/index.ts')
const { remember } = await import('../src/running-kafka.ts')

afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** A process in the place of a server. */
async function start(name: string) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  remember({
    name,
    version: '4.4.0',
    pid: child.pid!,
    bootstrapServers: '127.0.0.1:1',
    saslServers: null,
    tlsServers: null,
    caFile: null,
    controlPort: null,
  })
  return child
}

test('what runs is found by its name, until it has ended by itself', async () => {
  expect(allRunning()).toEqual([])
  const child = await start('one')
  expect(runningKafka('one')).toMatchObject({ pid: child.pid })
  expect(runningKafka('another')).toBeNull()
  child.kill()
  await once(child, 'exit')
  expect(runningKafka('one')).toBeNull()
})

test('what is stopped has ended, and leaves no files', async () => {
  const child = await start('two')
  const ended = once(child, 'exit')
  await stopKafka(runningKafka('two')!)
  await ended
  expect(allRunning()).toEqual([])
  expect(existsSync(join(folder, 'ringlog-kafka', 'two'))).toBe(false)
})

test('a machine without Java is told what it lacks', async () => {
  vi.stubEnv('PATH', '')
  await expect(startKafka()).rejects.toThrow('Kafka needs java and mvn')
})
