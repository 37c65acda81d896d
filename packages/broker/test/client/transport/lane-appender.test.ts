import { RinglogError, type WaitStrategy } from '@ringlog/core'
import { LANE_BATCH, monotonicMs, type AppendDeadline } from '@ringlog/core/internal'
import { settle, until } from '@ringlog/test-kit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { answerDeadlineMs } from '../../../src/client/transport/answer-deadline.ts'
import { Client, LARGE_BYTES, Rig } from './lane-rig.ts'

afterEach(() => vi.restoreAllMocks())

/** Of a lane and of a doorbell: see the layouts in core, whose tests hold them there. */
const FRAMES_BYTE = 512
const ENTRY_BYTES = 64
const FRAME_SIZE_BYTE = 12
const ANSWER_COUNT_BYTE = 256
const PARKED_WORD = 128 / 4

/** Out of time, for a worker and for whoever waits for it, after so many milliseconds. */
function out(afterMs = 0): AppendDeadline {
  const graceMs = answerDeadlineMs({ requestDeadlineMs: 0, waitingSinceMs: 0, maxBlockMs: 0 })
  const waitingSinceMs = monotonicMs() - graceMs
  return { requestDeadlineMs: waitingSinceMs + afterMs, waitingSinceMs, maxBlockMs: 0 }
}

