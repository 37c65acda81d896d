import type { Draft } from './draft.ts'
import type { ConsumerAction, ConsumerSpec, GroupSpec, ListenerSpec } from './program.ts'
import type { Random } from './random.ts'

export function generateConsumer(draft: Draft, name: string): ConsumerSpec {
  const { random, isStalled } = draft
  const consumer = random.chance(0.85) ? member(draft, name) : reader(draft, name)
  if (!isStalled) return consumer
  const rest: ConsumerAction = { do: 'sleep', ms: random.integer(200, 900) }
  return { ...consumer, actions: [rest, ...consumer.actions] }
}

/** A member of one of the groups. */
function member(draft: Draft, name: string): ConsumerSpec {
  const { random, groups } = draft
  const group = random.pick(groups)
  const isStatic = random.chance(0.15)
  return {
    kind: 'consumer',
    name,
    config: {
      groupId: group.id,
      ...(isStatic && { groupInstanceId: `instance-${name}` }),
      sessionTimeoutMs: random.pick([100, 600]),
      assignor: group.assignor,
      autoOffsetReset: group.autoOffsetReset,
      autoCommit: random.chance(0.7),
      autoCommitIntervalMs: random.pick([0, 0, 50]),
      maxPollIntervalMs: random.weighted([
        [4, 30_000],
        [1, 150],
      ]),
      ...limits(random),
    },
    reads: { topics: group.topics },
    listener: generateListener(random),
    actions: random.list(5, 12, () => generateAction(draft, group)),
    end: random.weighted([
      [5, 'close'],
      [1, 'unsubscribe'],
      [2, 'leave'],
    ]),
  }
}

/** A consumer that assigns partitions to itself: an observer, or one that full rings wait for. */
function reader({ random, topics, isBrokerKilled }: Draft, name: string): ConsumerSpec {
  const topic = random.pick(topics)
  const partitions = Array.from({ length: topic.config.partitions! }, (_, partition) => ({
    topic: topic.name,
    partition,
  }))
  return {
    kind: 'consumer',
    name,
    config: {
      gating: random.chance(0.5),
      autoOffsetReset: random.pick(['earliest', 'latest'] as const),
      ...limits(random),
    },
    reads: { partitions: partitions.filter((_, i) => i === 0 || random.chance(0.6)) },
    listener: { slowMs: 0, commits: false, throwsIn: null, reenters: null },
    actions: random.list(4, 9, () => readerAction(random, isBrokerKilled)),
    end: random.chance(0.7) ? 'close' : 'leave',
  }
}

function limits(
  random: Random,
): Pick<ConsumerSpec['config'], 'maxPollRecords' | 'maxPartitionFetchBytes'> {
  return {
    maxPollRecords: random.pick([1, 5, 50, 500]),
    maxPartitionFetchBytes: random.pick([0, 4_096, 1_048_576]),
  }
}

function generateListener(random: Random): ListenerSpec {
  return {
    slowMs: random.weighted([
      [5, 0],
      [1, 5],
      [1, 60],
    ]),
    commits: random.chance(0.25),
    throwsIn: random.weighted([
      [6, null],
      [1, 'assigned'],
      [2, 'revoked'],
      [1, 'lost'],
    ]),
    reenters: random.weighted([
      [10, null],
      [1, 'poll'],
      [1, 'unsubscribe'],
    ]),
  }
}

function generateAction(draft: Draft, { isStrict }: GroupSpec): ConsumerAction {
  const { random } = draft
  const loose = isStrict ? 0 : 1
  return random.weighted<ConsumerAction>([
    [12, readerAction(random, draft.isBrokerKilled)],
    [1, { do: 'commit' }],
    [2, { do: 'observe' }],
    [1, { do: 'resubscribe' }],
    [1, { do: 'reopen' }],
    [1, interruption(random, ['wakeup', 'commit', 'unsubscribe', 'close'])],
    [loose, { do: 'seekToEnd' }],
    [loose, { do: 'commitBack', by: random.integer(1, 40) }],
  ])
}

function readerAction(random: Random, isBrokerKilled: boolean): ConsumerAction {
  const timeoutMs = isBrokerKilled ? 60_000 : random.pick([0, 5, 30, 100])
  const commit = random.weighted([
    [2, 'none' as const],
    [1, 'all' as const],
    [2, 'done' as const],
  ])
  const walk = random.pick(['iterate', 'cursor', 'records'] as const)
  const count = random.integer(1, 40)
  return random.weighted<ConsumerAction>([
    [6, { do: 'poll', timeoutMs, walk, commit, isSync: false }],
    [isBrokerKilled ? 12 : 2, { do: 'poll', timeoutMs, walk, commit, isSync: true }],
    [3, { do: 'iterate', count, commit: random.pick(['none', 'done']), timeoutMs: 50 }],
    [1, { do: 'stream', count, commit: random.pick(['none', 'done']), timeoutMs: 50 }],
    [1, interruption(random, ['wakeup'])],
    [0.5, { do: 'pause' }],
    [1, { do: 'resume' }],
    [0.5, { do: 'resubscribe' }],
    [0.7, { do: 'seekBack', by: random.integer(1, 60) }],
    [0.2, { do: 'seekToBeginning' }],
    [2, { do: 'sleep', ms: random.integer(1, 60) }],
    [0.7, { do: 'block', ms: random.pick([10, 60, 300]) }],
  ])
}

function interruption(
  random: Random,
  by: ReadonlyArray<Extract<ConsumerAction, { do: 'interrupt' }>['by']>,
): ConsumerAction {
  const timeoutMs = random.pick([20, 100])
  return { do: 'interrupt', by: random.pick(by), afterMs: random.integer(0, 15), timeoutMs }
}
