import { connect } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import { describe, expect, test, vi } from 'vitest'
import { mirror } from '../../src/mirror/index.ts'
import {
  GROUP,
  TOPIC,
  numbersOf,
  numbersUpTo,
  produceNumbers,
  startMirror,
  twoBrokers,
  untilCommitted,
} from './rig.ts'

describe('a record that the target does not take', () => {
  test('stops the mirror, which commits nothing from it on', async () => {
    const { from, to } = await twoBrokers(1)
    await to.createTopic(TOPIC, { maxMessageBytes: 1_000 })
    await produceNumbers(from, 0, 20, { partitions: 1 })
    const producer = new Producer(from)
    await producer.send({ topic: TOPIC, value: 'x'.repeat(2_000) })
    await producer.send({ topic: TOPIC, value: 'behind it' })
    const onError = vi.fn<(error: RinglogError) => void>()
    const mirroring = await startMirror(from, to, { onError })
    await expect(mirroring.closed).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { isFatal: true },
    })
    expect(onError.mock.calls.map(([{ code }]) => code)).toEqual(['MESSAGE_TOO_LARGE'])
    await expect(mirroring.close()).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    const { committed } = (await from.offsets(TOPIC, GROUP))[0]!
    expect(committed ?? 0).toBeLessThanOrEqual(20)
    const values = (await numbersOf(to, 1))[0]!.slice(0, 20)
    expect(values).toEqual(numbersUpTo(20, 1)[0]!.slice(0, values.length))
  })
})

/** The target's ring is held full by a group that does not commit. */
async function fullTarget(): Promise<
  Awaited<ReturnType<typeof twoBrokers>> & { holder: Consumer }
> {
  const { from, to } = await twoBrokers(1)
  await to.createTopic(TOPIC, { ringBytes: 65_536, gatingGroups: ['slow'] })
  const holder = new Consumer(to, {
    groupId: 'slow',
    autoCommit: false,
    maxPollRecords: Infinity,
  })
  await holder.subscribe([TOPIC])
  const producer = new Producer(from)
  for (let i = 0; i < 2_000; i++) {
    producer.write({ topic: TOPIC, value: String(i).padStart(100, '0') })
    if (i % 20 === 0) await producer.flush()
  }
  await producer.close()
  return { from, to, holder }
}

describe('a target that has no room', () => {
  test('holds the mirror back; closed in time it gives up, and the next goes on', async () => {
    const { from, to, holder } = await fullTarget()
    const mirroring = await startMirror(from, to)
    await expect.poll(async () => (await to.offsets(TOPIC))[0]!.endOffset).toBeGreaterThan(100)
    const closing = mirroring.close({ timeoutMs: 50 })
    await expect(closing).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    const there = (await to.offsets(TOPIC))[0]!.endOffset
    const { committed } = (await from.offsets(TOPIC, GROUP))[0]!
    expect(committed ?? 0).toBeLessThanOrEqual(there)
    const next = await startMirror(from, to)
    const values: number[] = []
    while (values.at(-1) !== 1_999) {
      for (const { value } of await holder.poll()) values.push(Number(value))
      await holder.commit()
    }
    // In order; what was not committed comes again, and nothing is missing.
    let expected = 0
    for (const value of values) {
      expect(value).toBeLessThanOrEqual(expected)
      if (value === expected) expected++
    }
    expect(expected).toBe(2_000)
    await next.close()
    await holder.close()
  })
})

