import { isSettled, until } from '@ringlog/test-kit'
import { Consumer, RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { MortalRig } from './mortal-rig.ts'
import { pollValues, settle, transportsWith } from './rig.ts'

/** The error of a call. */
function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  )
}

describe.each(transportsWith('ownThreads'))(
  'a partition whose worker dies too often, by %s',
  (transport) => {
    test('is offline, and says why; restartPartition brings it back as it was', async () => {
      const mortal = await MortalRig.start(transport, { partitions: 2 }, { maxRestarts: 1 })
      const { rig, errors } = mortal
      const { topic } = rig
      const { broker } = mortal
      const [first, second] = [rig.at(0), rig.at(1)]
      const producer = rig.producer()
      const member = new Consumer(broker, { groupId: 'billing' })
      await member.subscribe([topic])
      for (const partition of [0, 1]) {
        for (let i = 0; i < 3; i++) await producer.send({ topic, partition, value: String(i) })
      }
      await pollValues(member, 6)
      member.commitSync([{ ...first, offset: 2 }])
      await mortal.replace()
      await mortal.kill()
      expect(errors.map(({ details }) => details['isOffline'])).toEqual([false, true])
      await until(async () => (await broker.metrics()).offlinePartitionsCount === 1)

      const offline = {
        code: 'PARTITION_OFFLINE',
        retriable: false,
        details: { topic, partition: 0 },
        message: expect.stringMatching(
          /ended unexpectedly.*maxRestarts=1.*restartPartition/,
        ) as string,
        cause: { code: 'WORKER_CRASHED' },
      }
      for (const call of [
        () => producer.send({ topic, partition: 0, value: 'a' }),
        () => rig.producer().send({ topic, partition: 0, value: 'a' }),
        () => broker.deleteRecords(first, 1),
        () => member.poll(),
      ]) {
        expect(await errorOf(call())).toMatchObject(offline)
      }
      // What it has can be read, by who comes later as well; then the consumer is told.
      for (const late of [new Consumer(broker), new Consumer(broker, { groupId: 'audit' })]) {
        await late.assign([first])
        expect(await pollValues(late, 3)).toEqual([['0', '1', '2']])
        expect(await errorOf(late.poll())).toMatchObject(offline)
      }
      const { partitions } = await broker.describeTopic(topic)
      expect(partitions.map(({ state }) => state)).toEqual(['offline', 'online'])
      // The other one goes on; of this one commits are taken still.
      expect(await producer.send({ topic, partition: 1, value: '3' })).toMatchObject({ offset: 3 })
      member.commitSync([{ ...first, offset: 3 }])

      await broker.restartPartition(first)
      expect(await producer.send({ topic, partition: 0, value: '3' })).toMatchObject({ offset: 3 })
      const values = await pollValues(member, 2)
      expect(values).toEqual([['3'], ['3']])
      const offsets = await broker.offsets(topic, 'billing')
      expect(offsets[0]).toMatchObject({ committed: 3, logStartOffset: 0, endOffset: 4 })
      expect(await broker.metrics()).toMatchObject({ offlinePartitionsCount: 0 })
      // It has its restarts again.
      await mortal.replace()
      expect(await producer.send({ topic, partition: 0, value: '4' })).toMatchObject({ offset: 4 })
      await broker.restartPartition(second) // is online: nothing happens
      expect(
        (await broker.metrics()).topics[0]!.partitions.map(({ restarts }) => restarts),
      ).toEqual([3, 0])
      await member.close()
    })

    test('fails what was on its way, once; what comes after restartPartition is behind nothing', async () => {
      const mortal = await MortalRig.start(transport, { ringBytes: 65_536 }, { maxRestarts: 0 })
      const { rig } = mortal
      const { topic } = rig
      const { broker } = mortal
      const consumer = await rig.consumer()
      const producer = rig.producer({ batchSizeBytes: 2_048 })
      // More than the ring takes: some wait for room, in the lane or the worker's queue.
      const sent = Array.from({ length: 100 }, (_, i) =>
        errorOf(producer.send({ topic, value: `${i}`.padEnd(1_000, '.') })),
      )
      await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.isBlocked)
      await mortal.kill()
      const errors = await Promise.all(sent)
      const delivered = errors.filter((error) => error === null).length
      expect(delivered).toBeGreaterThan(10)
      for (const error of errors.slice(delivered)) {
        expect(error).toMatchObject({ code: 'PARTITION_OFFLINE' })
      }
      await broker.restartPartition(rig.at(0))
      const { offset } = await producer.send({ topic, value: 'next' })
      const last = await broker.offsets(topic)
      expect(last[0]!.endOffset).toBe(offset + 1)
      // Nothing that was reported failed, and known not to be in the log, is in it.
      const certain = errors.filter(
        (error) => RinglogError.is(error) && error.details['isMaybeAppended'] !== true,
      ).length
      expect(offset).toBeGreaterThanOrEqual(delivered)
      expect(offset).toBeLessThanOrEqual(100 - certain)
      expect((await pollValues(consumer, offset + 1))[0]!.at(-1)).toBe('next')
    })
  },
)

