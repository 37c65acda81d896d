import type {
  PartitionAppender,
  PartitionCount,
  ProducerDescription,
  ProducerEngine,
  TopicMetadata,
} from '@ringlog/core/internal'
import { expectTypeOf } from 'vitest'
import type { FakeEngine } from './fake-engine.ts'
import type { FakeAppender } from './fake-log.ts'

/** Checked by the compiler, with the rest of the tests; nothing of it runs. */

// Plain objects are a log that a producer can write to: no class of ours, no shared memory.
const appender: PartitionAppender = {
  maxInFlight: null,
  isLost: false,
  isRetriable: ({ code }) => code === 'REQUEST_TIMED_OUT',
  append: (buffer, _sizeBytes, _deadline, listener) =>
    listener.onAnswer({ error: null, baseOffset: 0, logAppendTimeMs: -1, buffer }),
  collect: () => undefined,
  close: () => undefined,
}
const partitions: PartitionCount = { current: 1, isDeleted: false }
const engine: ProducerEngine = {
  clock: {
    nowMs: () => 0,
    wallMs: () => 0,
    setTimer: () => ({ unref: () => undefined }),
    clearTimer: () => undefined,
    setTurnEnd: () => undefined,
    random: () => 0.5,
  },
  closedError: () => null,
  attach: () => () => undefined,
  keepAlive: () => () => undefined,
  topicMetadata: (topic) => Promise.resolve({ topic, partitions, maxMessageBytes: 1000 }),
  topicNames: () => Promise.resolve([]),
  producerIdentity: () => Promise.resolve({ producerId: 1, producerEpoch: 0 }),
  openAppender: () => Promise.resolve(appender),
  isRetriable: () => false,
}
void engine

/** The types of a type's properties that are shared memory: none. */
type Shared<T> = Extract<T[keyof T], SharedArrayBuffer>
expectTypeOf<Shared<TopicMetadata>>().toBeNever()
expectTypeOf<Shared<PartitionCount>>().toBeNever()
expectTypeOf<Shared<ProducerDescription>>().toBeNever()

// The fakes of the tests are such a log, too.
expectTypeOf<FakeAppender>().toExtend<PartitionAppender>()
expectTypeOf<FakeEngine>().toExtend<ProducerEngine>()
