import { Broker, type LogClient } from 'ringlog'
import {
  APPEND_ERROR_CODES,
  PARTITION_WORKER_STEPS,
  corruptNextBatch,
  delayAcks,
  dropAcks,
  failAppends,
  forceRebalance,
  killClient,
  killPartitionWorker,
  pausePartitionWorker,
  type FailAppendsOptions,
  type InjectedFault,
  type KillOptions,
} from 'ringlog/testing'
import { describe, expect, test } from 'vitest'
import { Rig, startBroker } from './rig.ts'

const AT = { topic: 'orders', partition: 0 }

type Inject = (client: LogClient, at: typeof AT) => Promise<InjectedFault>
const PARTITION_FAULTS: ReadonlyArray<[name: string, inject: Inject]> = [
  ['killPartitionWorker', (client, at) => killPartitionWorker(client, at)],
  ['killPartitionWorker', (client, at) => killPartitionWorker(client, at, { step: 'afterCopy' })],
  ['pausePartitionWorker', (client, at) => pausePartitionWorker(client, at, 1)],
  ['delayAcks', (client, at) => delayAcks(client, at, 1)],
  ['dropAcks', (client, at) => dropAcks(client, at, 1)],
  ['failAppends', (client, at) => failAppends(client, at, { code: 'INVALID_RECORD' })],
  ['corruptNextBatch', (client, at) => corruptNextBatch(client, at)],
]

const ANY = null as never

describe.each(PARTITION_FAULTS)('%s', (_, inject) => {
  test('refuses a topic, or partition, that there is not', async () => {
    const { broker } = await Rig.start('rpc')
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(inject(broker, { ...AT, topic: 'nowhere' })).rejects.toMatchObject(unknown)
    await expect(inject(broker, { ...AT, partition: 1 })).rejects.toMatchObject(unknown)
    await expect(inject(broker, { ...AT, partition: -1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('partition: a non-negative integer') as string,
    })
  })

  test('refuses what is no client of a broker, and one that is closed', async () => {
    await expect(inject({} as LogClient, AT)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/broker from Broker.start\(\).*got an object/) as string,
    })
    const started = Broker.start()
    await expect(inject(started as never, AT)).rejects.toMatchObject({
      message: expect.stringContaining('await it first') as string,
    })
    const broker = await started
    await broker.close()
    await expect(inject(broker, AT)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  })
})

describe('arguments of faults', () => {
  test.each([
    [
      () => killPartitionWorker(ANY, AT, { step: 'later' as never }),
      `step of killPartitionWorker() must be one of ${PARTITION_WORKER_STEPS.map((step) => `"${step}"`).join(', ')}, got "later"`,
    ],
    [
      () => killPartitionWorker(ANY, AT, { step: null as never }),
      `step of killPartitionWorker() must be one of ${PARTITION_WORKER_STEPS.map((step) => `"${step}"`).join(', ')}, got null`,
    ],
    [
      () => killPartitionWorker(ANY, AT, { setp: 'afterCopy' } as KillOptions),
      'setp is not an option of killPartitionWorker(); did you mean step? There are step',
    ],
    [
      () => killPartitionWorker(ANY, AT, 'afterCopy' as KillOptions),
      'options of killPartitionWorker() must be an object, such as { step: … }, got "afterCopy"',
    ],
    [
      () => pausePartitionWorker(ANY, AT, 0),
      'ms of pausePartitionWorker() must be a number of milliseconds from 1 to 2147483647, got 0',
    ],
    [
      () => pausePartitionWorker(ANY, AT, Infinity),
      'ms of pausePartitionWorker() must be a number of milliseconds from 1 to 2147483647, got Infinity',
    ],
    [
      () => delayAcks(ANY, AT, '5' as never),
      'ms of delayAcks() must be a number of milliseconds from 1 to 2147483647, got "5"',
    ],
    [
      () => delayAcks(ANY, AT, Number.NaN),
      'ms of delayAcks() must be a number of milliseconds from 1 to 2147483647, got NaN',
    ],
    [() => dropAcks(ANY, AT, 0), 'count of dropAcks() must be an integer of at least 1, got 0'],
    [() => dropAcks(ANY, AT, 1.5), 'count of dropAcks() must be an integer of at least 1, got 1.5'],
    [
      () => dropAcks(ANY, AT, 1e300),
      'count of dropAcks() must be an integer from 1 to 9007199254740991, got 1e+300',
    ],
    [
      () => failAppends(ANY, AT, { code: 'WAKEUP' as never }),
      `code of failAppends() must be one of ${APPEND_ERROR_CODES.map((code) => `"${code}"`).join(', ')}, got "WAKEUP"`,
    ],
    [
      () => failAppends(ANY, AT, {} as FailAppendsOptions),
      `code of failAppends() must be one of ${APPEND_ERROR_CODES.map((code) => `"${code}"`).join(', ')}, got undefined`,
    ],
    [
      () => failAppends(ANY, AT, { code: 'INVALID_RECORD', times: 0 }),
      'times of failAppends() must be an integer of at least 1, got 0',
    ],
    [
      () => failAppends(ANY, AT, undefined as never),
      'options of failAppends() must be an object, such as { code: … }, got undefined',
    ],
  ])('%s', async (inject, message) => {
    await expect(inject()).rejects.toMatchObject({ code: 'INVALID_REQUEST', message })
  })

  test('are asked for before a client is', async () => {
    await expect(killClient(null as never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(forceRebalance(ANY, 'billing')).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  test('struck() has options as other waits have, and a deadline', async () => {
    const broker = await startBroker()
    await broker.createTopic(AT.topic)
    const fault = await dropAcks(broker, AT, 1)
    await expect(fault.struck({ timeoutMs: 5 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: 'struck() of dropAcks of partition orders-0 did not finish in time: timeoutMs=5',
    })
    await expect(fault.struck({ timeout: 5 } as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await expect(fault.struck({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    await broker.deleteTopic(AT.topic)
    await expect(fault.struck()).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      message: expect.stringContaining("the partition's worker has ended") as string,
    })
  })
})