describe('restartPartition', () => {
  test('refuses what is no partition', async () => {
    const mortal = await MortalRig.start('rpc')
    const { rig } = mortal
    const { topic } = rig
    const { broker } = mortal
    for (const [given, code] of [
      [{ topic: 'none', partition: 0 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [{ topic, partition: 1 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [{ topic, partition: -1 }, 'INVALID_REQUEST'],
      [{ topic, partition: '0' }, 'INVALID_REQUEST'],
      [{ topic: 7, partition: 0 }, 'INVALID_REQUEST'],
      [{ topic }, 'INVALID_REQUEST'],
      [topic, 'INVALID_REQUEST'],
      [null, 'INVALID_REQUEST'],
      [undefined, 'INVALID_REQUEST'],
    ] as const) {
      expect(
        await errorOf(broker.restartPartition(given as never)),
        JSON.stringify(given),
      ).toMatchObject({ code })
    }
    await broker.close()
    expect(await errorOf(broker.restartPartition(rig.at(0)))).toMatchObject({
      code: 'BROKER_CLOSED',
    })
  })

  test('of a partition that cannot be started says so, and the other calls go on', async () => {
    const mortal = await MortalRig.start('shared', {}, { maxRestarts: 0 }, 'stillborn')
    const { rig } = mortal
    const { topic } = rig
    const { broker } = mortal
    await rig.producer().send({ topic, value: 'a' })
    await mortal.kill()
    const calls = [broker.restartPartition(rig.at(0)), broker.restartPartition(rig.at(0))]
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toMatchObject({ code: 'PARTITION_OFFLINE', cause: { code: 'WORKER_CRASHED' } })
    }
    await until(() => mortal.errors.length === 2)
    expect(await broker.listTopics()).toEqual([topic])
    await broker.deleteTopic(topic)
    expect(await errorOf(broker.restartPartition(rig.at(0)))).toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })
})

describe.each(transportsWith('ownThreads'))(
  'while a worker that died is replaced, by %s',
  (transport) => {
    test('a topic can be deleted and made again', async () => {
      const mortal = await MortalRig.start(transport)
      const { rig } = mortal
      const { topic } = rig
      const { broker } = mortal
      const producer = rig.producer()
      const consumer = await rig.consumer()
      await producer.send({ topic, value: 'old' })
      await pollValues(consumer, 1)
      const polling = errorOf(consumer.poll({ timeoutMs: 10_000 }))
      for (let i = 0; i < 5; i++) {
        await mortal.kill()
        const sending = errorOf(producer.send({ topic, value: 'x', partition: 0 }))
        await broker.deleteTopic(topic)
        await broker.createTopic(topic)
        expect(await sending).toSatisfy(
          (error) => error === null || RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION'),
        )
        await producer.send({ topic, value: 'new' })
      }
      expect(await polling).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
      expect(mortal.errors.every(({ code }) => code === 'WORKER_CRASHED')).toBe(true)
    })

    test('partitions can be added, records deleted, consumers opened and closed', async () => {
      const mortal = await MortalRig.start(transport)
      const { rig } = mortal
      const { topic } = rig
      const { broker } = mortal
      const producer = rig.producer()
      for (let i = 0; i < 3; i++) await producer.send({ topic, partition: 0, value: String(i) })
      const closed = await rig.consumer()
      await mortal.kill()
      await Promise.all([
        broker.createPartitions(topic, 3),
        broker.deleteRecords(rig.at(0), 1),
        closed.close(),
      ])
      await mortal.kill()
      const consumer = await rig.consumer()
      expect(await pollValues(consumer, 2)).toEqual([['1', '2']])
      const { partitions } = await broker.describeTopic(topic)
      expect(partitions).toHaveLength(3)
    })

    test('the broker can be closed: what was written before is in the log, or fails', async () => {
      const mortal = await MortalRig.start(transport)
      const { rig } = mortal
      const { topic } = rig
      const { broker } = mortal
      const producer = rig.producer()
      await producer.send({ topic, value: '0' })
      await mortal.kill()
      const sending = producer.send({ topic, value: '1' })
      await broker.close()
      expect(await sending).toMatchObject({ offset: 1 })
    })

    test('a partition whose every worker dies at its start does not hold close or delete up', async () => {
      const mortal = await MortalRig.start(transport, {}, { maxRestarts: 10_000 }, 'stillborn')
      const { rig } = mortal
      const { topic } = rig
      const { broker } = mortal
      const producer = rig.producer({ deliveryTimeoutMs: 600, requestTimeoutMs: 500 })
      await producer.send({ topic, value: '0' })
      await mortal.kill()
      const sending = errorOf(producer.send({ topic, value: '1' }))
      const polling = (await isSettled(rig.consumer(), settle(50))) ? 'opened' : 'waits'
      expect(polling).toBe('waits')
      expect(await sending).toMatchObject({ code: 'REQUEST_TIMED_OUT' })
      await expect.poll(() => mortal.errors.length).toBeGreaterThan(1)
      await broker.deleteTopic(topic)
      const { length } = mortal.errors
      expect(length).toBeLessThan(40) // it does not start one after the other without a pause
    })
  },
)