describe('a mirror ends', () => {
  test.each(['from', 'to'] as const)('with its client: %s', async (side) => {
    const brokers = await twoBrokers()
    await produceNumbers(brokers.from, 0, 100)
    const mirroring = await startMirror(brokers.from, brokers.to)
    await untilCommitted(brokers.from)
    await brokers[side].close()
    await mirroring.closed
    if (side === 'from') expect(await numbersOf(brokers.to)).toEqual(numbersUpTo(100))
  })

  test('with its signal', async () => {
    const { from, to } = await twoBrokers()
    const stopping = new AbortController()
    const mirroring = await startMirror(from, to, { signal: stopping.signal })
    stopping.abort()
    await mirroring.closed
    const aborted = mirror(from, to, { groupId: GROUP, topics: [TOPIC], signal: stopping.signal })
    await expect(aborted).rejects.toBe(stopping.signal.reason)
  })

  test('by close, as often as one likes', async () => {
    const { from, to } = await twoBrokers()
    const mirroring = await startMirror(from, to)
    await Promise.all([mirroring.close(), mirroring.close(), mirroring[Symbol.asyncDispose]()])
    await mirroring.closed
    await expect(mirroring.close({ grace: 1 } as object)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})

describe('bad input', () => {
  test.each<[Record<string, unknown>, string[]]>([
    [{ groupId: undefined }, ['groupId']],
    [{ topics: [] }, ['topics']],
    [{ topics: ['no topic!'] }, ['topics']],
    [{ topics: undefined }, ['topics']],
    [{ topics: 'prices', groupId: '' }, ['groupId', 'topics']],
    [{ autoOffsetReset: 'none' }, ['autoOffsetReset']],
    [{ onError: 'x', signal: {} }, ['onError', 'signal']],
    [{ partitions: 3 }, ['partitions']],
  ])('%o is refused, every fault in words', async (config, options) => {
    const { from, to } = await twoBrokers()
    const error: unknown = await mirror(from, to, {
      groupId: GROUP,
      topics: [TOPIC],
      ...config,
    }).catch((thrown: unknown) => thrown)
    expect(RinglogError.is(error, 'INVALID_CONFIG')).toBe(true)
    const { faults } = (error as RinglogError).details as { faults: Array<{ option: string }> }
    expect(faults.map(({ option }) => option).sort()).toEqual(options.sort())
  })

  test('one log for both, what is no client, and a closed one are refused', async () => {
    const { from, to } = await twoBrokers()
    const config = { groupId: GROUP, topics: [TOPIC] }
    await expect(mirror(from, from, config)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    const other = await connect(from.address)
    await expect(mirror(from, other, config)).rejects.toThrow(
      'two clients of the same log: it would read what it has written, without end',
    )
    await expect(mirror(from, {} as never, config)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await to.close()
    await expect(mirror(from, to, config)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  })
})

describe('a target that is away as partitions come', () => {
  const away = new RinglogError('BROKER_NOT_AVAILABLE')

  test('is waited for', async () => {
    const { from, to } = await twoBrokers(1)
    const mirroring = await startMirror(from, to, { topics: /^prices/ })
    const describeTopic = vi.spyOn(to, 'describeTopic').mockRejectedValueOnce(away)
    await from.createTopic('prices-2')
    await new Producer(from).send({ topic: 'prices-2', value: 'x' })
    const offsets = async () => (await to.offsets('prices-2').catch(() => []))[0]?.endOffset
    await expect.poll(offsets, { timeout: 10_000 }).toBe(1)
    expect(describeTopic).toHaveBeenCalledTimes(2)
    await mirroring.close()
  })

  test('keeps no mirror from closing', async () => {
    const { from, to } = await twoBrokers(1)
    const mirroring = await startMirror(from, to, { topics: /^prices/ })
    const describeTopic = vi.spyOn(to, 'describeTopic').mockRejectedValue(away)
    await from.createTopic('prices-2')
    await expect.poll(() => describeTopic.mock.calls.length, { timeout: 10_000 }).toBe(1)
    await mirroring.close()
    describeTopic.mockRestore()
  })

  test('for good, stops the mirror', async () => {
    const { from, to } = await twoBrokers(1)
    const mirroring = await startMirror(from, to, { topics: /^prices/, onError: () => undefined })
    const lasting = new RinglogError('NETWORK_EXCEPTION', 'no such host', {
      details: { isLasting: true },
    })
    const describeTopic = vi.spyOn(to, 'describeTopic').mockRejectedValue(lasting)
    await from.createTopic('prices-2')
    await expect(mirroring.closed).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' })
    describeTopic.mockRestore()
  })
})
