import { generateFaults } from './generate-faults.ts'
import type {
  ActorSpec,
  AdminAction,
  ConsumerAction,
  ConsumerSpec,
  GroupSpec,
  PoolSpec,
  ProducerAction,
  ProducerSpec,
  Program,
  ThreadSpec,
  TopicSpec,
} from './program.ts'
import { Random } from './random.ts'

const LISTENER = { slowMs: 0, commits: false, throwsIn: null, reenters: null } as const

/** One fault in so many milliseconds, on average. */
const MEAN_GAP_MS = 110

const GROUPS: readonly GroupSpec[] = [
  {
    id: 'all',
    topics: ['full', 'tight'],
    assignor: 'sticky',
    autoOffsetReset: 'earliest',
    isStrict: true,
  },
  {
    id: 'some',
    topics: ['evicting', 'mortal'],
    assignor: 'swapping',
    autoOffsetReset: 'latest',
    isStrict: false,
  },
]

const TOPICS: readonly TopicSpec[] = [
  topic('full', 'block', 2),
  topic('tight', 'reject', 1),
  topic('evicting', 'evict', 2),
  { ...topic('mortal', 'block', 1), isMortal: true },
]

/**
 * The full load that a seed has at an index: for seconds, several producers on each transport write as much
 * as rings take, of every `whenFull`; groups, a pool and an observer read it.
 */
export function generateLoad(seed: number, index: number): Program {
  const random = Random.of(seed, index)
  const runMs = random.integer(8_000, 12_000)
  const threads = generateThreads(random)
  const faults = generateFaults(
    random,
    { runMs, topics: TOPICS, groups: GROUPS, threads: threads.filter(mayBeKilled) },
    MEAN_GAP_MS,
  )
  return {
    seed,
    index,
    runMs,
    broker: { thread: 'main', killAtMs: null },
    topics: TOPICS,
    groups: GROUPS,
    threads,
    administration: generateAdministration(random, runMs),
    faults,
  }
}

function topic(
  name: string,
  whenFull: 'block' | 'reject' | 'evict',
  partitions: number,
): TopicSpec {
  const gatingGroups = GROUPS.filter(({ topics, isStrict }) => isStrict && topics.includes(name))
  const ids = gatingGroups.map(({ id }) => id)
  const config = {
    partitions,
    ringBytes: 131_072,
    whenFull,
    ...(ids.length > 0 && { gatingGroups: ids }),
  }
  return { name, isMortal: false, config }
}

function generateThreads(random: Random): ThreadSpec[] {
  const [full, tight, evicting, mortal] = TOPICS.map(({ name }) => name) as [
    string,
    string,
    string,
    string,
  ]
  const casts: ActorSpec[][] = [
    [generateProducer(random, 'p1', 'shared', [full, full, evicting])],
    [
      generateProducer(random, 'p2', 'rpc', [full, tight]),
      generateProducer(random, 'p3', 'shared', [tight, evicting, mortal]),
      generateProducer(random, 'p4', 'auto', [full, mortal]),
    ],
    [member(random, 'c1', 'all'), member(random, 's1', 'some'), reader(random, 'r1', full, true)],
    [
      member(random, 'c2', 'all'),
      member(random, 's2', 'some'),
      reader(random, 'r2', evicting, false),
    ],
  ]
  if (random.chance(0.5)) casts.push([pool(random, 'all', evicting)])
  return casts.map((actors, i): ThreadSpec => {
    return { name: `thread-${i + 1}`, isMain: false, startAtMs: 0, killAtMs: null, actors }
  })
}

/** A pool's threads are its own. */
function mayBeKilled({ actors }: ThreadSpec): boolean {
  return actors.every(({ kind }) => kind !== 'pool')
}

/** It gives up on a record only when many workers in turn have died under it. */
function generateProducer(
  random: Random,
  name: string,
  transport: 'shared' | 'rpc' | 'auto',
  topics: readonly string[],
): ProducerSpec {
  return {
    kind: 'producer',
    name,
    config: {
      acks: 'all',
      idempotence: random.chance(0.85),
      transport,
      partitioner: random.pick(['default', 'sticky', 'roundRobin'] as const),
      batchSizeBytes: random.pick([1_024, 4_096, 16_384]),
      lingerMs: random.pick([0, 0, 2]),
      bufferMemoryBytes: 4_194_304,
      maxInFlight: random.integer(1, 5),
      maxBlockMs: 2_000,
      requestTimeoutMs: random.pick([300, 1_000]),
      deliveryTimeoutMs: 10_000,
      retryBackoffMs: random.pick([5, 20, 100]),
      compression: random.weighted([
        [6, 'none'],
        [1, 'lz4'],
      ]),
    },
    onFailure: 'nothing',
    actions: [
      ...topics.flatMap((target) => [
        write(random, target, 'send'),
        write(random, target, 'write'),
      ]),
      { do: 'flush', timeoutMs: 10_000 },
      { do: 'sleep', ms: random.integer(1, 10) },
    ],
    end: 'close',
  }
}

