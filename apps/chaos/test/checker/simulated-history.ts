import type { HistoryEvent } from '../../src/history/history-event.ts'
import type { ConsumerSpec, Program } from '../../src/programs/program.ts'
import { producer, type PlantedFact } from './history-builder.ts'

function consumer(name: string, config: ConsumerSpec['config']): ConsumerSpec {
  const listener = { slowMs: 0, commits: false, throwsIn: null, reenters: null } as const
  const reads = config.groupId === undefined ? { partitions: [] } : { topics: ['t'] }
  return { kind: 'consumer', name, config, reads, listener, actions: [], end: 'close' }
}

/** `t` holds what the strict group `g` has not committed; `e` evicts, and the reader `o` watches it. */
const PROGRAM: Program = {
  seed: 1,
  index: 0,
  runMs: 100,
  broker: { thread: 'main', killAtMs: null },
  topics: [
    { name: 't', isMortal: false, config: { partitions: 2, whenFull: 'block' } },
    { name: 'e', isMortal: false, config: { partitions: 1, whenFull: 'evict' } },
  ],
  groups: [
    { id: 'g', topics: ['t'], assignor: 'sticky', autoOffsetReset: 'earliest', isStrict: true },
  ],
  threads: [
    {
      name: 'thread-1',
      isMain: false,
      startAtMs: 0,
      killAtMs: null,
      actors: [
        ...['p0', 'p1'].map(producer),
        ...['c0', 'c1', 'c2'].map((name) => consumer(name, { groupId: 'g' })),
        consumer('o', { gating: false }),
      ],
    },
  ],
  administration: [],
  faults: [],
}

/** A partition's log, and what the group and the reader have of it. */
export interface SimulatedPartition {
  readonly topic: string
  readonly partition: number
  readonly records: string[]
  logStartOffset: number
  /** Whether nothing that it has is dropped or deleted from now on. */
  isKept: boolean
  committed: number
  /** A member of the group; on `e`, the reader. */
  owner: string | null
  position: number
}

/** What one step does depends on what there is by then. */
export interface Step {
  readonly do: (typeof STEPS)[number]
  readonly who: number
  readonly at: number
  readonly count: number
  readonly how: number
}

export const STEPS = [
  'send',
  'poll',
  'commit',
  'observe',
  'ends',
  'rebalance',
  'seekBack',
  'dropOldest',
  'deleteRecords',
] as const

/** Ringlog, as small as the checker sees it: each step tells what threads would have seen. */
export class SimulatedHistory {
  readonly facts: PlantedFact[] = [{ type: 'program', program: PROGRAM }]
  readonly partitions: readonly SimulatedPartition[] = [
    simulatedPartition('t', 0, null),
    simulatedPartition('t', 1, null),
    simulatedPartition('e', 0, 'o#1'),
  ]
  /** Offsets that the log is going to have lost in the end. */
  readonly holes = new Set<string>()
  readonly #given = [0, 0]
  readonly #flushed = [0, 0]
  readonly #opened = [1, 1, 1]
  #calls = 0

  take(step: Step): void {
    const at = this.partitions[step.at % 3]!
    const ofGroup = this.partitions[step.at % 2]!
    switch (step.do) {
      case 'send':
        return this.#send(step, at)
      case 'poll':
        return at.owner === null ? undefined : this.poll(at, step.count)
      case 'commit':
        return this.commit(ofGroup)
      case 'observe':
        return this.observe(ofGroup)
      case 'ends':
        return this.ends(at)
      case 'rebalance':
        return this.rebalance(ofGroup, this.member(step.who), step.how < 3)
      case 'seekBack':
        return this.#seekBack(at, step.count)
      case 'dropOldest':
        return this.#dropOldest(at, step.count)
      case 'deleteRecords':
        return this.#deleteRecords(ofGroup, step.count)
    }
  }

  /** The events, when all that is left has been drained and read. */
  end(): HistoryEvent[] {
    for (const at of this.partitions) {
      if (at.topic === 't') this.rebalance(at, 'drain-g#1', false)
      if (at.topic === 't') this.poll(at, Infinity)
    }
    const drain = { actor: 'drain-g', call: 'drain-g/1', name: 'drain' }
    this.facts.push({ type: 'began', ...drain, deadlineMs: 1e6 })
    this.facts.push({ type: 'ended', ...drain, error: null })
    for (const at of this.partitions) this.#remain(at)
    return this.facts.map((fact, order) => ({ order, atMs: order, thread: 'thread-1', ...fact }))
  }

  get now(): number {
    return this.facts.length
  }

  member(who: number): string {
    return `c${who % 3}#${this.#opened[who % 3]}`
  }

  /** @returns The names of records that a producer has been given. */
  give(who: number, topic: string, count: number): string[] {
    const actor = `p${who % 2}#1`
    const from = this.#given[who % 2]! + 1
    this.#given[who % 2]! += count
    this.facts.push({ type: 'given', actor, topic, from, to: from + count - 1 })
    return Array.from({ length: count }, (_, i) => `${actor}:${from + i}`)
  }

  acknowledge({ topic, partition }: SimulatedPartition, name: string, offset: number): void {
    this.facts.push({ type: 'acknowledged', ...record(name), topic, partition, offset })
  }

  fail(name: string, error: string, isMaybeAppended: boolean): void {
    this.facts.push({ type: 'failed', ...record(name), error, isMaybeAppended, message: '' })
  }

