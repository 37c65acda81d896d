/** Any log can stand behind a consumer: what it must be is interfaces, which plain objects satisfy. Never run. */
import { Consumer } from '@ringlog/consumer'
import {
  LOG_ENGINE,
  type Clock,
  type ConsumerDoorbell,
  type ConsumerEngine,
  type Doorbell,
  type Grant,
  type GroupMembership,
  type LogEngine,
  type LogReader,
  type OpenPartition,
  type PartitionCommits,
} from '@ringlog/core/internal'
import { expectTypeOf } from 'vitest'

declare const clock: Clock
const call = (): void => undefined

const reader = {
  logStartOffset: 0,
  deletedBefore: 0,
  endOffset: 0,
  availableBytes: () => 0,
  findByTimestamp: () => null,
  read: call,
  load: async () => undefined,
  loadSync: () => true,
  close: call,
}
expectTypeOf(reader).toExtend<LogReader>()

const commits = { committed: null, isRevoked: false, report: call, commit: () => true }
expectTypeOf(commits).toExtend<PartitionCommits>()
expectTypeOf({ ...commits, commit: async () => true }).toExtend<PartitionCommits>()

const open = {
  topic: 't',
  partition: 0,
  startOffset: 0,
  reader,
  heldOffset: null,
  commits,
  release: call,
  isOffline: () => false,
  isDeleted: () => false,
}
expectTypeOf(open).toExtend<OpenPartition>()
expectTypeOf({ ...open, heldOffset: 0, commits: null }).toExtend<OpenPartition>()

const change = { granted: [open], toRelease: [] }
const membership = {
  memberId: 'm',
  hasChanged: false,
  fence: null,
  beat: call,
  beginWaiting: call,
  reconcile: async () => change,
  changeSubscription: async () => change,
  leave: async () => undefined,
}
expectTypeOf(membership).toExtend<GroupMembership>()

const engine = {
  clock,
  blocking: 'refused' as const,
  closedError: () => null,
  noticeEnd: call,
  attach: () => call,
  keepAlive: () => call,
  openPartitions: async () => [open],
  closePartitions: async () => undefined,
  listOffsets: async () => [0, null],
  joinGroup: async () => ({ membership, change }),
  committedOffset: async () => null,
  describeCommits: async () => undefined,
}
expectTypeOf(engine).toExtend<ConsumerEngine>()
expectTypeOf(new Consumer({ [LOG_ENGINE]: engine })).toEqualTypeOf<Consumer>()
// @ts-expect-error: an engine that cannot look offsets up
new Consumer({ [LOG_ENGINE]: { ...engine, listOffsets: undefined } })

// What shared memory is made of fits as well.
expectTypeOf<Grant>().toExtend<PartitionCommits>()
expectTypeOf<Doorbell>().toExtend<ConsumerDoorbell>()
expectTypeOf<LogEngine>().toExtend<ConsumerEngine>()
