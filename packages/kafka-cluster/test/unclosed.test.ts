import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { KAFKA, connect, createTopic, describeOnKafka } from './kafka-rig.ts'

describeOnKafka('a program that leaves open', () => {
  test.each([
    ['assignment', 'ended'],
    ['newer group', 'ended'],
    ['classic group', 'ended'],
    ['follow', 'ended'],
    ['poll', 'came ended'],
  ])('a consumer ends by itself, and a poll that waits holds it: %s', async (how, output) => {
    const topic = await createTopic(await connect())
    const program = fileURLToPath(new URL('./unclosed.program.ts', import.meta.url))
    const args = [...process.execArgv, program, KAFKA!.bootstrapServers, topic, how]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toBe(output)
  })
})
