import { Consumer, type ConsumerRecord, type RebalanceListener } from '@ringlog/consumer'
import { RinglogError, type TopicPartition } from '@ringlog/core'
import { expect, vi } from 'vitest'
import { GroupLog, tick } from './group-log.ts'
import {
  PARTITIONS,
  type Behaviour,
  type Call,
  type Event,
  type Operation,
} from './membership-program.ts'

/** What calls may reject with that no listener has thrown. */
const ALLOWED = [
  'CONCURRENT_POLL',
  'INVALID_STATE',
  'STALE_MEMBER_EPOCH',
  'FENCED_MEMBER_EPOCH',
  'CONSUMER_CLOSED',
]

/** A partition as the model knows it. */
interface Known {
  /** Whether the listener was told last that it is the member's. */
  isTold: boolean
  /** The next record to be handed out. */
  position: number
  /** The most that may be committed: what was handed out, sought or named. */
  mayCommit: number
  committed: number | null
}

/** A member, and who owns what by the simplest of all models: what the group has said last. */
export class MembershipRun implements RebalanceListener {
  readonly log = new GroupLog(PARTITIONS)
  readonly consumer: Consumer
  readonly #known: Known[] = this.log.states.map(() => ({
    isTold: false,
    position: 0,
    mayCommit: 0,
    committed: null,
  }))
  readonly #behaviours: Behaviour[]
  readonly #autoOffsetReset: 'earliest' | 'latest'
  readonly #thrown = new Set<unknown>()
  readonly #told: unknown[] = []
  readonly #underWay = new Set<Promise<void>>()
  /** What the model has found; thrown by the test, as nobody may take it for a listener's error. */
  readonly #faults: string[] = []
  #listenersRunning = 0
  /** Polls and iterations under way. */
  #reading = 0
  readonly #warnings = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((warning) => void this.#told.push(warning))

  constructor(behaviours: readonly Behaviour[], autoOffsetReset: 'earliest' | 'latest') {
    this.#behaviours = [...behaviours]
    this.#autoOffsetReset = autoOffsetReset
    this.consumer = new Consumer(this.log.client, {
      groupId: 'g',
      autoOffsetReset,
      maxPollRecords: 4,
    })
  }

  onPartitionsAssigned(partitions: TopicPartition[]): Promise<void> {
    for (const { partition: p } of partitions) {
      const known = this.#known[p]!
      if (known.isTold) this.#fault(`${p} is told twice`)
      if (!this.log.states[p]!.isMembers) this.#fault(`${p} is told, and not the member's`)
      known.isTold = true
      known.position = this.consumer.position(this.log.at(p))
      known.mayCommit = Math.max(known.mayCommit, known.position)
    }
    return this.#behave()
  }

  onPartitionsRevoked(partitions: TopicPartition[]): Promise<void> {
    return this.#gone(partitions)
  }

  onPartitionsLost(partitions: TopicPartition[]): Promise<void> {
    return this.#gone(partitions)
  }

  async carryOut(op: Operation): Promise<void> {
    await heard()
    if (op.kind === 'append') {
      const values = Array.from({ length: op.recordCount }, () => ({
        value: 'x'.repeat(Math.floor(op.bytes / op.recordCount)),
      }))
      this.log.partitions[op.partition]!.append(values)
    } else if (op.kind === 'tick') await tick()
    else if ('isAwaited' in op) await this.#call(op)
    else this.#do(op)
    this.#check()
  }

  /** Lets everything come to its end; then all is one: the member, the group, what was told. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay)
    for (let i = 0; i < 3; i++) {
      await this.#call({ kind: 'poll', isAwaited: true })
      for (let turn = 0; turn < 30; turn++) await tick()
      await Promise.all(this.#underWay)
    }
    this.#check()
    const has = this.consumer.assignment().map(({ partition: p }) => p)
    const owns = this.log.states.flatMap(({ isMembers }, p) => (isMembers ? [p] : []))
    const heardOf = this.#known.flatMap(({ isTold }, p) => (isTold ? [p] : []))
    expect({ has: has.sort((a, b) => a - b), heardOf }).toEqual({ has: owns, heardOf: owns })
    await this.consumer.close().catch((error: unknown) => this.#rejected(error))
    await tick()
    expect(this.log.hasMember).toBe(false)
    this.#check()
    for (const error of this.#thrown) {
      expect(this.#told.filter((told) => told === error)).toEqual([error])
    }
  }

  [Symbol.dispose](): void {
    this.#warnings.mockRestore()
  }

  #do(what: Event): void {
    const { log, consumer } = this
    switch (what.kind) {
      case 'give':
        return log.give(what.partition)
      case 'take':
        return log.take(what.partition)
      case 'fence':
        return log.fence(what.reason)
      case 'commit':
        return this.#commit(() => consumer.commitSync())
      case 'commitAt': {
        const at = log.at(what.partition)
        const offset = this.#offset(what.partition, what.to)
        const { gate } = log.states[what.partition]!
        const known = this.#known[what.partition]!
        this.#commit(() => {
          consumer.commitSync([{ ...at, offset, metadata: 'named' }])
          known.committed = gate.committed
          known.mayCommit = Math.max(known.mayCommit, offset)
        })
        return
      }
      case 'seek': {
        const at = log.at(what.partition)
        if (!consumer.assignment().some(({ partition: p }) => p === what.partition)) return
        if (this.#reading > 0) return // what it hands out next would be anybody's guess
        const offset = this.#offset(what.partition, what.to)
        consumer.seek(at, offset)
        const known = this.#known[what.partition]!
        known.position = offset
        known.mayCommit = Math.max(known.mayCommit, offset)
      }
    }
  }

  #commit(make: () => void): void {
    try {
      make()
    } catch (error) {
      this.#rejected(error)
    }
  }

  async #call({ kind, isAwaited }: Call): Promise<void> {
    const made = this.#make(kind).catch((error: unknown) => this.#rejected(error))
    const underWay = made.finally(() => this.#underWay.delete(underWay))
    this.#underWay.add(underWay)
    if (isAwaited) await underWay
  }

  async #make(kind: Call['kind']): Promise<void> {
    const { consumer } = this
    if (kind === 'poll' || kind === 'iterate') await this.#read(kind)
    else if (kind === 'pollSync') this.#handedOut(consumer.pollSync({ timeoutMs: 0 }))
    else if (kind === 'subscribe') await consumer.subscribe(['t'], this)
    else await consumer.unsubscribe()
  }

  async #read(kind: 'poll' | 'iterate'): Promise<void> {
    const { consumer } = this
    this.#reading++
    try {
      if (kind === 'poll') return this.#handedOut(await consumer.poll({ timeoutMs: 1 }))
      const isThere = this.#known.some(
        ({ isTold, position }, p) => isTold && position < this.log.partitions[p]!.writer.endOffset,
      )
      if (!isThere) return
      let left = 3
      setTimeout(() => consumer.wakeup(), 5)
      for await (const record of consumer) {
        this.#handedOut([record])
        if (--left === 0) break
      }
    } finally {
      this.#reading--
    }
  }

  #handedOut(records: Iterable<ConsumerRecord>): void {
    for (const { partition: p, offset } of records) {
      const known = this.#known[p]!
      const { writer } = this.log.partitions[p]!
      if (!this.log.states[p]!.isMembers) this.#fault(`${p} is read, and not the member's`)
      if (!known.isTold) this.#fault(`${p} is read, and was not told`)
      if (this.#listenersRunning > 0) this.#fault(`${p} is read while a listener runs`)
      // The ring has passed the position: the group goes on from the log's start.
      const isReset =
        offset > known.position &&
        known.position < writer.logStartOffset &&
        known.committed !== null
      const isRight = isReset ? offset <= writer.logStartOffset : offset === known.position
      if (!isRight && (isReset || known.position >= writer.logStartOffset)) {
        this.#fault(`${p}: ${offset} is read, not ${known.position} (${writer.logStartOffset})`)
      }
      known.position = offset + 1
      known.mayCommit = Math.max(known.mayCommit, offset + 1)
    }
  }

  #gone(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { partition: p } of partitions) {
      if (!this.#known[p]!.isTold) this.#fault(`${p} is told to go, and was not told to be there`)
      this.#known[p]!.isTold = false
    }
    return this.#behave()
  }

  async #behave(): Promise<void> {
    const { ticks, doing, throws } = this.#behaviours.shift() ?? {
      ticks: 0,
      doing: [],
      throws: 'nothing',
    }
    this.#listenersRunning++
    try {
      for (const what of doing) {
        await heard()
        if ('isAwaited' in what) await this.#call(what)
        else this.#do(what)
        this.#check()
      }
      for (let i = 0; i < ticks; i++) await tick()
      if (throws === 'nothing') return
      const error =
        throws === 'Error' ? new Error('not now') : new RinglogError('UNKNOWN_MEMBER_ID')
      this.#thrown.add(error)
      throw error
    } finally {
      this.#listenersRunning--
    }
  }

  #rejected(error: unknown): void {
    if (this.#thrown.has(error)) this.#told.push(error)
    else if (!ALLOWED.some((code) => RinglogError.is(error, code as never))) {
      if (!RinglogError.is(error, 'WAKEUP')) this.#fault(String((error as Error).stack))
    }
  }

  #offset(p: number, to: number): number {
    return Math.round(to * this.log.partitions[p]!.writer.endOffset)
  }

  /** Commits go back only where the user has named the offset, and never past what was handed out. */
  #check(): void {
    for (const [p, known] of this.#known.entries()) {
      const { committed } = this.log.states[p]!.gate
      const at = this.log.at(p)
      const isHis = this.consumer.assignment().some((his) => his.partition === p)
      if (isHis) known.mayCommit = Math.max(known.mayCommit, this.consumer.currentOffset(at) + 1)
      if ((committed ?? 0) < (known.committed ?? 0)) {
        this.#fault(`the commit of ${p} went from ${known.committed} back to ${committed}`)
      }
      const { logStartOffset } = this.log.partitions[p]!.writer
      // With "latest" a group that has committed nothing goes on from the end.
      const wasReset = known.committed === null && this.#autoOffsetReset === 'latest'
      if (wasReset) known.mayCommit = Math.max(known.mayCommit, committed ?? 0)
      // A poll that found nothing there has committed where it goes on.
      if (wasReset && known.position < logStartOffset && committed !== null) {
        known.position = Math.max(known.position, committed)
      }
      if ((committed ?? 0) > Math.max(known.mayCommit, logStartOffset)) {
        this.#fault(`${committed} of ${p} is committed, ${known.mayCommit} was handed out`)
      }
      known.committed = committed
    }
    if (this.#faults.length > 0) throw new Error(this.#faults[0])
  }

  #fault(what: string): void {
    this.#faults.push(what)
  }
}

/** Lets those who await a call hear what it has resolved with. */
async function heard(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