function write(random: Random, target: string, manner: 'send' | 'write'): ProducerAction {
  return {
    do: manner,
    topic: target,
    count: random.integer(20, 150),
    valueBytes: random.pick([40, 100, 100, 600]),
    to: random.weighted([
      [1, null],
      [2, { keys: random.integer(1, 20) }],
      [1, { partition: 0 }],
    ]),
    isAwaited: random.chance(0.3),
  }
}

function member(random: Random, name: string, id: string): ConsumerSpec {
  const { assignor, autoOffsetReset, topics } = GROUPS.find((group) => group.id === id)!
  return {
    kind: 'consumer',
    name,
    config: {
      groupId: id,
      assignor,
      autoOffsetReset,
      autoCommit: random.chance(0.6),
      autoCommitIntervalMs: random.pick([0, 50]),
      maxPollIntervalMs: 30_000,
      maxPollRecords: random.pick([50, 500]),
    },
    reads: { topics },
    listener: { ...LISTENER, commits: random.chance(0.5) },
    actions: [
      ...random.list(12, 18, () => poll(random, random.pick(['done', 'done', 'all']))),
      { do: 'observe' },
      random.weighted<ConsumerAction>([
        [2, { do: 'resubscribe' }],
        [2, { do: 'reopen' }],
        [2, { do: 'seekBack', by: random.integer(1, 200) }],
        [1, { do: 'block', ms: 150 }],
        [1, { do: 'iterate', count: 100, commit: 'done', timeoutMs: 50 }],
      ]),
    ],
    end: 'close',
  }
}

/** A consumer of its own, which full rings wait for or not. */
function reader(random: Random, name: string, target: string, gating: boolean): ConsumerSpec {
  return {
    kind: 'consumer',
    name,
    config: { gating, autoOffsetReset: 'earliest', maxPollRecords: 500 },
    reads: { partitions: [{ topic: target, partition: random.integer(0, 1) }] },
    listener: LISTENER,
    actions: [
      ...random.list(8, 12, () => poll(random, 'none')),
      { do: 'seekBack', by: random.integer(1, 100) },
      { do: 'sleep', ms: random.integer(1, 60) },
    ],
    end: 'close',
  }
}

function poll(random: Random, commit: 'none' | 'all' | 'done'): ConsumerAction {
  const walk = random.pick(['iterate', 'cursor', 'records'] as const)
  return { do: 'poll', timeoutMs: random.pick([20, 50]), walk, commit, isSync: random.chance(0.15) }
}

function pool(random: Random, id: string, output: string): PoolSpec {
  const { assignor, autoOffsetReset, topics } = GROUPS.find((group) => group.id === id)!
  return {
    kind: 'pool',
    name: 'pool',
    config: {
      groupId: id,
      assignor,
      autoOffsetReset,
      threads: 1,
      concurrency: random.pick(['partition', 'key'] as const),
      maxAttempts: 3,
      retryBackoffMs: 5,
      maxPollRecords: 100,
    },
    topics,
    handler: { slowMs: 0, failsEvery: 50, output },
  }
}

function generateAdministration(random: Random, runMs: number): AdminAction[] {
  const actions = Array.from({ length: Math.floor(runMs / 400) }, (_, i): AdminAction => {
    const atMs = 200 + i * 400
    return random.weighted<AdminAction>([
      [8, { atMs, do: 'describe' }],
      [1, { atMs, do: 'deleteRecords', topic: 'full', partition: random.integer(0, 1) }],
      [1, { atMs, do: 'recreate', topic: 'mortal', awayMs: random.integer(0, 80) }],
      [0.5, { atMs, do: 'addPartitions', topic: 'evicting', count: 3 }],
      [1, { atMs, do: 'resetGroup', group: 'some', to: random.pick(['earliest', 'latest']) }],
    ])
  })
  return actions
}