describe('the shared transport', () => {
  test('sends what is too large for the lane by RPC, and the two ways take turns', async () => {
    const rig = new Rig(new Client())
    for (const size of [8, 16, LARGE_BYTES, LARGE_BYTES, 8]) rig.append(size)
    await settle(20)
    expect(rig.log).toEqual([]) // nothing overtakes what is in the lane
    while (rig.serve());
    rig.appender.collect()
    await until(() => rig.serve())
    rig.appender.collect()
    expect(rig.log).toEqual(['0 by lane', '1 by lane', '2 by rpc', '3 by rpc', '4 by lane'])
    expect(rig.outcomes).toEqual(['0 at 0', '1 at 1', '2 at 2', '3 at 3', '4 at 4'])
  })

  test('goes on by RPC when its lane was found damaged; what was in it has failed, not more', async () => {
    const client = new Client()
    const rig = new Rig(client)
    for (let i = 0; i < 3; i++) rig.append()
    expect(rig.serve()).toBe(true)
    new DataView(rig.memory).setInt32(FRAMES_BYTE + ENTRY_BYTES + FRAME_SIZE_BYTE, -1, true)
    rig.append(LARGE_BYTES) // waits for its turn
    rig.serve()
    expect(rig.reader.closedError).toMatchObject({ code: 'CORRUPT_MESSAGE' })
    client.answers.doorbell.ring()
    await until(() => rig.outcomes.length === 4)
    rig.append()
    await until(() => rig.outcomes.length === 5)
    expect(rig.outcomes).toEqual([
      '0 at 0',
      '1 CORRUPT_MESSAGE',
      '2 CORRUPT_MESSAGE',
      '3 at 1',
      '4 at 2',
    ])
    expect(rig.log).toEqual(['0 by lane', '3 by rpc', '4 by rpc'])
    await settle(20)
    expect(client.holds).toBe(0)
  })

  test('says that it is not known what became of batches whose answers make no sense', async () => {
    const rig = new Rig(new Client())
    for (let i = 0; i < 2; i++) rig.append()
    new DataView(rig.memory).setInt32(ANSWER_COUNT_BYTE, 9, true)
    rig.appender.collect()
    rig.append()
    await settle(20)
    expect(rig.outcomes).toEqual(['0 CORRUPT_MESSAGE?', '1 CORRUPT_MESSAGE?', '2 CORRUPT_MESSAGE?'])
    expect(rig.log).toEqual([])
  })

  test('gives a worker up that answers nothing, and is lost then', async () => {
    const rig = new Rig(new Client())
    rig.append(8, out())
    expect(rig.appender.isLost).toBe(false)
    await until(() => rig.outcomes.length > 0)
    expect(rig.outcomes).toEqual(['0 REQUEST_TIMED_OUT?'])
    expect(rig.appender.isLost).toBe(true)
  })

  test('does not give up a worker that answers one after the other', async () => {
    const rig = new Rig(new Client())
    for (let i = 0; i < 3; i++) rig.append(8, out(30))
    rig.serve()
    rig.appender.collect()
    // Past the time that the others would have had, had each been sent alone.
    await new Promise((resolve) => setTimeout(resolve, 60))
    while (rig.serve());
    rig.appender.collect()
    expect(rig.outcomes).toEqual(['0 at 0', '1 at 1', '2 at 2'])
    expect(rig.appender.isLost).toBe(false)
  })

  test('after damage behind a refusal answers all, and goes on', async () => {
    const rig = new Rig(new Client())
    for (let i = 0; i < 2; i++) rig.append()
    rig.serve('MESSAGE_TOO_LARGE')
    new DataView(rig.memory).setInt32(FRAMES_BYTE + ENTRY_BYTES + FRAME_SIZE_BYTE, 0, true)
    rig.append(LARGE_BYTES)
    rig.serve()
    rig.appender.collect()
    rig.append()
    await until(() => rig.outcomes.length === 4)
    expect(rig.outcomes).toEqual(['0 MESSAGE_TOO_LARGE', '1 CORRUPT_MESSAGE', '2 behind', '3 at 0'])
  })

  test('hears of the answers of others when a worker is gone that died while it rang', async () => {
    const client = new Client()
    const [dying, other] = [new Rig(client), new Rig(client)]
    dying.append()
    other.append()
    await settle(20)
    // The one takes PARKED, and dies there; the other answers, and wakes nobody.
    const words = new Int32Array(client.answers.doorbell.memory)
    expect(Atomics.exchange(words, PARKED_WORD, 0)).toBe(1)
    other.serve()
    client.answers.doorbell.ring()
    await settle(20)
    expect(other.outcomes).toEqual([])
    await dying.die()
    await until(() => other.outcomes.length > 0)
    expect(other.outcomes).toEqual(['0 at 0'])
    expect(dying.outcomes).toEqual([])
    await dying.succeed(new RinglogError('PARTITION_OFFLINE'))
    expect(dying.outcomes).toEqual(['0 PARTITION_OFFLINE?'])
    await settle(20)
    expect(client.holds).toBe(0)
  })

  test('goes on in its lane when the worker has died; what had left by the port is given back', async () => {
    const client = new Client()
    const rig = new Rig(client)
    for (let i = 0; i < 3; i++) rig.append()
    expect(rig.serve()).toBe(true)
    await rig.die()
    rig.append() // into the lane, meanwhile
    rig.append(LARGE_BYTES) // waits for the port
    await settle(20)
    expect(rig.appender.isLost).toBe(false)
    expect(rig.outcomes).toEqual(['0 at 0'])
    await rig.succeed()
    while (rig.serve());
    client.answers.doorbell.ring()
    await until(() => rig.outcomes.length === 5)
    expect(rig.outcomes).toEqual(['0 at 0', '1 at 1', '2 at 2', '3 at 3', '4 at 4'])
    expect(rig.log.at(-1)).toBe('4 by rpc')
    // The next one dies with a batch on the port, and another behind it.
    rig.holdsRpc = true
    rig.append(LARGE_BYTES)
    rig.append()
    await settle(20)
    await rig.die()
    expect(rig.outcomes.slice(5)).toEqual(['5 WORKER_CRASHED?', '6 not sent'])
    rig.append()
    await rig.succeed()
    while (rig.serve());
    client.answers.doorbell.ring()
    await until(() => rig.outcomes.length === 8)
    expect(rig.outcomes[7]).toBe('7 at 5')
    await settle(20)
    expect(client.holds).toBe(0)
  })

  test('fails what is in the lane when the worker has no successor, or that has not the lane', async () => {
    const offline = new Rig(new Client())
    offline.append()
    offline.append(LARGE_BYTES)
    await offline.die()
    await offline.succeed(new RinglogError('PARTITION_OFFLINE'))
    expect(offline.outcomes).toEqual(['0 PARTITION_OFFLINE?', '1 not sent'])
    expect(offline.appender.isLost).toBe(true)
    expect(offline.reader.peek()).toBe(LANE_BATCH) // the lane is left as it is
    offline.append()
    expect(offline.outcomes).toEqual(['0 PARTITION_OFFLINE?', '1 not sent', '2 PARTITION_OFFLINE?'])
  })

  test('closes while it has no port, and lets the next one go', async () => {
    const rig = new Rig(new Client())
    rig.append()
    await rig.die()
    rig.appender.close()
    expect(rig.outcomes).toEqual(['0 WORKER_CRASHED?'])
    expect(rig.appender.isLost).toBe(true)
    await rig.succeed()
    await until(() => rig.isPortClosed)
  })

  test.each<[first: WaitStrategy, second: WaitStrategy, sleeps: boolean]>([
    ['park', 'park', true],
    ['spinThenPark', 'park', true],
    [{ spinMicros: 200 }, 'spinThenPark', true],
    ['busySpin', 'busySpin', false],
    ['busySpin', 'park', false],
  ])(
    'of producers that wait by %j and %j sleeps for answers: %j',
    async (first, second, sleeps) => {
      const client = new Client()
      const rigs = [new Rig(client, first), new Rig(client, second)]
      const sleep = vi.spyOn(Atomics, 'waitAsync')
      for (const rig of rigs) rig.append()
      // Long enough for a spin to end.
      await new Promise((resolve) => setTimeout(resolve, 5))
      await settle(20)
      const slept = sleep.mock.calls.length > 0
      for (const rig of rigs) rig.serve()
      client.answers.doorbell.ring()
      await until(() => rigs.every(({ outcomes }) => outcomes.length > 0))
      expect(rigs.map(({ outcomes }) => outcomes)).toEqual([['0 at 0'], ['0 at 0']])
      expect(slept).toBe(sleeps)
    },
  )
})
