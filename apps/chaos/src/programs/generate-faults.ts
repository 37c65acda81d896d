import { PARTITION_WORKER_STEPS } from 'ringlog/testing'
import type { FaultAction, GroupSpec, ThreadSpec, TopicSpec } from './program.ts'
import type { Random } from './random.ts'

/** What faults of a program can befall. */
export interface FaultTargets {
  readonly runMs: number
  readonly topics: readonly TopicSpec[]
  readonly groups: readonly GroupSpec[]
  /** Those that may be terminated, and start anew. */
  readonly threads: readonly ThreadSpec[]
}

/** Refusals with which a batch surely is not in the log; some of them its producer tries again. */
const REFUSALS = ['MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'REQUEST_TIMED_OUT'] as const

/** The faults of a program: one after the other, at random times, so many milliseconds apart on average. */
export function generateFaults(
  random: Random,
  targets: FaultTargets,
  meanGapMs: number,
): FaultAction[] {
  const faults: FaultAction[] = []
  for (let atMs = 0; ;) {
    atMs += random.integer(1, 2 * meanGapMs)
    if (atMs >= targets.runMs) return faults
    faults.push(generateFault(random, targets, atMs))
  }
}

function generateFault(
  random: Random,
  { topics, groups, threads }: FaultTargets,
  atMs: number,
): FaultAction {
  const topic = random.pick(topics)
  const at = { topic: topic.name, partition: random.integer(0, topic.config.partitions! - 1) }
  const step = random.chance(0.2) ? null : random.pick(PARTITION_WORKER_STEPS)
  const thread = threads.length === 0 ? '' : random.pick(threads).name
  return random.weighted<FaultAction>([
    [12, { atMs, do: 'killWorker', at, step }],
    [1, { atMs, do: 'pauseWorker', at, ms: random.integer(5, 300) }],
    [1, { atMs, do: 'delayAcks', at, ms: random.integer(5, 200), forMs: random.integer(50, 500) }],
    [1, { atMs, do: 'dropAcks', at, count: random.integer(1, 2) }],
    [1, { atMs, do: 'failAppends', at, code: random.pick(REFUSALS), times: random.integer(1, 3) }],
    [1, { atMs, do: 'corruptBatch', at }],
    [thread === '' ? 0 : 1, { atMs, do: 'killThread', thread }],
    [1, { atMs, do: 'rebalance', group: random.pick(groups).id }],
  ])
}
