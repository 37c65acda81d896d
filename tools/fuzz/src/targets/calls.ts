import { InMemoryBroker } from '@ringlog/broker/internal'
import {
  Doorbell,
  FaultSwitch,
  MemberMemory,
  engineOf,
  monotonicMs,
  withTransfer,
} from '@ringlog/core/internal'
import { MessageChannel } from 'node:worker_threads'
import { Choices } from '../input/choices.ts'
import { hostileValue } from '../input/hostile-value.ts'
import { assertRefusal, kindOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

/** A log takes so many inputs: what they leave behind, topics and groups, ends with it. */
const INPUTS_PER_LOG = 500
/** Some calls wait for what nobody does. */
const CALL_TIMEOUT_MS = 50

const AT = { topic: 'orders', partition: 0 }

/** Calls as clients make them, but for those whose answer is a question. */
function soundCalls(): Record<string, unknown[]> {
  const doorbell = new Doorbell().memory
  const consumer = { consumerId: 'c', clientId: 'c', groupId: 'g', doorbell, isGating: true }
  const lane = { laneId: 'l', memory: new SharedArrayBuffer(4_096), producerDoorbell: doorbell }
  const member = { ...consumer, groupId: 'h' }
  const subscription = { topics: ['orders'] }
  const switched = { fault: { type: 'delayAcks', ms: 0 }, memory: new FaultSwitch().memory }
  return {
    createTopic: ['orders', { partitions: 1, ringBytes: 65_536, gatingGroups: ['a'] }],
    deleteTopic: ['orders'],
    createPartitions: ['orders', 2],
    deleteRecords: [AT, 0],
    restartPartition: [AT],
    describeTopic: ['orders'],
    offsets: ['orders', 'g'],
    topicMetadata: ['orders', 0, 0],
    connectProducer: [AT, { clientId: 'p', lane }, port()],
    reconnectLane: [AT, 'l', 'p', port()],
    openPartitions: [consumer, [{ ...AT, start: 'earliest' }]],
    logPlaces: [[AT]],
    closePartitions: ['c', [AT]],
    injectFault: [{ type: 'partition', at: AT, switched }],
    joinGroup: [
      {
        groupId: 'h',
        consumer: member,
        memory: new MemberMemory().memory,
        instanceId: null,
        subscription,
        assignor: 'sticky',
        sessionTimeoutMs: 1_000,
        maxPollIntervalMs: 1_000,
        start: 'earliest',
      },
    ],
    reconcileGroup: ['h', 'c', [AT]],
    changeSubscription: ['h', 'c', subscription],
    leaveGroup: ['h', 'c'],
    committedOffset: ['g', AT],
    describeCommits: ['g', 'c', [{ ...AT, offset: 0, metadata: '' }]],
    describeGroup: ['g'],
    deleteGroup: ['g'],
    resetGroupOffsets: ['g', { shift: -1, partitions: [AT] }],
  }
}

/**
 * Calls to the controller, as any thread of the process can make them, with something else somewhere among
 * their arguments: each is answered, and refused in words or carried out; the controller goes on.
 */
export function callsTarget(): Target {
  const methods = Object.keys(soundCalls())
  const errors: unknown[] = []
  let broker: InMemoryBroker | null = null
  let inputsLeft = 0

  async function log(): Promise<InMemoryBroker> {
    if (broker !== null && inputsLeft-- > 0) return broker
    await broker?.close({ timeoutMs: 0 })
    inputsLeft = INPUTS_PER_LOG
    broker = await InMemoryBroker.start({ onError: (error) => void errors.push(error) })
    return broker
  }

  async function call(method: string, args: readonly unknown[]): Promise<string> {
    const { controller } = engineOf(await log()) as unknown as CallingEngine
    try {
      await controller.call(method, args, { deadlineMs: monotonicMs() + CALL_TIMEOUT_MS })
      return 'done'
    } catch (error) {
      return kindOf(assertRefusal(error))
    }
  }

  return {
    name: 'calls',
    covers: [
      'packages/core/src/rpc/call-shapes.ts',
      'packages/broker/src/controller/client-session.ts',
      'packages/broker/src/controller/registrar.ts',
      'packages/broker/src/controller/group/group-registry.ts',
    ],
    generate: (random) => random.bytes(4 + random.below(80)),
    async run(input) {
      const choices = new Choices(input)
      const method = choices.pick(methods)
      const sound = soundCalls()[method]!
      const args = choices.below(4) === 0 ? sound : damaged(sound, choices)
      const outcome = await call(method, Array.isArray(args) ? args : [args])
      demand(errors.length === 0, () => `the log has an error: ${String(errors[0])}`)
      const topics = await (await log()).listTopics()
      demand(Array.isArray(topics), () => 'the controller does not go on')
      if (!topics.includes('orders')) await call('createTopic', soundCalls()['createTopic']!)
      return `${method} ${outcome}`
    },
  }
}

/** The same with something else somewhere. */
function damaged(value: unknown, choices: Choices): unknown {
  if (!isTree(value)) return hostileValue(choices)
  const keys = Object.keys(value)
  if (keys.length === 0) return hostileValue(choices)
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string,
    unknown
  >
  const key = choices.pick(keys)
  if (choices.below(8) === 0) Reflect.deleteProperty(copy, key)
  else copy[key] = choices.below(4) === 0 ? hostileValue(choices) : damaged(copy[key], choices)
  return copy
}

/** Not shared memory, nor a port. */
function isTree(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function port(): object {
  const { port1 } = new MessageChannel()
  return withTransfer(port1, [port1])
}

/** What of the engine makes calls as they are given. */
interface CallingEngine {
  readonly controller: {
    call(
      method: string,
      args: readonly unknown[],
      options: { deadlineMs: number },
    ): Promise<unknown>
  }
}
