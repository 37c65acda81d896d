import { Broker } from '@ringlog/broker'
import { Doorbell, MemberMemory, RinglogError, RpcClient } from '@ringlog/core/internal'
import { SEED } from '@ringlog/test-kit'
import fc from 'fast-check'
import { MessageChannel, postMessageToThread } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { CONNECT_MESSAGE } from '../../src/wire/controller-start.ts'
import type { ControllerService } from '../../src/wire/controller-service.ts'

const RUNS = 300

const junk = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, NaN, -1, 0, 1.5, 2 ** 53, Infinity, '', 'orders', true),
  fc.constantFrom<unknown>(new SharedArrayBuffer(8), new Uint8Array(3), 10n, new Date(0), [], {}),
  fc.constantFrom<unknown>([null], [{}], { topic: 'orders' }, { topic: 'orders', partition: 0 }),
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withTypedArray: true,
    withMap: true,
    withDate: true,
  }),
)
const at = { topic: 'orders', partition: 0 }

/** Calls as clients make them. */
function calls(): Record<string, unknown[]> {
  const doorbell = new Doorbell().memory
  const consumer = { consumerId: 'c', clientId: 'c', groupId: 'g', doorbell, isGating: true }
  return {
    createTopic: ['orders', { partitions: 1, ringBytes: 65_536, gatingGroups: ['a'] }],
    deleteTopic: ['other'],
    createPartitions: ['orders', 2],
    deleteRecords: [at, 0],
    restartPartition: [at],
    describeTopic: ['orders'],
    offsets: ['orders', 'g'],
    topicMetadata: ['orders', 0, 0],
    connectProducer: [at, { clientId: 'p', lane: null }, null],
    reconnectLane: [at, 'lane', 'p', null],
    openPartitions: [consumer, [{ ...at, start: 'earliest' }]],
    logPlaces: [[at]],
    closePartitions: ['c', [at]],
    injectFault: [{ type: 'rebalance', groupId: 'g' }],
    joinGroup: [
      {
        groupId: 'h',
        consumer: { ...consumer, groupId: 'h' },
        memory: new MemberMemory().memory,
        instanceId: null,
        subscription: { topics: ['orders'] },
        assignor: 'sticky',
        sessionTimeoutMs: 1_000,
        maxPollIntervalMs: 1_000,
        start: 'earliest',
      },
    ],
    reconcileGroup: ['h', 'c', [at]],
    changeSubscription: ['h', 'c', { topics: ['orders'] }],
    leaveGroup: ['h', 'c'],
    committedOffset: ['g', at],
    describeCommits: ['g', 'c', [{ ...at, offset: 0, metadata: 'x' }]],
    describeGroup: ['g'],
    deleteGroup: ['g'],
    resetGroupOffsets: ['g', 'earliest'],
  }
}

/** The same with something else somewhere. */
function mutate(value: unknown, path: number[], other: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return other
  if (value instanceof SharedArrayBuffer) return other
  const keys = Object.keys(value)
  if (keys.length === 0) return other
  const key = keys[step % keys.length]!
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string,
    unknown
  >
  copy[key] = mutate(copy[key], rest, other)
  return copy
}

/** A port of its own to the controller, as any thread of the process can have. */
async function connectTo(broker: Broker): Promise<RpcClient<ControllerService>> {
  const { port1, port2 } = new MessageChannel()
  const { brokerId, controllerThreadId } = broker.address
  const message = { type: CONNECT_MESSAGE, brokerId, port: port2 }
  await postMessageToThread(controllerThreadId, message, [port2])
  return new RpcClient<ControllerService>(port1, {
    name: 'the controller',
    lostError: () => new RinglogError('BROKER_CLOSED'),
  })
}

test(
  `the controller serves on, and says what is wrong, whatever a thread calls it with (seed ${SEED})`,
  { timeout: 60_000 },
  async () => {
    const errors: unknown[] = []
    const broker = await Broker.start({ onError: (error) => void errors.push(error) })
    onTestFinished(() => broker.close({ timeoutMs: 1_000 }))
    const client = await connectTo(broker)
    const mutated = fc.tuple(
      fc.constantFrom(...Object.keys(calls())),
      fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      junk,
    )
    await fc.assert(
      fc.asyncProperty(mutated, async ([method, path, other]) => {
        const topics = await broker.listTopics()
        if (!topics.includes('orders')) await broker.createTopic('orders', { ringBytes: 65_536 })
        const args = mutate(calls()[method]!, path, other)
        const given = (Array.isArray(args) ? args : [args]) as never
        const thrown = await client.call(method as never, given).catch((error: unknown) => error)
        expect(thrown).not.toMatchObject({ code: 'BROKER_CLOSED' })
        if (thrown instanceof Error) expect(RinglogError.is(thrown), String(thrown)).toBe(true)
      }),
      { seed: SEED, numRuns: RUNS },
    )
    expect(errors).toEqual([])
    await broker.createTopic('after', { ringBytes: 65_536 })
    expect((await broker.describeTopic('after')).partitions).toMatchObject([{ state: 'online' }])
  },
)
