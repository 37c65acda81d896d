import { generateConsumer } from './generate-consumer.ts'
import { generateFaults } from './generate-faults.ts'
import { generatePool } from './generate-pool.ts'
import { generateProducer } from './generate-producer.ts'
import type {
  ActorSpec,
  AdminAction,
  GroupSpec,
  Program,
  ThreadSpec,
  TopicSpec,
} from './program.ts'
import type { Draft } from './draft.ts'
import { Random } from './random.ts'

/** One fault in so many milliseconds, on average. */
const MEAN_GAP_MS = 200

/** The program that a seed has at an index: always the same. */
export function generateProgram(seed: number, index: number): Program {
  const random = Random.of(seed, index)
  const runMs = random.weighted([
    [2, random.integer(300, 1_000)],
    [5, random.integer(1_000, 2_000)],
    [1, random.integer(2_000, 4_000)],
  ])
  const topics = random.list(1, 2, (i) => generateTopic(random, i))
  const groups = random.list(1, random.chance(0.3) ? 2 : 1, (i) => generateGroup(random, i, topics))
  const isBrokerKilled = random.chance(0.06)
  const isStalled = random.chance(0.3)
  const draft: Draft = { random, runMs, topics, groups, isStalled, isBrokerKilled }
  const threads = generateThreads(draft)
  const administration = generateAdministration(draft)
  // Threads end once in these programs, and stay away.
  const targets = { runMs, topics, groups, threads: [] }
  return {
    seed,
    index,
    runMs,
    broker: {
      thread: isBrokerKilled || random.chance(0.05) ? 'own' : 'main',
      killAtMs: isBrokerKilled ? random.integer(Math.floor(runMs / 2), runMs) : null,
    },
    topics: topics.map((topic) => withGates(topic, groups)),
    groups,
    threads,
    administration,
    faults: generateFaults(random, targets, MEAN_GAP_MS),
  }
}

function generateTopic(random: Random, i: number): TopicSpec {
  return {
    name: `t${i + 1}`,
    isMortal: i > 0 && random.chance(0.4),
    config: {
      partitions: random.integer(1, 3),
      ringBytes: 65_536,
      whenFull: random.weighted([
        [6, 'block'],
        [2, 'reject'],
        [2, 'evict'],
      ]),
      timestampType: random.chance(0.2) ? 'logAppendTime' : 'createTime',
    },
  }
}

function generateGroup(random: Random, i: number, topics: readonly TopicSpec[]): GroupSpec {
  const living = topics.filter(({ isMortal }) => !isMortal)
  const isStrict = random.chance(0.7)
  const from = isStrict ? living.filter(({ config }) => config.whenFull !== 'evict') : topics
  const chosen = from.filter((_, at) => at === 0 || random.chance(0.5)).map(({ name }) => name)
  const isEmpty = chosen.length === 0
  return {
    id: `g${i + 1}`,
    topics: isEmpty ? [topics[0]!.name] : chosen,
    assignor: random.pick(['sticky', 'range', 'roundRobin', 'swapping'] as const),
    autoOffsetReset: random.pick(['earliest', 'latest'] as const),
    isStrict: isStrict && !isEmpty,
  }
}

/** The topics of strict groups know them from the start: no record is dropped before they come. */
function withGates(topic: TopicSpec, groups: readonly GroupSpec[]): TopicSpec {
  const gatingGroups = groups
    .filter(({ topics, isStrict }) => isStrict && topics.includes(topic.name))
    .map(({ id }) => id)
  return gatingGroups.length === 0 ? topic : { ...topic, config: { ...topic.config, gatingGroups } }
}

function generateThreads(draft: Draft): ThreadSpec[] {
  const { random, runMs } = draft
  const actors: ActorSpec[] = [
    ...random.list(1, 2, (i) => generateProducer(draft, `p${i + 1}`)),
    ...random.list(1, 5, (i) => generateConsumer(draft, `c${i + 1}`)),
  ]
  if (!draft.isBrokerKilled && random.chance(0.12)) actors.push(generatePool(draft, 'pool'))
  const places = random.integer(2, 4)
  const together = Map.groupBy(actors, () => random.integer(0, places))
  return [...together].map(([place, cast]): ThreadSpec => {
    const isMain = place === 0 && cast.every((actor) => !blocks(actor))
    const isLate = !isMain && random.chance(0.3)
    const startAtMs = isLate ? random.integer(0, Math.floor(runMs / 2)) : 0
    const isKilled = !isMain && !cast.some(({ kind }) => kind === 'pool') && random.chance(0.2)
    return {
      name: isMain ? 'main' : `thread-${place}`,
      isMain,
      startAtMs,
      killAtMs: isKilled ? random.integer(startAtMs + 60, startAtMs + 60 + runMs) : null,
      actors: isMain ? cast.map(staying) : cast,
    }
  })
}

/** Whether it stops its thread: the main thread also starts and kills the others. */
function blocks(actor: ActorSpec): boolean {
  if (actor.kind === 'pool') return false
  return actor.actions.some((action) => 'isSync' in action && action.isSync)
}

/** The main thread does not end without closing what it opened. */
function staying(actor: ActorSpec): ActorSpec {
  return actor.kind === 'pool' || actor.end !== 'leave' ? actor : { ...actor, end: 'close' }
}

function generateAdministration({ random, runMs, topics, groups }: Draft): AdminAction[] {
  const loose = groups.filter(({ isStrict }) => !isStrict)
  const mortal = topics.filter(({ isMortal }) => isMortal)
  const actions = random.list(0, 6, (): AdminAction => {
    const atMs = random.integer(20, runMs)
    const topic = random.pick(topics)
    const partition = random.integer(0, topic.config.partitions! - 1)
    const count = topic.config.partitions! + 1
    return random.weighted<AdminAction>([
      [3, { atMs, do: 'describe' }],
      [1, { atMs, do: 'addPartitions', topic: topic.name, count }],
      [0.4, { atMs, do: 'deleteRecords', topic: topic.name, partition }],
      [
        loose.length > 0 ? 2 : 0,
        {
          atMs,
          do: 'resetGroup',
          group: random.pick(loose)?.id,
          to: random.pick(['earliest', 'latest']),
        },
      ],
      [
        mortal.length > 0 ? 4 : 0,
        { atMs, do: 'recreate', topic: random.pick(mortal)?.name, awayMs: random.integer(0, 80) },
      ],
    ])
  })
  return actions.sort((one, other) => one.atMs - other.atMs)
}