  flush(who: number): void {
    const [from, to] = [this.#flushed[who % 2]! + 1, this.#given[who % 2]!]
    this.#flushed[who % 2] = to
    this.facts.push({ type: 'flushed', actor: `p${who % 2}#1`, from, to })
  }

  #send({ who, count, how }: Step, at: SimulatedPartition): void {
    for (const name of this.give(who, at.topic, count)) {
      if (how === 0) this.fail(name, 'BUFFER_FULL', false)
      else if (how === 1) this.facts.push({ type: 'refused', ...record(name) })
      else if (how === 2) this.fail(name, 'REQUEST_TIMED_OUT', true)
      else {
        const offset = at.records.push(name) - 1
        if (how === 3) this.fail(name, 'REQUEST_TIMED_OUT', true)
        else if (how !== 4) this.acknowledge(at, name, offset)
      }
    }
    if (how === 4) this.flush(who)
  }

  /** @param offsets What it hands out; without it, what comes next. */
  poll(at: SimulatedPartition, count: number, offsets?: readonly number[]): void {
    const since = this.now
    const actor = at.owner!
    const by = { actor, group: at.topic === 't' ? 'g' : null } as const
    const call = { actor: actor.slice(0, actor.indexOf('#')), call: `${++this.#calls}` } as const
    this.facts.push({ type: 'began', ...call, name: 'poll', deadlineMs: 1e6 })
    const { topic, partition, position } = at
    if (position < at.logStartOffset) {
      const missed = at.logStartOffset - position
      this.facts.push({ type: 'missed', ...by, topic, partition, count: missed })
      at.position = at.logStartOffset
    }
    this.facts.push({ type: 'ended', ...call, name: 'poll', error: null })
    const end = Math.min(at.position + count, at.records.length)
    const next = Array.from({ length: end - at.position }, (_, i) => at.position + i)
    const handed = offsets ?? next
    if (handed.length === 0) return
    const records = handed.map((offset) => at.records[offset]!)
    this.facts.push({
      type: 'handed',
      ...by,
      since,
      topic,
      partition,
      offsets: [...handed],
      records,
    })
    at.position = handed.at(-1)! + 1
  }

  commit(at: SimulatedPartition, actor = at.owner, offset = at.position): void {
    if (actor === null) return
    const offsets = [{ topic: at.topic, partition: at.partition, offset }]
    this.facts.push({ type: 'committing', actor, group: 'g', offsets })
    this.facts.push({ type: 'committed', actor, group: 'g', offsets })
    at.committed = offset
  }

  observe({ topic, partition, committed: offset }: SimulatedPartition): void {
    this.facts.push({ type: 'observed', group: 'g', topic, partition, offset, since: this.now })
  }

  ends(at: SimulatedPartition, byStart = 0, byEnd = 0): void {
    const { topic, partition, records } = at
    const logStartOffset = at.logStartOffset + byStart
    const endOffset = records.length + byEnd
    this.facts.push({ type: 'ends', topic, partition, logStartOffset, endOffset, since: this.now })
  }

  /** @param isKilled Whether the owner dies, with all that it has, instead of letting go. */
  rebalance(at: SimulatedPartition, next: string, isKilled: boolean): void {
    const { owner } = at
    if (owner === next) return
    if (owner !== null && isKilled) this.kill(owner)
    else if (owner !== null) {
      this.tell('revoked', at)
      at.committed = Math.max(at.committed, at.position)
    }
    at.owner = next
    at.position = Math.max(at.committed, at.logStartOffset)
    this.tell('assigned', at)
  }

  kill(actor: string): void {
    this.#opened[Number(actor[1])]!++
    for (const at of this.partitions) if (at.owner === actor) at.owner = null
  }

  tell(type: 'assigned' | 'revoked', { owner, topic, partition }: SimulatedPartition): void {
    this.facts.push({ type, actor: owner!, group: 'g', partitions: [{ topic, partition }] })
  }

  #seekBack(at: SimulatedPartition, count: number): void {
    const { topic, partition, owner } = at
    if (owner === null) return
    const group = topic === 't' ? 'g' : null
    const by = { actor: owner, group, topic, partition } as const
    this.facts.push({ type: 'moved', ...by })
    this.facts.push({ type: 'sought', ...by, logStartOffset: at.logStartOffset })
    at.position = Math.max(at.logStartOffset, at.position - count)
  }

  /** A full ring overwrites its oldest records: on `t` those alone that the group has committed. */
  #dropOldest(at: SimulatedPartition, count: number): void {
    if (at.isKept) return
    const limit = at.topic === 't' ? at.committed : at.records.length
    at.logStartOffset = Math.max(at.logStartOffset, Math.min(at.logStartOffset + count, limit))
  }

  #deleteRecords(at: SimulatedPartition, count: number): void {
    if (at.isKept) return
    const before = Math.min(at.logStartOffset + count, at.records.length)
    this.facts.push({ type: 'deleted', topic: at.topic, partition: at.partition, before })
    at.logStartOffset = before
  }

  #remain({ topic, partition, records, logStartOffset }: SimulatedPartition): void {
    const offsets = [...records.keys()].filter(
      (offset) => offset >= logStartOffset && !this.holes.has(`${topic}-${partition}-${offset}`),
    )
    this.facts.push({
      type: 'remaining',
      topic,
      partition,
      logStartOffset,
      endOffset: records.length,
      offsets,
      records: offsets.map((offset) => records[offset]!),
    })
  }
}

function simulatedPartition(
  topic: string,
  partition: number,
  owner: string | null,
): SimulatedPartition {
  const offsets = { logStartOffset: 0, committed: 0, position: 0 }
  return { topic, partition, records: [], isKept: false, owner, ...offsets }
}

function record(name: string): { actor: string; number: number } {
  const split = name.indexOf(':')
  return { actor: name.slice(0, split), number: Number(name.slice(split + 1)) }
}
