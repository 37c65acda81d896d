import { execFile } from 'node:child_process'
import { until } from '@ringlog/test-kit'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS } from './rig.ts'

/** Timers that keep this thread alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

describe.each(TRANSPORTS)('the timers of a producer, by %s', (transport) => {
  test('are gone with what they were for: linger, held records, waits', async () => {
    const rig = await Rig.start(transport)
    await until(() => timers() === 0) // those of the test runner
    const producer = rig.producer({ batchSizeBytes: 512, lingerMs: 60_000, maxInFlight: 1 })
    const early = producer.send({ topic: 'later', value: 'v' })
    await rig.broker.createTopic('later')
    await producer.flush({ timeoutMs: 60_000 })
    await early
    for (let i = 0; i < 300; i++) {
      if (!producer.write({ topic: rig.topic, value: 'x'.repeat(200) })) {
        await producer.drained({ timeoutMs: 60_000 })
      }
    }
    await producer.flush()
    expect(timers()).toBe(0)
    const failing = rig.producer({ lingerMs: 60_000, maxBlockMs: 20 })
    await expect(failing.send({ topic: 'nowhere', value: 'v' })).rejects.toThrow('nowhere')
    expect(timers()).toBe(0)
    // Not sent yet, and so on its timer; the producer sends it now.
    producer.write({ topic: rig.topic, value: 'last' })
    await producer.close()
    expect(timers()).toBe(0)
  })

  test('do not keep a program alive that has nothing to wait for', async () => {
    const program = fileURLToPath(new URL('./idle-producer.program.ts', import.meta.url))
    const args = [...process.execArgv, program, transport]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toBe('timers 0\nended by itself\n')
  })
})
