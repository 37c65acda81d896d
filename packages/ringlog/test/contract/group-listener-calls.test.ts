import { Consumer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import {
  GROUP,
  GROUP_TRANSPORTS,
  Member,
  names,
  pollUntil,
  pollUntilCalled,
  produce,
} from './group-rig.ts'
import { Rig, isSettled } from './rig.ts'

/** A member whose listener does not return, and the poll within which it is called. */
async function withSlowListener(
  rig: Rig,
): Promise<{ a: Member; b: Member; polling: Promise<number>; go: () => void }> {
  const a = await Member.of(rig, 'a', { autoCommit: false })
  const { promise: held, resolve: go } = Promise.withResolvers<void>()
  const { promise: called, resolve: onCalled } = Promise.withResolvers<void>()
  a.whileRevoked = async () => {
    onCalled()
    await held
    a.whileRevoked = () => undefined
    const [at] = a.consumer.assignment()
    if (at !== undefined) await a.consumer.commit([{ ...at, offset: 1, metadata: 'last' }])
  }
  const b = await Member.of(rig, 'b', { autoCommit: false })
  const { polling } = await pollUntilCalled(() => a.poll(10_000), called)
  polling.catch(() => undefined)
  return { a, b, polling, go }
}

async function pollForEver(consumer: Consumer): Promise<never> {
  for (;;) await consumer.poll()
}

describe.each(GROUP_TRANSPORTS)('calls while a listener runs, by %s', (transport) => {
  const start = async (): Promise<Rig> => {
    const rig = await Rig.start(transport, { partitions: 2 })
    await produce(rig, 4)
    return rig
  }

  test.each(['unsubscribe', 'close', 'subscribe'] as const)(
    'from elsewhere wait for it: %s',
    async (call) => {
      const rig = await start()
      const { a, b, polling, go } = await withSlowListener(rig)
      const calling = call === 'subscribe' ? a.consumer.subscribe(['other'], a) : a.consumer[call]()
      expect(await isSettled(calling)).toBe(false)
      await b.poll(1)
      expect(b.assignment).toEqual([]) // the listener may still commit
      go()
      await calling
      await pollUntil([b], () => b.assignment.length === 2)
      expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 1 })
      if (call === 'close') {
        await expect(polling).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
      }
    },
  )

  test('from elsewhere: close waits no longer than it may', async () => {
    const rig = await start()
    const { a, b, polling } = await withSlowListener(rig)
    await a.consumer.close({ timeoutMs: 50 })
    await expect(polling).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    await pollUntil([b], () => b.assignment.length === 2)
  })

  test('from within are refused where they would wait for themselves', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const outcomes: unknown[] = []
    await consumer.subscribe([rig.topic], {
      onPartitionsAssigned: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        for (const call of [
          () => consumer.subscribe([rig.topic]),
          () => consumer.unsubscribe(),
          () => consumer.assign([]),
          () => consumer.poll({ timeoutMs: 1_000 }),
          async () => consumer.pollSync({ timeoutMs: 1_000 }),
          () => consumer[Symbol.asyncIterator]().next(),
        ]) {
          outcomes.push(await call().catch((error: unknown) => error))
        }
      },
    })
    expect(outcomes).toMatchObject(Array.from({ length: 6 }, () => ({ code: 'INVALID_STATE' })))
    await consumer.close()
  })

  test('a poll from within does not come in the way of one from elsewhere', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    await consumer.subscribe([rig.topic])
    await consumer.poll() // another may let the event loop turn first
    await new Promise((resolve) => setTimeout(resolve, 20))
    await rig.broker.createTopic('other')
    const { promise: polled, resolve: onPolled } =
      Promise.withResolvers<[inner: Promise<unknown>]>()
    const { promise: held, resolve: go } = Promise.withResolvers<void>()
    const subscribing = consumer.subscribe(['other'], {
      onPartitionsAssigned: async () => {
        const inner = consumer.poll().catch((error: unknown) => error)
        onPolled([inner])
        await held
      },
    })
    const [inner] = await polled
    const outer = consumer.poll({ timeoutMs: 1 })
    expect(await inner).toMatchObject({ code: 'INVALID_STATE' })
    expect((await outer).count).toBe(0)
    go()
    await subscribing
    await consumer.close()
  })

  test("from within another's listener are refused where that is waited for", async () => {
    const rig = await start()
    const inner = new Consumer(rig.broker, { groupId: 'inner' })
    const outer = new Consumer(rig.broker, { groupId: GROUP })
    const outcomes: unknown[] = []
    await outer.subscribe([rig.topic], {
      onPartitionsAssigned: () =>
        inner.subscribe([rig.topic], {
          onPartitionsAssigned: async () => {
            outcomes.push(await outer.unsubscribe().catch((error: unknown) => error))
          },
        }),
    })
    expect(outcomes).toMatchObject([{ code: 'INVALID_STATE' }])
    expect(inner.assignment()).toHaveLength(2)
    await Promise.all([inner.close(), outer.close()])
  })

  test.each(['poll', 'close'] as const)(
    'from within close the consumer, and do not wait for a close that waits for them: %s',
    async (beginsWith) => {
      const rig = await start()
      const consumer = new Consumer(rig.broker, { groupId: GROUP })
      const told: string[] = []
      await consumer.subscribe([rig.topic], {
        onPartitionsRevoked: async (partitions) => {
          told.push(...names(partitions))
          await consumer.close()
        },
      })
      const b = await Member.of(rig, 'b')
      if (beginsWith === 'close') await consumer.close()
      else {
        const closed = { code: 'CONSUMER_CLOSED' }
        await expect(pollForEver(consumer)).rejects.toMatchObject(closed)
      }
      await pollUntil([b], () => b.assignment.length === 2)
      expect(told.toSorted()).toEqual(['orders-0', 'orders-1'])
    },
  )

  test('from what a listener has begun are taken once it has returned', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const { promise: begun, resolve: onBegun } = Promise.withResolvers<void>()
    await consumer.subscribe([rig.topic], {
      onPartitionsAssigned: () => {
        setTimeout(() => onBegun(consumer.unsubscribe()), 20)
      },
    })
    await begun
    expect(consumer.assignment()).toEqual([])
    await consumer.close()
  })

  test('from what an earlier call has begun wait for the one that runs', async () => {
    const rig = await start()
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const { promise: held, resolve: go } = Promise.withResolvers<void>()
    const { promise: called, resolve: onCalled } = Promise.withResolvers<void>()
    const { promise: unsubscribed, resolve: onBegun } = Promise.withResolvers<void>()
    await consumer.subscribe([rig.topic], {
      onPartitionsAssigned: () => onBegun(called.then(() => consumer.unsubscribe())),
      onPartitionsRevoked: async () => {
        onCalled()
        await held
      },
    })
    await Member.of(rig, 'b')
    const poll = (): Promise<unknown> => consumer.poll().catch((error: unknown) => error)
    const { polling } = await pollUntilCalled(poll, called)
    expect(await isSettled(unsubscribed)).toBe(false)
    go()
    await unsubscribed
    expect(await polling).toMatchObject({ code: 'INVALID_STATE' })
    await consumer.close()
  })

  test('while subscribe or assign is pending, poll says what to await', async () => {
    const rig = await start()
    const a = new Member(rig, 'a')
    const subscribing = a.consumer.subscribe([rig.topic], a)
    await expect(a.consumer.poll({ timeoutMs: 1 })).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('await subscribe() first') as string,
    })
    await expect(a.consumer.assign([rig.at(0)])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    const unsubscribing = a.consumer.unsubscribe()
    await subscribing
    await unsubscribing
    expect((await rig.broker.describeGroup(GROUP)).members).toEqual([])
    const assigning = a.consumer.assign([rig.at(0)])
    await expect(a.consumer.poll({ timeoutMs: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('await assign() first') as string,
    })
    await expect(a.consumer.subscribe([rig.topic])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await assigning
  })
})
