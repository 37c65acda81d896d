import { until } from '@ringlog/test-kit'
import { Consumer } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GROUP, SMALL_RING_BYTES, kibibyte } from './group-rig.ts'
import { Rig, TRANSPORTS } from './rig.ts'

interface Told {
  readonly code: string
  readonly message: string
}

/** The warnings of the process from now on. */
function warnings(): Told[] {
  const told: Told[] = []
  const onWarning = ({ message, ...rest }: Error): void =>
    void told.push({ message, code: (rest as { code?: string }).code ?? '' })
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  return told
}

const RECORDS = 200

/** Records given to `write`, of which a ring takes some; what it does not take is still to be sent. */
async function filled(consumer: Consumer, rig: Rig): Promise<number> {
  await consumer.assign([rig.at(0)])
  const producer = rig.producer({ batchSizeBytes: 4096, bufferMemoryBytes: 1024 * 1024 })
  for (let i = 0; i < RECORDS; i++) producer.write({ topic: rig.topic, value: kibibyte })
  const isBlocked = async (): Promise<boolean> => {
    const { topics } = await rig.broker.metrics()
    return topics[0]!.partitions[0]!.isBlocked
  }
  await until(isBlocked)
  return (await rig.broker.offsets(rig.topic))[0]!.endOffset
}

/** Polls until a poll rejects. */
async function pollOn(consumer: Consumer): Promise<never> {
  for (;;) await consumer.poll()
}

describe.each(TRANSPORTS)('closing a broker with a full ring, by %s', (transport) => {
  const start = (): Promise<Rig> => Rig.start(transport, { ringBytes: SMALL_RING_BYTES })

  test('fails at once what no consumer can make room for any more, and counts it', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const told = warnings()
    const appended = await filled(consumer, rig)
    await consumer.close()
    const startMs = performance.now()
    await rig.broker.close()
    // Against the 30 s that a close takes, and the 60 s that a record waits for room.
    expect(performance.now() - startMs).toBeLessThan(10_000)
    await until(() => told.length > 0)
    expect(told).toMatchObject([{ code: 'BUFFER_FULL' }])
    expect(told[0]!.message).toContain(`hear of it: records=${RECORDS - appended};`)
    expect(told[0]!.message).toContain(`group ${GROUP}, of which no live consumer`)
  })

  test('tells after a second what it waits for, and counts what is lost at the end', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { clientId: 'idle' })
    const told = warnings()
    const appended = await filled(consumer, rig)
    const closing = rig.broker.close()
    await rig.broker.close({ timeoutMs: 2_000 })
    await closing
    await until(() => told.length > 1)
    expect(told).toMatchObject([{ code: 'RINGLOG_CLOSE_WAITS' }, { code: 'BROKER_CLOSED' }])
    expect(told[0]!.message).toMatch(/waited for \d+ ms for 1 client to send what is buffered/)
    expect(told[0]!.message).toContain('partition orders-0 is full')
    expect(told[0]!.message).toContain('held by consumer idle at offset 0')
    expect(told[1]!.message).toContain(`hear of it: records=${RECORDS - appended};`)
  })

  test('waits for a consumer that goes on', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const told = warnings()
    await filled(consumer, rig)
    const closing = rig.broker.close()
    // What is in the log when the producers have sent all that they had may go with the broker.
    await expect(pollOn(consumer)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await closing
    expect(told.filter(({ code }) => code !== 'RINGLOG_CLOSE_WAITS')).toEqual([])
  })
})
