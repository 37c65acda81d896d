import { afterEach, describe, expect, test, vi } from 'vitest'
import { Rig, TRANSPORTS, pollRecords, type TestedTransport } from './rig.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Everything that a user's test suite can put a fake in place of. */
const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
  'hrtime',
  'queueMicrotask',
] as const

async function startWithFakes(at: TestedTransport): Promise<Rig> {
  const rig = await Rig.start(at)
  vi.useFakeTimers({ toFake: [...FAKED] })
  return rig
}

describe.each(TRANSPORTS)("a user's fake timers, by %s", (transport) => {
  test('do not stop a producer: batches leave, linger ends, and all is acknowledged', async () => {
    const rig = await startWithFakes(transport)
    const lone = rig.producer()
    expect(await lone.send({ topic: rig.topic, value: 'a' })).toMatchObject({ offset: 0 })
    const lingering = rig.producer({ lingerMs: 20 })
    expect(await lingering.send({ topic: rig.topic, value: 'b' })).toMatchObject({ offset: 1 })
    for (let i = 0; i < 1000; i++) {
      if (!lone.write({ topic: rig.topic, value: 'c' })) await lone.drained()
    }
    await lone.flush()
    await lone.close()
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(1002)
  })

  test('do not stop its deadlines', async () => {
    const rig = await startWithFakes(transport)
    const producer = rig.producer({ maxBlockMs: 30 })
    await expect(producer.send({ topic: 'nowhere', value: 'v' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    const held = rig.producer()
    held.write({ topic: 'nowhere', value: 'v' })
    await expect(held.flush({ timeoutMs: 30 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
  })

  test('decide the timestamp of a record that has none: it is the time that the user sees', async () => {
    const rig = await startWithFakes(transport)
    vi.setSystemTime(1_234_567)
    const producer = rig.producer()
    expect(await producer.send({ topic: rig.topic, value: 'v' })).toMatchObject({
      timestamp: 1_234_567,
    })
    const [record] = await pollRecords(await rig.consumer(), 1)
    expect(record!.timestamp).toBe(1_234_567)
  })
})
