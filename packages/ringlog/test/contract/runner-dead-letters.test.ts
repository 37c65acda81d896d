import { Consumer, Producer, runConsumer, type ConsumerRecord } from 'ringlog'
import { inMemoryClient } from 'ringlog/testing'
import { expect, onTestFinished, test } from 'vitest'

test('a dead letter that was given back and fails again says where it was, and why, the last time', async () => {
  const client = await inMemoryClient()
  onTestFinished(() => client.close({ timeoutMs: 100 }))
  await client.createTopic('mails')
  await client.createTopic('dead')
  const reasons = ['busy', 'unknown']
  const runner = await runConsumer(client, {
    groupId: 'mailers',
    topics: ['mails'],
    maxAttempts: 1,
    onExhausted: { deadLetterTopic: 'dead' },
    eachRecord: () => Promise.reject(new Error(reasons.shift())),
  })
  const producer = new Producer(client)
  const dead = new Consumer(client)
  await dead.assign([{ topic: 'dead', partition: 0 }])
  const nextLetter = async (): Promise<ConsumerRecord> => [...(await dead.poll())][0]!

  await producer.send({ topic: 'mails', value: 'to ann', headers: { trace: 'abc' } })
  const { value, headers } = await nextLetter()
  await producer.send({ topic: 'mails', value, headers })
  const again = await nextLetter()
  expect(again.headers.map(([name, text]) => `${name}=${String(text)}`)).toEqual([
    'trace=abc',
    'ringlog.dlt.topic=mails',
    'ringlog.dlt.partition=0',
    'ringlog.dlt.offset=1',
    expect.stringMatching(/^ringlog\.dlt\.timestamp=\d+$/),
    'ringlog.dlt.error=Error: unknown',
  ])
  await runner.close()
})
