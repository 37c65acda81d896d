import { runConsumer, type ConsumerRunner, type ConsumerRunnerConfig } from 'ringlog'
import { expect, onTestFinished, test } from 'vitest'
import { HandlingRig, byKey, inTurn } from './handling-rig.ts'
import { describeOnKafka } from './real-kafka.ts'

type Given = Partial<ConsumerRunnerConfig> & {
  readonly eachRecord: NonNullable<ConsumerRunnerConfig['eachRecord']>
}

async function runOn(rig: HandlingRig, config: Given): Promise<ConsumerRunner> {
  const runner = await runConsumer(rig.client, {
    groupId: rig.groupId,
    topics: [rig.topic],
    retryBackoffMs: 1,
    ...config,
  })
  onTestFinished(() => runner.close().catch(() => undefined))
  return runner
}

describeOnKafka('a runner on a cluster', () => {
  test('has all records handled in order per key, and commits them', async () => {
    const rig = await HandlingRig.start()
    const handled: string[] = []
    const runner = await runOn(rig, {
      concurrency: 8,
      eachRecord: async ({ key, value }) => {
        await new Promise((resolve) => setImmediate(resolve))
        handled.push(`${String(key)}:${String(value)}`)
      },
    })
    await rig.append(inTurn(20, 20))
    await runner.drain()
    await runner.close()
    const numbers = [...byKey(handled).values()]
    expect(numbers).toEqual(
      Array.from({ length: 20 }, () => Array.from({ length: 20 }, (_, i) => i)),
    )
    expect(await rig.committed()).toBe(400)
  })

  test('tries a record again, and puts what fails for good aside', async () => {
    const rig = await HandlingRig.start()
    const attempts: string[] = []
    const runner = await runOn(rig, {
      onExhausted: { deadLetterTopic: rig.deadTopic },
      eachRecord: ({ key, value }, { attempt }) => {
        attempts.push(`${String(key)}:${attempt}`)
        if (key !== null && attempt <= Number(value)) throw new RangeError('not yet')
      },
    })
    await rig.append(['once:0', 'twice:1', 'never:9'])
    await runner.drain()
    expect(attempts.sort()).toEqual([
      'never:1',
      'never:2',
      'never:3',
      'once:1',
      'twice:1',
      'twice:2',
    ])
    expect(await rig.all(rig.deadTopic)).toEqual(['never:9'])
    expect(await rig.committed()).toBe(3)
  })

  test('closes when what it is handling is finished, and another one goes on behind it', async () => {
    const rig = await HandlingRig.start()
    await rig.append(inTurn(1, 10))
    const handled: number[] = []
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const first = await runOn(rig, {
      maxPollRecords: 5,
      eachRecord: async ({ value }) => {
        handled.push(Number(value))
        begun.resolve()
        await go.promise
      },
    })
    await begun.promise
    const closing = first.close()
    go.resolve()
    await closing
    expect(await rig.committed()).toBe(handled.length)

    const second = await runOn(rig, {
      eachRecord: ({ value }) => void handled.push(Number(value)),
    })
    await second.drain()
    expect(handled).toEqual(Array.from({ length: 10 }, (_, i) => i))
  })
})
