import type {
  ActorSpec,
  ConsumerAction,
  ConsumerSpec,
  ProducerAction,
  ProducerSpec,
  Program,
} from '../programs/program.ts'
import type { Random } from '../programs/random.ts'

const PARTITIONS = 4
const QUIET = { slowMs: 0, commits: false, throwsIn: null, reenters: null } as const
/** Longer than any fault lasts: nothing is given up. */
const DELIVERY_TIMEOUT_MS = 120_000

/** A topic and a group of their own, and a load on them: idempotent producers, and members that come and go. */
export function clusterProgram(random: Random, seed: number, index: number): Program {
  // The same seed may have run before.
  const topic = `cluster-faults-${seed}-${index}-${Date.now().toString(36)}`
  const assignor = random.pick(['sticky', 'range', 'roundRobin'] as const)
  const group = {
    id: topic,
    topics: [topic],
    assignor,
    autoOffsetReset: 'earliest',
    isStrict: true,
  } as const
  const consumers = [
    consumer(`${topic}-steady`, group, [...polls(40, 'done'), { do: 'observe' }]),
    consumer(`${topic}-anew`, group, [
      ...polls(random.integer(5, 40), 'done'),
      { do: random.pick(['reopen', 'resubscribe'] as const) },
      { do: 'sleep', ms: random.integer(0, 500) },
    ]),
    consumer(`${topic}-auto`, group, polls(40, 'none')),
  ]
  const producers = [
    producer(`${topic}-sends`, random, [
      { do: 'send', topic, count: 20, valueBytes: 100, to: { keys: 50 }, isAwaited: false },
      { do: 'sleep', ms: random.integer(10, 40) },
    ]),
    producer(`${topic}-writes`, random, [
      { do: 'write', topic, count: 50, valueBytes: 200, to: { keys: 50 }, isAwaited: false },
      { do: 'sleep', ms: random.integer(10, 40) },
      { do: 'write', topic, count: 50, valueBytes: 20, to: null, isAwaited: false },
      { do: 'flush', timeoutMs: DELIVERY_TIMEOUT_MS },
    ]),
  ]
  const actors: ActorSpec[] = [...producers, ...consumers]
  return {
    seed,
    index,
    runMs: 0,
    broker: { thread: 'main', killAtMs: null },
    topics: [{ name: topic, config: { partitions: PARTITIONS }, isMortal: false }],
    groups: [group],
    threads: [{ name: 'main', isMain: true, startAtMs: 0, killAtMs: null, actors }],
    administration: [],
    faults: [],
  }
}

function producer(name: string, random: Random, actions: ProducerAction[]): ProducerSpec {
  return {
    kind: 'producer',
    name,
    config: {
      acks: 'all',
      lingerMs: random.pick([0, 5]),
      // The shorter one ends while a broker is slow, or has no leader for it.
      requestTimeoutMs: random.pick([700, 30_000]),
      maxBlockMs: DELIVERY_TIMEOUT_MS,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
      compression: random.pick(['none', 'none', 'lz4'] as const),
    },
    onFailure: 'nothing',
    actions,
    end: 'close',
  }
}

function consumer(
  name: string,
  { id, topics, assignor }: Program['groups'][number],
  actions: ConsumerAction[],
): ConsumerSpec {
  const commits = actions.some((action) => action.do === 'poll' && action.commit === 'done')
  return {
    kind: 'consumer',
    name,
    config: {
      groupId: id,
      assignor,
      autoOffsetReset: 'earliest',
      autoCommit: !commits,
      // A coordinator of the classic protocol remembers members that had left when it took over: for so long.
      sessionTimeoutMs: 6_000,
    },
    reads: { topics },
    listener: QUIET,
    actions,
    end: 'close',
  }
}

function polls(count: number, commit: 'none' | 'done'): ConsumerAction[] {
  return Array.from({ length: count }, () => {
    return { do: 'poll', timeoutMs: 100, walk: 'cursor', commit, isSync: false }
  })
}
